import { Fault } from '../lib/fault.ts'
import type { Account, Accounts } from './account.ts'
import type { Directory } from './directory.ts'
import type { PasswordProblem } from './password-rules.ts'
import type { Passwords } from './passwords.ts'

/** Judges a password that somebody wants to have from now on, and hashes it. */
export interface NewPasswords {
  make(account: Account, password: string): Promise<NewPassword>
}

export type NewPassword =
  | { readonly kind: 'good'; readonly hash: string }
  | { readonly kind: 'refused'; readonly problems: readonly PasswordProblem[] }

export interface NewPasswordsNeeds {
  readonly accounts: Accounts
  readonly directory: Directory
  readonly passwords: Passwords
  /** The product's and the operator's names. */
  readonly productWords: readonly string[]
}

export function createNewPasswords(_needs: NewPasswordsNeeds): NewPasswords {
  throw new Fault('not_implemented')
}
