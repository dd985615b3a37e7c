import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Account, Accounts } from './account.ts'
import type { Directory } from './directory.ts'
import type { NewPasswords } from './new-passwords.ts'
import type { Origin } from './origin.ts'
import type { PasswordProblem } from './password-rules.ts'
import type { Passwords } from './passwords.ts'
import type { Session } from './session.ts'

/** A signed-in person changes the password: needs the current one, ends all other sessions. */
export interface PasswordChanges {
  change(account: Account, session: Session, passwords: ChangeForm, by: Origin): Promise<Changing>
}

export interface ChangeForm {
  readonly current: string
  readonly next: string
}

export type Changing =
  | { readonly kind: 'done' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'refused'; readonly problems: readonly PasswordProblem[] }

export interface PasswordChangesNeeds {
  readonly accounts: Accounts
  readonly directory: Directory
  readonly passwords: Passwords
  readonly newPasswords: NewPasswords
  readonly clock: Clock
}

export function createPasswordChanges(_needs: PasswordChangesNeeds): PasswordChanges {
  throw new Fault('not_implemented')
}
