// The SQLite store as the rest of the house sees it: every durable port, typed, over a thread that owns the file.
// It owns the way to that thread (a bounded queue), who is told of changes, and when other processes on the same file are listened to.
// It never touches the file itself and keeps no copies: caches belong to the rooms (people/directory.ts), emptied by `changes`.
// Start reading at `openSqliteStore`; the other end is worker.ts, what a call does stands in stores/sql.
import type { CampaignStore } from '../../incident/campaign-store.ts'
import type { AuditStore, RefusalStore } from '../../journal/receipt.ts'
import type { Cancel, Clock } from '../../lib/clock.ts'
import type { BanStore } from '../../limits/ban-store.ts'
import type { ThreatStore } from '../../limits/threat-store.ts'
import type { OutboxStore } from '../../notices/outbox-store.ts'
import type { Accounts, Factors } from '../../people/account.ts'
import type { Attempts } from '../../people/attempt.ts'
import type { BackupCodeSets } from '../../people/backup-codes.ts'
import type { Change, Changes } from '../../people/changes.ts'
import type { Decoys } from '../../people/decoys.ts'
import type { EmailChanges } from '../../people/email-changes.ts'
import type { EmailDomains } from '../../people/email-domains.ts'
import type { HandOverCodes } from '../../people/hand-over.ts'
import type { OneTimeCodes, SpentOnce } from '../../people/one-time-codes.ts'
import type { Organizations } from '../../people/organization.ts'
import type { PeopleList } from '../../people/people-list.ts'
import type { ReportLinks } from '../../people/report-links.ts'
import type { ResetTickets } from '../../people/reset-ticket.ts'
import type { RuleChanges } from '../../people/rule-changes.ts'
import type { Devices, Sessions } from '../../people/session.ts'
import type { SignInHistory } from '../../people/sign-in-history.ts'
import type { KeyStore } from '../../proxy/key-store.ts'
import type { OwnKeys } from '../../sso/own-key.ts'
import type { Providers } from '../../sso/provider.ts'
import type { SeenMessages } from '../../sso/seen-message.ts'
import { type ChainPosition, walkChain } from '../sql/audit.ts'
import { type PortName, type Ports, portMethods } from './calls.ts'
import { type Link, openLink } from './link.ts'

/** How often changes of other processes on the same file are looked for: heard well within a second. */
const listenEveryMs = 250

/** Every durable port of the house, over one SQLite file. */
export interface SqliteStore extends AsyncDisposable {
  readonly accounts: Accounts
  readonly factors: Factors
  readonly organizations: Organizations
  readonly sessions: Sessions
  readonly campaigns: CampaignStore
  readonly devices: Devices
  readonly attempts: Attempts
  readonly backupCodeSets: BackupCodeSets
  readonly decoys: Decoys
  readonly resetTickets: ResetTickets
  readonly changes: Changes
  readonly outbox: OutboxStore
  readonly peopleList: PeopleList
  readonly refusals: RefusalStore
  readonly audit: AuditStore
  readonly handOverCodes: HandOverCodes
  readonly keys: KeyStore
  readonly oneTimeCodes: OneTimeCodes
  readonly ownKeys: OwnKeys
  readonly providers: Providers
  readonly seenMessages: SeenMessages
  readonly spentOnce: SpentOnce
  readonly bans: BanStore
  readonly threats: ThreatStore
  readonly emailChanges: EmailChanges
  readonly emailDomains: EmailDomains
  readonly reportLinks: ReportLinks
  readonly ruleChanges: RuleChanges
  readonly signInHistory: SignInHistory
  /** Takes away what time has ended, in slices; answers how many rows went. */
  sweep(at: number): Promise<number>
  close(): Promise<void>
}

export interface SqliteStoreOptions {
  /** A path, or `:memory:` for a store that ends with its process. */
  readonly file: string
  /** Of the audit chain: deriveKey(root, 'audit'). */
  readonly auditKey: Uint8Array
  readonly clock: Clock
}

