import type { Clock } from '../lib/clock.ts'
import type { Account, Accounts } from './account.ts'
import { passwordChanged } from './account-notices.ts'
import type { Directory } from './directory.ts'
import { hasLocalWays } from './local-ways.ts'
import type { NewPasswords, RefusedPassword } from './new-passwords.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import type { Passwords } from './passwords.ts'
import type { Session } from './session.ts'

/** A signed-in person changes the password: needs the current one, ends all other sessions. */
export interface PasswordChanges {
  change(account: Account, session: Session, form: ChangeForm, by: Origin): Promise<Changing>
}

export interface ChangeForm {
  readonly current: string
  readonly next: string
}

export type Changing = { readonly kind: 'done' } | { readonly kind: 'wrong' } | RefusedPassword

export interface PasswordChangesNeeds {
  readonly accounts: Accounts
  readonly directory: Directory
  readonly passwords: Passwords
  readonly newPasswords: NewPasswords
  readonly clock: Clock
}

export function createPasswordChanges(needs: PasswordChangesNeeds): PasswordChanges {
  const { accounts, directory, passwords, newPasswords, clock } = needs
  return {
    async change({ id }, session, { current, next }, by) {
      // Read anew: the password may have been changed, or a reset demanded, a moment ago.
      const account = await accounts.find(id)
      const matches = await passwords.verify(account?.password?.hash ?? null, current)
      if (account === null || !matches || session.accountId !== id) return { kind: 'wrong' }
      if (account.reset !== null || !(await hasLocalWays(account, directory))) return { kind: 'wrong' }
      const made = await newPasswords.make(account, next)
      if (made.kind === 'refused') return made
      const at = clock.now()
      const audit = auditOf('password_changed', aboutAccount(account), by, at, { session: session.rootId })
      const changed = await accounts.setPassword(
        { id, formerHash: account.password?.hash ?? null, hash: made.hash, at, endSessionsExcept: session.rootId },
        { audit, notices: passwordChanged(account, by, at, 'account') },
      )
      return changed ? { kind: 'done' } : { kind: 'wrong' }
    },
  }
}
