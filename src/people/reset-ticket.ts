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

/**
 * Who asks elsewhere must not void what was sent to an owner who asks at home, on a known device or from an address that the account
 * signed in from lately. Absent: elsewhere, and nothing older stays.
 */
export interface AskedTicket {
  readonly from: 'home' | 'elsewhere'
  /** Live tickets of this kind, the new one included. */
  readonly liveMax: number
}

export interface ResetTickets {
  /** Voids older tickets of the same purpose that were asked for in the same way, but for the newest. Others stay: any use ends all. */
  issue(ticket: ResetTicket, trail: Trail, asked?: AskedTicket): Promise<void>
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
