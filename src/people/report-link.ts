import type { AccountId, SessionId } from '../policy/facts.ts'

/** A link in a mail that undoes: "this was not me" about one sign-in, or an e-mail change taken back. Only a hash of its token is stored. */
export interface ReportLink {
  readonly tokenHash: string
  readonly purpose: 'not_me' | 'email_undo'
  readonly accountId: AccountId
  /** `not_me`: the root session that was opened; it may have ended since. */
  readonly sessionId: SessionId | null
  readonly deviceId: string | null
  /** When what it speaks of happened. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly usedAt: number | null
}
