import type { AccountId, Proof, RiskFact } from '../policy/facts.ts'
import type { Hold } from './hold.ts'
import type { Trail } from './trail.ts'

/** How long an attempt lives. */
export const attemptMs = 10 * 60_000

/**
 * A sign-in under way: partial proofs live here and nowhere else; no reader of the proxy ever sees one.
 * A row exists only after a right password (or, later, a SAML request). It lives ten minutes.
 */
export interface Attempt {
  readonly id: string
  readonly tokenHash: string
  readonly accountId: AccountId
  readonly proofs: readonly Proof[]
  /** Judged once, kept with the attempt. */
  readonly risk: RiskFact
  readonly deviceId: string
  readonly startedAt: number
  readonly expiresAt: number
  /** Wrong codes so far; five end the attempt. */
  readonly wrongCodes: number
  /** A factor on its way to being enrolled (sealed, context `attempt:<id>`), or null. */
  readonly sealedEnrolment: string | null
  /** Hash and end of the e-mailed code that is out, or null. */
  readonly emailCode: { readonly hash: string; readonly expiresAt: number } | null
}

export interface Attempts {
  start(attempt: Attempt, trail: Trail): Promise<void>
  /**
   * The same, and holds the account in the same transaction. True for the first: its code is kept with the attempt, and its mail goes out;
   * where the account is held already the attempt begins without a code.
   */
  startHeld(attempt: Attempt, hold: Hold, trail: Trail): Promise<boolean>
  findByTokenHash(tokenHash: string): Promise<Attempt | null>
  /** False when the attempt has ended meanwhile, or already holds a proof of that kind. */
  addProof(id: string, proof: Proof): Promise<boolean>
  /** Counts before a code is looked at, so that parallel guesses cannot overshoot: the number of tries including this one; null when it ended. */
  countTry(id: string): Promise<number | null>
  keepEnrolment(id: string, sealed: string | null): Promise<boolean>
  keepEmailCode(id: string, code: Attempt['emailCode'], trail: Trail): Promise<boolean>
  /** Takes the e-mailed code away for the one who shows its hash in time: true exactly once. */
  useEmailCode(id: string, hash: string, at: number): Promise<boolean>
  end(id: string): Promise<void>
}
