import type { Clock } from '../lib/clock.ts'
import { hashToken } from '../lib/secret.ts'
import type { Notice } from '../notices/notice.ts'
import type { Account, Accounts } from './account.ts'
import { attemptMs } from './attempt.ts'
import { unknownLabel } from './device.ts'
import type { Directory } from './directory.ts'
import { parseEmail } from './email.ts'
import { hasLocalWays } from './local-ways.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import { nowhere } from './place.ts'
import type { Places } from './places.ts'
import {
  emailChangeUndone,
  intrusionReported,
  intrusionReportedAdmin,
  type ReportedSignIn,
} from './protection-notices.ts'
import type { ReportLink } from './report-link.ts'
import type { DemandedReset, Reported, ReportLinks } from './report-links.ts'
import type { Devices, Session, Sessions } from './session.ts'
import type { Undoable } from './session-change.ts'
import { resetMs, type Tickets } from './tickets.ts'

/**
 * "This was not me", and "put my address back": what a link from a mail does when its button is pressed. Whoever holds the link may press:
 * it came to the owner's mailbox, and all it does is to shut out and to put back. Nothing here is a way in.
 */
export interface Reports {
  /** For a GET: changes nothing. Null for what is no link, was swept, or whose account is no more. */
  look(token: string): Promise<ReportSeen | null>
  /** One press acts; the others hear that it is done. */
  act(token: string, by: Origin): Promise<Reported>
}

export interface ReportSeen {
  readonly link: ReportLink
  readonly state: 'open' | 'used' | 'expired'
  readonly account: Account
  /** False: the account belongs to a provider; its sessions end, and nothing is reset here. */
  readonly isLocal: boolean
  readonly signIn: ReportedSignIn
  /** What this will put back, and how many sessions it ends, counted before it is done. */
  readonly changes: readonly Undoable[]
  readonly sessionsEnding: number
}

export interface ReportsNeeds {
  readonly links: ReportLinks
  readonly accounts: Pick<Accounts, 'find' | 'list'>
  readonly sessions: Pick<Sessions, 'listOf'>
  readonly devices: Pick<Devices, 'find'>
  readonly directory: Pick<Directory, 'organizationFact'>
  readonly places: Pick<Places, 'find'>
  readonly tickets: Pick<Tickets, 'make'>
  readonly clock: Clock
}

export function createReports(needs: ReportsNeeds): Reports {
  return { look: token => look(needs, token), act: (token, by) => act(needs, token, by) }
}

async function look(needs: ReportsNeeds, token: string): Promise<ReportSeen | null> {
  const link = await needs.links.find(hashToken(token))
  const account = link === null ? null : await needs.accounts.find(link.accountId)
  if (link === null || account === null || account.state === 'deleted') return null
  const isLocal = await hasLocalWays(account, needs.directory)
  const sessions = await needs.sessions.listOf(account.id)
  const session = sessions.find(each => each.rootId === link.sessionId)
  const endsAll = !isLocal || link.purpose === 'email_undo'
  return {
    link,
    state: stateOf(link, account, needs.clock.now()),
    account,
    isLocal,
    signIn: await signInOf(needs, link, session),
    changes: link.sessionId === null ? [] : await needs.links.changesOf(account.id, link.sessionId),
    sessionsEnding: endsAll ? sessions.length : session === undefined ? 0 : 1,
  }
}

/** A change of address that was put back in another way has nothing left to undo. */
function stateOf(
  { usedAt, expiresAt, purpose }: ReportLink,
  { formerEmail }: Account,
  now: number,
): ReportSeen['state'] {
  if (usedAt !== null) return 'used'
  if (expiresAt <= now) return 'expired'
  if (purpose === 'email_undo' && (formerEmail === null || formerEmail.undoUntil <= now)) return 'used'
  return 'open'
}

