import type { Actor } from '../journal/audit.ts'
import type { AccountId } from '../policy/facts.ts'
import type { Redemption } from './reset-ticket.ts'
import type { Trail } from './trail.ts'

/** A code that somebody else hands to a person whose mailbox is lost: it stands in for the mailed ticket, and for nothing else. */
export interface HandOver {
  readonly accountId: AccountId
  /** Keyed; the code itself is shown once, to whoever issued it. */
  readonly codeHash: string
  readonly by: Actor
  readonly reason: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** The durable hand-overs: one live code for each account, dead after any change of its credentials. */
export interface HandOverCodes {
  /**
   * Replaces the account's former code. `weakened`, and nothing is issued: who issues it has, since the moment that is given, removed a
   * second factor of the account or had some set aside. Operators count as one. `gone`: the account is not open any more.
   */
  issue(handOver: HandOver, weakenedSince: number, trail: Trail): Promise<'issued' | 'weakened' | 'gone'>
  /** Whether it is the account's live code. A wrong one is counted in the same transaction and leaves the trail; the last of `triesMax` ends the code. */
  present(shown: ShownCode, refused: Trail): Promise<boolean>
  find(accountId: AccountId, codeHash: string, at: number): Promise<HandOver | null>
  /** Counts a try of what is asked for besides the code, before it is looked at; null when the code has ended. */
  countTry(accountId: AccountId, codeHash: string, at: number): Promise<number | null>
  end(accountId: AccountId, codeHash: string, trail: Trail): Promise<boolean>
  /** As a reset ticket is redeemed: one transaction, one winner. */
  redeem(redemption: HandOverRedemption, trail: Trail): Promise<boolean>
}

export interface ShownCode {
  readonly accountId: AccountId
  readonly codeHash: string
  readonly at: number
  readonly triesMax: number
}

export interface HandOverRedemption extends Omit<Redemption, 'tokenHash'> {
  readonly codeHash: string
}
