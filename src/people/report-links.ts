import type { Notice } from '../notices/notice.ts'
import type { AccountId, SessionId } from '../policy/facts.ts'
import type { EmailKey, ResetFlag } from './account.ts'
import type { ReportLink } from './report-link.ts'
import type { ResetTicket } from './reset-ticket.ts'
import type { Undoable } from './session-change.ts'
import type { Trail } from './trail.ts'

/** What was undone: the kinds of people/session-change.ts. `email_not_free`: the address belongs to another account by now. */
export type Undone = Undoable['kind'] | 'email_not_free'

/**
 * The links, and what each does: everything in one transaction, once. What exactly was undone, and which address is the owner's after it,
 * only the transaction knows: it addresses the owner's mail, and gives all notices and the audit row the fact `undone`.
 */
export interface ReportLinks {
  /** Also used and too old ones, until they are swept: a page says which. */
  find(tokenHash: string): Promise<ReportLink | null>
  /** What the session has changed about its account, newest first. */
  changesOf(accountId: AccountId, sessionId: SessionId): Promise<readonly Undoable[]>
  /** "This was not me." */
  report(report: IntrusionReport, trail: Trail): Promise<Reported>
  /** "Put my address back." Ends every session of the account. */
  undoEmail(undoing: EmailUndoing, trail: Trail): Promise<Reported>
}

export type Reported =
  | { readonly kind: 'done'; readonly undone: readonly Undone[]; readonly sessionsEnded: number }
  /** By somebody before, also a moment before. */
  | { readonly kind: 'already' }
  | { readonly kind: 'gone' }

/** For the owner's address and in the owner's language, whichever they are when everything is undone. */
export type OwnerNotice = Omit<Notice, 'to' | 'language'>

export interface DemandedReset {
  readonly flag: ResetFlag
  readonly ticket: ResetTicket
}

export interface IntrusionReport {
  readonly tokenHash: string
  readonly at: number
  /** Null for an account with single sign-on: all its sessions end, and it never gets a flag. */
  readonly reset: DemandedReset | null
  readonly owner: OwnerNotice
  /** Name for a device that its thief has made the account forget. */
  readonly unknownDevice: string
}

export interface EmailUndoing {
  readonly tokenHash: string
  readonly at: number
  /** The address that is put back. */
  readonly email: string
  readonly emailKey: EmailKey
  /** Null for an account with single sign-on. */
  readonly reset: DemandedReset | null
  readonly owner: OwnerNotice
}
