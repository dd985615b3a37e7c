import type { AccountId } from '../policy/facts.ts'
import type { Trail } from './trail.ts'

/** The one way out of a forced reset: mailed, hashed, single use, 30 minutes, dead after any change of the account's credentials. */
export interface ResetTicket {
  readonly tokenHash: string
  readonly accountId: AccountId
  readonly purpose: 'reset' | 'invitation'
  readonly issuedAt: number
  readonly expiresAt: number
}

export interface ResetTickets {
  /** Voids the account's older tickets of the same purpose. */
  issue(ticket: ResetTicket, trail: Trail): Promise<void>
  /** Looks without using it up: a GET may ask as often as it likes. Null when unknown, used, void or too old. */
  find(tokenHash: string, at: number): Promise<ResetTicket | null>
  /**
   * In one transaction: uses the ticket up, sets the password, lifts the reset flag, ends every session and attempt of the account,
   * opens an invited account. `false` for everyone but the first, also over several processes.
   */
  redeem(redemption: Redemption, trail: Trail): Promise<boolean>
}

export interface Redemption {
  readonly tokenHash: string
  readonly accountId: AccountId
  readonly passwordHash: string
  readonly at: number
}
