import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { Language } from '../notices/notice.ts'
import type { OrganizationId, Role } from '../policy/facts.ts'
import type { Account, Accounts } from './account.ts'
import type { NewPasswords } from './new-passwords.ts'
import type { Origin } from './origin.ts'
import type { PasswordProblem } from './password-rules.ts'
import type { Resets } from './resets.ts'
import type { Sessions } from './session.ts'

/** What operators and administrators do to accounts. Who may is decided before: by the may-act gate. */
export interface PeopleAdmin {
  /** Without a password the account is invited by mail; with one (seeds, CLI) it is open at once. */
  create(person: NewPerson, by: Origin): Promise<Creating>
  /** Also ends all its sessions. False when there is nothing to suspend. */
  suspend(account: Account, by: Origin): Promise<boolean>
  resume(account: Account, by: Origin): Promise<boolean>
  setRoles(account: Account, roles: readonly Role[], by: Origin): Promise<boolean>
  /** Lets one person past the organization's networks; null ends it. */
  setExemption(account: Account, exemption: Account['exemption'], by: Origin): Promise<boolean>
  setLanguage(account: Account, language: Language, by: Origin): Promise<boolean>
}

export interface NewPerson {
  readonly email: unknown
  readonly name: string
  readonly language: Language
  readonly organizationId: OrganizationId | null
  readonly roles: readonly Role[]
  readonly password: string | null
}

export type Creating =
  | { readonly kind: 'created'; readonly account: Account }
  | { readonly kind: 'taken' }
  | { readonly kind: 'invalid'; readonly field: 'email' | 'name' | 'roles' }
  | { readonly kind: 'refused'; readonly problems: readonly PasswordProblem[] }

export interface PeopleAdminNeeds {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly resets: Resets
  readonly newPasswords: NewPasswords
  readonly random: Random
  readonly clock: Clock
}

export function createPeopleAdmin(_needs: PeopleAdminNeeds): PeopleAdmin {
  throw new Fault('not_implemented')
}
