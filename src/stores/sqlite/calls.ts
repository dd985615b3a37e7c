import type { CampaignStore } from '../../incident/campaign-store.ts'
import type { RefusalStore } from '../../journal/receipt.ts'
import type { BanStore } from '../../limits/ban-store.ts'
import type { ThreatStore } from '../../limits/threat-store.ts'
import type { OutboxStore } from '../../notices/outbox-store.ts'
import type { Accounts, Factors } from '../../people/account.ts'
import type { Attempts } from '../../people/attempt.ts'
import type { BackupCodeSets } from '../../people/backup-codes.ts'
import type { Change } from '../../people/changes.ts'
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
import type { SteppedAudit } from '../sql/audit.ts'
import type { FaultMessage } from './errors.ts'

// What goes between the threads: calls of the ports by name, and their answers.

export interface Ports {
  readonly accounts: Accounts
  readonly attempts: Attempts
  /** Walked in steps from the caller's side: other calls get their turn in between. */
  readonly audit: Omit<SteppedAudit, 'verify'>
  readonly bans: BanStore
  readonly backupCodeSets: BackupCodeSets
  readonly decoys: Decoys
  readonly campaigns: CampaignStore
  readonly devices: Devices
  readonly factors: Factors
  readonly handOverCodes: HandOverCodes
  readonly keys: KeyStore
  readonly oneTimeCodes: OneTimeCodes
  readonly ownKeys: OwnKeys
  readonly providers: Providers
  readonly seenMessages: SeenMessages
  readonly organizations: Organizations
  readonly outbox: OutboxStore
  readonly peopleList: PeopleList
  readonly refusals: RefusalStore
  readonly resetTickets: ResetTickets
  readonly sessions: Sessions
  readonly signInHistory: SignInHistory
  readonly spentOnce: SpentOnce
  readonly threats: ThreatStore
  readonly reportLinks: ReportLinks
  readonly ruleChanges: RuleChanges
  readonly emailChanges: EmailChanges
  readonly emailDomains: EmailDomains
  readonly upkeep: Upkeep
}

/** What the store does for itself, not for a room. */
export interface Upkeep {
  /** Announces what other processes have changed. */
  listen(): Promise<void>
  sweepSlice(at: number): Promise<number>
}

export type PortName = keyof Ports

/** Every method that may be called; the compiler finds one that is missing. `reads` leave nothing to announce. */
export const portMethods = {
  accounts: {
    find: 'reads',
    findByEmail: 'reads',
    findByCredential: 'reads',
    list: 'reads',
    formerPasswords: 'reads',
    passwordCensus: 'reads',
    create: 'writes',
    setState: 'writes',
    setRoles: 'writes',
    setLanguage: 'writes',
    setPassword: 'writes',
    rehash: 'writes',
    noteLeak: 'writes',
    setExemption: 'writes',
    markForReset: 'writes',
    withdrawReset: 'writes',
    hold: 'writes',
    releaseHold: 'writes',
  },
  attempts: {
    findByTokenHash: 'reads',
    start: 'writes',
    startHeld: 'writes',
    addProof: 'writes',
    countTry: 'writes',
    keepEnrolment: 'writes',
    keepEmailCode: 'writes',
    useEmailCode: 'writes',
    end: 'writes',
  },
  audit: { list: 'reads', verifyFrom: 'reads', append: 'writes' },
  backupCodeSets: { left: 'reads', keep: 'writes', use: 'writes' },
  decoys: { findByTokenHash: 'reads', start: 'writes', countTry: 'writes', renewCode: 'writes', end: 'writes' },
  campaigns: {
    find: 'reads',
    list: 'reads',
    people: 'reads',
    tally: 'reads',
    planned: 'reads',
    idsByEmail: 'reads',
    candidates: 'reads',
    signIns: 'reads',
    next: 'reads',
    begin: 'writes',
    addPeople: 'writes',
    freeze: 'writes',
    start: 'writes',
    move: 'writes',
    claim: 'writes',
    flag: 'writes',
    remind: 'writes',
    withdraw: 'writes',
    finish: 'writes',
    release: 'writes',
    countCuts: 'writes',
  },
  bans: { list: 'reads', add: 'writes', remove: 'writes' },
  devices: {
    find: 'reads',
    listOf: 'reads',
    rename: 'writes',
    forget: 'writes',
    ask: 'writes',
    approve: 'writes',
  },
  factors: { add: 'writes', addFirst: 'writes', remove: 'writes', restore: 'writes', useStep: 'writes' },
  handOverCodes: {
    find: 'reads',
    issue: 'writes',
    present: 'writes',
    countTry: 'writes',
    end: 'writes',
    redeem: 'writes',
  },
  keys: { list: 'reads', begin: 'writes', rotate: 'writes' },
  oneTimeCodes: { find: 'reads', keep: 'writes', countTry: 'writes', use: 'writes', end: 'writes' },
  ownKeys: { list: 'reads', begin: 'writes', rotate: 'writes' },
  providers: {
    find: 'reads',
    list: 'reads',
    put: 'writes',
    noteCheck: 'writes',
    warn: 'writes',
    remove: 'writes',
  },
  seenMessages: { add: 'writes', listOf: 'reads' },
  organizations: { find: 'reads', findBySlug: 'reads', list: 'reads', create: 'writes', change: 'writes' },
  outbox: {
    list: 'reads',
    add: 'writes',
    claim: 'writes',
    markHandedOver: 'writes',
    markAllHandedOver: 'writes',
    finish: 'writes',
    finishAll: 'writes',
  },
  peopleList: { page: 'reads', count: 'reads' },
  refusals: { find: 'reads', keep: 'writes', forgetBefore: 'writes' },
  resetTickets: { find: 'reads', issue: 'writes', redeem: 'writes' },
  sessions: {
    findByTokenHash: 'reads',
    listOf: 'reads',
    open: 'writes',
    redeemJoin: 'writes',
    issueJoin: 'writes',
    rotate: 'writes',
    end: 'writes',
    endAllOf: 'writes',
    listOfSubject: 'reads',
    endThese: 'writes',
    noteLogout: 'writes',
    wasSignedOut: 'reads',
    touch: 'writes',
  },
  signInHistory: { recentOf: 'reads', walk: 'reads' },
  reportLinks: { find: 'reads', changesOf: 'reads', report: 'writes', undoEmail: 'writes' },
  ruleChanges: { replace: 'writes' },
  emailChanges: { change: 'writes' },
  emailDomains: { ownerOf: 'reads', listOf: 'reads', claim: 'writes', verify: 'writes', remove: 'writes' },
  spentOnce: { spend: 'writes' },
  threats: { find: 'reads', list: 'reads', findOpen: 'reads', keep: 'writes', undo: 'writes' },
  upkeep: { listen: 'reads', sweepSlice: 'writes' },
} as const satisfies { readonly [Name in PortName]: { readonly [Method in keyof Ports[Name]]: 'reads' | 'writes' } }

/** What the thread is started with. */
export interface StoreSettings {
  readonly sekisho: 'sqlite-store'
  readonly file: string
  readonly auditKey: Uint8Array
}

/** To the thread. `close` comes last: everything asked before is answered first. */
export type Request = Call | 'close'

export interface Call {
  readonly number: number
  readonly port: string
  readonly method: string
  readonly args: readonly unknown[]
}

/** `number` 0 tells of the opening itself. */
export type Answer =
  | { readonly number: number; readonly kind: 'done'; readonly value: unknown; readonly changes: readonly Change[] }
  | { readonly number: number; readonly kind: 'failed'; readonly fault: FaultMessage }
