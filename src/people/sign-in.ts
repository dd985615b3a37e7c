import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import type { Proof } from '../policy/facts.ts'
import type { Account, Accounts, Factors } from './account.ts'
import type { Attempt, Attempts } from './attempt.ts'
import type { Directory } from './directory.ts'
import type { DeviceNow } from './known-devices.ts'
import type { Origin } from './origin.ts'
import type { Passwords } from './passwords.ts'
import type { SecondFactors, TotpSecret } from './second-factors.ts'
import type { SessionTokens } from './session-tokens.ts'

/** The steps of a sign-in, each of which adds a proof to the attempt. None of them decides whether it is enough: the entry walk does. */
export interface SignIn {
  /**
   * Same work and same store calls for known, unknown, invited, deleted, SSO and reset-required accounts; all but a right password of
   * an account that may use one read as `wrong`. A suspended account is proved here: the account-open gate speaks after all proofs.
   */
  checkPassword(email: unknown, password: string): Promise<PasswordCheck>
  begin(account: Account, proof: Proof, device: DeviceNow, by: Origin): Promise<{ token: string; attempt: Attempt }>
  /** Null for forged, ended and too old ones. */
  find(token: string): Promise<Attempt | null>
  proveTotp(attempt: Attempt, account: Account, code: string): Promise<CodeCheck>
  /** The same secret again until it is confirmed. Fault `conflict` for an account that has a factor already or may have none. */
  startTotpEnrolment(attempt: Attempt, account: Account): Promise<TotpSecret>
  confirmTotpEnrolment(
    attempt: Attempt,
    account: Account,
    code: string,
    label: string,
    by: Origin,
  ): Promise<EnrolmentCheck>
  /** Mails a new code (10 minutes, once); the former one is void. False when the attempt has ended. */
  sendEmailCode(attempt: Attempt, account: Account, by: Origin): Promise<boolean>
  proveEmailCode(attempt: Attempt, code: string): Promise<CodeCheck>
  /** Gives the attempt up. */
  end(attempt: Attempt): Promise<void>
}

export type PasswordCheck =
  | { readonly kind: 'wrong'; readonly account: Account | null }
  | { readonly kind: 'proved'; readonly account: Account; readonly proof: Proof }

/** `wrong` with no tries left: this was the last one, the attempt has ended. `ended`: it had ended before. */
export type CodeCheck =
  | { readonly kind: 'proved'; readonly proof: Proof }
  | { readonly kind: 'wrong'; readonly triesLeft: number }
  | { readonly kind: 'ended' }

export type EnrolmentCheck =
  | { readonly kind: 'proved'; readonly proof: Proof }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'ended' }

export interface SignInNeeds {
  readonly accounts: Accounts
  readonly directory: Directory
  readonly passwords: Passwords
  readonly attempts: Attempts
  readonly factors: Factors
  readonly secondFactors: SecondFactors
  /** Tokens of attempts: made with another key than those of sessions. */
  readonly tokens: SessionTokens
  /** Keys the stored hash of e-mailed codes: six digits alone would be read back from a copy of the store. */
  readonly codeKey: Buffer
  readonly seal: Seal
  readonly random: Random
  readonly clock: Clock
}

export function createSignIn(_needs: SignInNeeds): SignIn {
  throw new Fault('not_implemented')
}
