import type { AuditStore } from '../journal/receipt.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { hashToken } from '../lib/secret.ts'
import type { Account, Accounts } from './account.ts'
import { passwordChanged, resetRequired } from './account-notices.ts'
import type { Directory } from './directory.ts'
import { parseEmail } from './email.ts'
import { hasLocalWays } from './local-ways.ts'
import type { NewPasswords, RefusedPassword } from './new-passwords.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import type { AskedTicket, ResetTicket, ResetTickets } from './reset-ticket.ts'
import { createTickets, resetMs, type Tickets } from './tickets.ts'

/**
 * Forced resets, forgotten passwords and invitations: everything that goes through a mailed ticket. The ticket is the only way out of
 * a forced reset, and never the way round a second factor: those stay.
 */
export interface Resets {
  /** Flags the account and mails its ticket in one transaction. Accounts with single sign-on never get the flag (`sso`). */
  require(account: Account, cause: ResetCause, by: Origin): Promise<'flagged' | 'already' | 'unknown' | 'sso'>
  withdraw(account: Account, by: Origin): Promise<boolean>
  /** "Forgot my password". Nothing tells, neither the answer nor its time, whether such an account exists. */
  requestTicket(email: unknown, by: Origin, from?: AskedTicket['from']): Promise<void>
  /** For a GET: changes nothing. */
  look(token: string): Promise<Ticketed | null>
  /** Exactly one caller wins. Ends every session and attempt of the account; its second factors stay. */
  redeem(token: string, password: string, by: Origin): Promise<Redeeming>
  /** Mails (again) the ticket of an invited account. */
  invite(account: Account, by: Origin): Promise<'sent' | 'not_invited' | 'sso'>
}

/** `since`: when the account may have been taken over, if that is known; factors added later are set aside. */
export interface ResetCause {
  readonly reason: string
  readonly since: number | null
}

export interface Ticketed {
  readonly account: Account
  readonly ticket: ResetTicket
}

export type Redeeming =
  | { readonly kind: 'done'; readonly account: Account }
  | { readonly kind: 'gone' }
  | RefusedPassword

export interface ResetsNeeds {
  readonly accounts: Accounts
  readonly directory: Directory
  readonly tickets: ResetTickets
  readonly newPasswords: NewPasswords
  /** An unknown name leaves an audit row where a known one leaves a ticket: the same kind of work in the store. */
  readonly audit: AuditStore
  readonly random: Random
  readonly clock: Clock
  /** The whole address of the page that redeems a ticket. */
  readonly ticketUrl: (token: string) => string
}

export function createResets(needs: ResetsNeeds): Resets {
  const { accounts, directory, clock } = needs
  const tickets = createTickets(needs)
  return {
    require: (account, cause, by) => requireReset(needs, tickets, { account, cause, by }),
    withdraw(account, by) {
      const audit = auditOf('reset_withdrawn', aboutAccount(account), by, clock.now())
      return accounts.withdrawReset(account.id, { audit, notices: [] })
    },
    requestTicket: (email, by, from = 'elsewhere') => requestTicket(needs, tickets, { email, by, from }),
    look: token => look(needs, token),
    redeem: (token, password, by) => redeem(needs, { token, password, by }),
    async invite(account, by) {
      if (account.state !== 'invited') return 'not_invited'
      if (!(await hasLocalWays(account, directory))) return 'sso'
      await tickets.invite(account, by)
      return 'sent'
    },
  }
}

interface Requiring {
  readonly account: Account
  readonly cause: ResetCause
  readonly by: Origin
}

async function requireReset(
  { accounts, directory, clock }: ResetsNeeds,
  tickets: Tickets,
  { account, cause, by }: Requiring,
): Promise<'flagged' | 'already' | 'unknown' | 'sso'> {
  if (account.state === 'deleted') return 'unknown'
  if (!(await hasLocalWays(account, directory))) return 'sso'
  const reason = cause.reason.slice(0, reasonLengthMax)
  const at = clock.now()
  const { ticket, mail } = tickets.make(account, { purpose: 'reset', lifetimeMs: resetMs })
  const audit = auditOf('reset_required', aboutAccount(account), by, at, { reason, since: cause.since })
  const flag = { reason, at, by: `${by.actor.kind} ${by.actor.id}`, since: cause.since }
  return accounts.markForReset(account.id, flag, ticket, { audit, notices: [resetRequired(account, reason, mail)] })
}

const reasonLengthMax = 500

interface Asking {
  readonly email: unknown
  readonly by: Origin
  readonly from: AskedTicket['from']
}

async function requestTicket(needs: ResetsNeeds, tickets: Tickets, { email, by, from }: Asking): Promise<void> {
  const parsed = parseEmail(email)
  const account = parsed === null ? null : await needs.accounts.findByEmail(parsed.key)
  if (account !== null && (await mayRedeem(needs, account))) {
    if (account.state === 'invited') return tickets.invite(account, by, from)
    return tickets.issueReset(account, by, from)
  }
  const subject = account === null ? { accountId: null, organizationId: null } : aboutAccount(account)
  await needs.audit.append(auditOf('reset_mail_requested', subject, by, needs.clock.now(), { sent: false }))
}

/** Accounts with single sign-on have no reset on any path; suspended and deleted ones get none either. */
async function mayRedeem({ directory }: ResetsNeeds, account: Account): Promise<boolean> {
  return (account.state === 'open' || account.state === 'invited') && (await hasLocalWays(account, directory))
}

async function look(needs: ResetsNeeds, token: string): Promise<Ticketed | null> {
  const ticket = await needs.tickets.find(hashToken(token), needs.clock.now())
  const account = ticket === null ? null : await needs.accounts.find(ticket.accountId)
  if (ticket === null || account === null) return null
  return (await mayRedeem(needs, account)) ? { account, ticket } : null
}

interface Redemption {
  readonly token: string
  readonly password: string
  readonly by: Origin
}

async function redeem(needs: ResetsNeeds, { token, password, by }: Redemption): Promise<Redeeming> {
  const found = await look(needs, token)
  if (found === null) return { kind: 'gone' }
  const { account, ticket } = found
  const made = await needs.newPasswords.make(account, password)
  if (made.kind === 'refused') return made
  const at = needs.clock.now()
  const audit = auditOf('reset_completed', aboutAccount(account), by, at, { purpose: ticket.purpose })
  const redeemed = await needs.tickets.redeem(
    { tokenHash: ticket.tokenHash, accountId: account.id, passwordHash: made.hash, at },
    { audit, notices: passwordChanged(account, by, at, 'reset') },
  )
  return redeemed ? { kind: 'done', account } : { kind: 'gone' }
}