/**
 * Opens the file in a thread of its own, so that waiting for the disk never holds the loop that serves requests.
 * Arguments and results travel between threads: plain data only. Rejects with Fault('unavailable') when the file cannot be used.
 *
 * @example
 * await using store = await openSqliteStore({ file: 'data/sekisho.db', auditKey, clock: systemClock })
 */
export async function openSqliteStore({ file, auditKey, clock }: SqliteStoreOptions): Promise<SqliteStore> {
  const { changes, announce } = createChanges()
  const link = await openLink({ sekisho: 'sqlite-store', file, auditKey }, announce)
  const upkeep = remotePort(link, 'upkeep')
  const stopListening = listenToOthers(clock, () => upkeep.listen())
  const close = async () => {
    stopListening()
    await link.close()
  }
  return {
    accounts: remotePort(link, 'accounts'),
    factors: remotePort(link, 'factors'),
    organizations: remotePort(link, 'organizations'),
    sessions: remotePort(link, 'sessions'),
    campaigns: remotePort(link, 'campaigns'),
    devices: remotePort(link, 'devices'),
    attempts: remotePort(link, 'attempts'),
    backupCodeSets: remotePort(link, 'backupCodeSets'),
    decoys: remotePort(link, 'decoys'),
    resetTickets: remotePort(link, 'resetTickets'),
    changes,
    outbox: remotePort(link, 'outbox'),
    peopleList: remotePort(link, 'peopleList'),
    refusals: remotePort(link, 'refusals'),
    audit: createRemoteAudit(link),
    handOverCodes: remotePort(link, 'handOverCodes'),
    keys: remotePort(link, 'keys'),
    oneTimeCodes: remotePort(link, 'oneTimeCodes'),
    ownKeys: remotePort(link, 'ownKeys'),
    providers: remotePort(link, 'providers'),
    seenMessages: remotePort(link, 'seenMessages'),
    spentOnce: remotePort(link, 'spentOnce'),
    bans: remotePort(link, 'bans'),
    threats: remotePort(link, 'threats'),
    emailChanges: remotePort(link, 'emailChanges'),
    emailDomains: remotePort(link, 'emailDomains'),
    reportLinks: remotePort(link, 'reportLinks'),
    ruleChanges: remotePort(link, 'ruleChanges'),
    signInHistory: remotePort(link, 'signInHistory'),
    sweep: at => sweep(() => upkeep.sweepSlice(at)),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function createChanges(): { changes: Changes; announce: (changes: readonly Change[]) => void } {
  const listeners = new Set<(changes: readonly Change[]) => void>()
  return {
    announce: changes => {
      for (const listener of listeners) listener(changes)
    },
    changes: {
      subscribe(listener) {
        // A wrapper of its own for each subscription: the same function may subscribe twice.
        const own = (changes: readonly Change[]) => listener(changes)
        listeners.add(own)
        return () => void listeners.delete(own)
      },
    },
  }
}

function listenToOthers(clock: Clock, listen: () => Promise<void>): Cancel {
  let asking = false
  const ask = async () => {
    asking = true
    try {
      await listen()
    } catch {
      // The callers of the ports hear of it themselves; and nothing is lost, since the next question starts where the last answer ended.
    } finally {
      asking = false
    }
  }
  return clock.every(listenEveryMs, () => {
    if (!asking) void ask()
  })
}

async function sweep(slice: () => Promise<number>): Promise<number> {
  let rows = 0
  for (;;) {
    const gone = await slice()
    if (gone === 0) return rows
    rows += gone
  }
}

function createRemoteAudit(link: Link): AuditStore {
  const steps = remotePort(link, 'audit')
  const step = (position: ChainPosition) => steps.verifyFrom(position)
  return { ...steps, verify: () => walkChain(step) }
}

function remotePort<Name extends PortName>(link: Link, name: Name): Ports[Name] {
  const methods = Object.keys(portMethods[name]).map(method => [
    method,
    (...args: readonly unknown[]) => link.call(name, method, args),
  ])
  return Object.fromEntries(methods) as Ports[Name] // because the table names every method, and the thread answers by the port of that name
}