async function signInOf(
  { devices, places }: ReportsNeeds,
  { accountId, deviceId, issuedAt: openedAt }: ReportLink,
  session: Session | undefined,
): Promise<ReportedSignIn> {
  const device = deviceId === null ? null : await devices.find(accountId, deviceId)
  const address = session?.address ?? device?.address ?? '-'
  return {
    openedAt,
    device: device?.label ?? unknownLabel,
    address,
    place: address === '-' ? nowhere : places.find(address),
  }
}

async function act(needs: ReportsNeeds, token: string, by: Origin): Promise<Reported> {
  const seen = await look(needs, token)
  if (seen === null || seen.state === 'expired') return { kind: 'gone' }
  if (seen.state === 'used') return { kind: 'already' }
  return seen.link.purpose === 'not_me' ? reportIntrusion(needs, seen, by) : undoEmail(needs, seen, by)
}

async function reportIntrusion(needs: ReportsNeeds, seen: ReportSeen, by: Origin): Promise<Reported> {
  const { link, account, isLocal, signIn } = seen
  const at = needs.clock.now()
  const demanded = demandReset(needs, seen, 'You reported a sign-in that was not yours.')
  const facts = { session: link.sessionId, since: sinceOf(link), reset: isLocal }
  return needs.links.report(
    {
      tokenHash: link.tokenHash,
      at,
      reset: isLocal ? demanded.reset : null,
      owner: intrusionReported(account, signIn, isLocal ? demanded.mail : null),
      unknownDevice: signIn.device,
    },
    {
      audit: auditOf('intrusion_reported', aboutAccount(account), by, at, facts),
      notices: await administratorsOf(needs, seen),
    },
  )
}

async function undoEmail(needs: ReportsNeeds, seen: ReportSeen, by: Origin): Promise<Reported> {
  const { link, account, isLocal, signIn } = seen
  const at = needs.clock.now()
  const former = account.formerEmail === null ? null : parseEmail(account.formerEmail.email)
  if (former === null) return { kind: 'already' }
  const { reset, mail } = demandReset(needs, seen, 'You took back a change of your e-mail address.')
  return needs.links.undoEmail(
    {
      tokenHash: link.tokenHash,
      at,
      email: former.email,
      emailKey: former.key,
      // Its organization may have turned to single sign-on since: then no ticket would lead out of a flag.
      reset: isLocal ? reset : null,
      owner: isLocal ? emailChangeUndone(account, at, mail) : intrusionReported(account, signIn, null),
    },
    {
      audit: auditOf('email_change_undone', aboutAccount(account), by, at, { since: link.issuedAt }),
      notices: await administratorsOf(needs, seen),
    },
  )
}

function demandReset({ tickets, clock }: ReportsNeeds, { account, link }: ReportSeen, reason: string) {
  const { ticket, mail } = tickets.make(account, { purpose: 'reset', lifetimeMs: resetMs })
  const flag = { reason, at: clock.now(), by: `account ${account.id}`, since: sinceOf(link) }
  const reset: DemandedReset = { flag, ticket }
  return { reset, mail }
}

/** Whoever enrolled a factor on the way in did so before the session opened: at most as long before as an attempt lives. */
function sinceOf({ issuedAt }: ReportLink): number {
  return issuedAt - attemptMs
}

/** A mail to each of a hundred administrators would be a nuisance. Whoever reported is told in another mail. */
const administratorsMax = 20

async function administratorsOf({ accounts }: ReportsNeeds, seen: ReportSeen): Promise<readonly Notice[]> {
  const { account, signIn, link } = seen
  if (account.organizationId === null) return []
  const people = await accounts.list({ organizationId: account.organizationId, limit: 1_000 })
  return people
    .filter(({ id, state, roles }) => id !== account.id && state === 'open' && roles.some(role => role !== 'person'))
    .slice(0, administratorsMax)
    .map(administrator => intrusionReportedAdmin(administrator, account, signIn, link.purpose))
}
