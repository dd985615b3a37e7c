import type { AuditStore } from '../journal/receipt.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { Account, Accounts } from './account.ts'
import type { Directory } from './directory.ts'
import type { NewPasswords } from './new-passwords.ts'
import type { Origin } from './origin.ts'
import type { PasswordProblem } from './password-rules.ts'
import type { ResetTicket, ResetTickets } from './reset-ticket.ts'

/** Forced resets, forgotten passwords and invitations: everything that goes through a mailed ticket. */
export interface Resets {
  /** Flags the account and mails its ticket in one transaction. Accounts with single sign-on never get the flag (`sso`). */
  require(account: Account, cause: ResetCause, by: Origin): Promise<'flagged' | 'already' | 'unknown' | 'sso'>
  withdraw(account: Account, by: Origin): Promise<boolean>
  /** "Forgot my password". Nothing tells, neither the answer nor its time, whether such an account exists. */
  requestTicket(email: unknown, by: Origin): Promise<void>
  /** For a GET: changes nothing. */
  look(token: string): Promise<{ readonly account: Account; readonly ticket: ResetTicket } | null>
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

export type Redeeming =
  | { readonly kind: 'done'; readonly account: Account }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly problems: readonly PasswordProblem[] }

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

export function createResets(_needs: ResetsNeeds): Resets {
  throw new Fault('not_implemented')
}
