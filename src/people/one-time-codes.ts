import type { AccountId } from '../policy/facts.ts'
import type { Trail } from './trail.ts'

/** A code that was sent to somebody and is waited for. Only a keyed hash of it is stored (each service keys it with `codeKey`). */
export interface OneTimeCode {
  /** What it belongs to: the id of an attempt or of a session, or the hash of a browser's token. One code for each subject and purpose. */
  readonly subject: string
  readonly purpose: CodePurpose
  /** Null: nobody has such a name; the row is there so that the work is the same. */
  readonly accountId: AccountId | null
  readonly hash: string
  readonly expiresAt: number
  /** What the code confirms, sealed where it is personal (context `code:<purpose>:<subject>`): a phone number, a new address. */
  readonly detail: string | null
}

export type CodePurpose = 'sms_code' | 'phone_check' | 'email_change' | 'sign_in_code'

/** The durable codes. Each is used once, also over several processes; it ends with its account and by its time. */
export interface OneTimeCodes {
  /** Replaces the code of the same subject and purpose, and begins its count of tries anew. */
  keep(code: OneTimeCode, trail: Trail): Promise<void>
  find(subject: string, purpose: CodePurpose, at: number): Promise<OneTimeCode | null>
  /** Counts before a code is looked at: the number of tries including this one; null when there is none, or it is too old. */
  countTry(subject: string, purpose: CodePurpose, at: number): Promise<number | null>
  /** Takes the code away for the one who shows its hash in time: it is answered exactly once. */
  use(subject: string, purpose: CodePurpose, hash: string, at: number): Promise<OneTimeCode | null>
  end(subject: string, purpose: CodePurpose): Promise<void>
}

/** What may happen once, over all processes and restarts: a WebAuthn challenge, a message of an identity provider. */
export interface SpentOnce {
  /** True for the first, false for everybody after, until the time that was given first has passed. */
  spend(key: string, until: number, at: number): Promise<boolean>
}
