import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import type { Proof } from '../policy/facts.ts'
import type { Account, Factor, Factors } from './account.ts'
import type { Directory } from './directory.ts'
import type { Origin } from './origin.ts'

/** What a person types or scans into an authenticator app. */
export interface TotpSecret {
  /** Base32. */
  readonly secret: string
  /** otpauth: address, for the QR code. */
  readonly uri: string
}

/** Second factors of people who are signed in, and the check of their codes everywhere. */
export interface SecondFactors {
  /** Any confirmed factor that is not set aside; each time step once, also over several processes. */
  verifyTotp(account: Account, code: string): Promise<FactorCheck>
  /** A new secret; `sealed` goes through the form and back, bound to the account, good for 15 minutes. */
  newTotp(account: Account): TotpSecret & { readonly sealed: string }
  addTotp(account: Account, sealed: string, code: string, label: string, by: Origin): Promise<FactorAdding>
  /** False when there is no such factor. */
  remove(account: Account, factorId: string, by: Origin): Promise<boolean>
  restore(account: Account, factorId: string, by: Origin): Promise<boolean>
}

export type FactorCheck = { readonly kind: 'proved'; readonly proof: Proof } | { readonly kind: 'wrong' }

/** `gone`: the sealed secret is too old, was used, or is not this account's. `refused`: accounts of an organization with single sign-on have no local factors. */
export type FactorAdding =
  | { readonly kind: 'added'; readonly factor: Factor }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused' }

export interface SecondFactorsNeeds {
  readonly factors: Factors
  readonly directory: Directory
  readonly seal: Seal
  readonly random: Random
  readonly clock: Clock
  /** The product's name in authenticator apps. */
  readonly issuerName: string
}

export function createSecondFactors(_needs: SecondFactorsNeeds): SecondFactors {
  throw new Fault('not_implemented')
}
