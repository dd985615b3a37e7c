import type { AuditEvent } from '../journal/audit.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Language } from '../notices/notice.ts'
import type { OrganizationId, Role } from '../policy/facts.ts'
import type { Account, Accounts } from './account.ts'
import { accountSuspended } from './account-notices.ts'
import { parseEmail } from './email.ts'
import { newAccount } from './new-account.ts'
import type { NewPasswords } from './new-passwords.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import type { PasswordProblem } from './password-rules.ts'
import type { Resets } from './resets.ts'
import type { Trail } from './trail.ts'

/** What operators and administrators do to accounts. Who may is decided before: by the may-act gate. */
export interface PeopleAdmin {
  /** Without a password the account is invited by mail; with one (seeds, CLI) it is open at once. */
  create(person: NewPerson, by: Origin): Promise<Creating>
  /** Also ends all its sessions. False when there is nothing to suspend. */
  suspend(account: Account, by: Origin): Promise<boolean>
  resume(account: Account, by: Origin): Promise<boolean>
  /** Ends a hold: the operator has made sure that its owner used the password. */
  releaseHold(account: Account, by: Origin): Promise<boolean>
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
  readonly resets: Resets
  readonly newPasswords: NewPasswords
  readonly random: Random
  readonly clock: Clock
}

export function createPeopleAdmin(needs: PeopleAdminNeeds): PeopleAdmin {
  const { accounts, clock } = needs
  const trail = (event: AuditEvent, account: Account, by: Origin, facts: Trail['audit']['facts'] = {}): Trail => ({
    audit: auditOf(event, aboutAccount(account), by, clock.now(), facts),
    notices: [],
  })
  return {
    create: (person, by) => create(needs, person, by),
    releaseHold: (account, by) =>
      accounts.releaseHold(account.id, trail('hold_released', account, by, { cause: account.held?.cause ?? null })),
    async suspend(account, by) {
      if (account.state === 'suspended' || account.state === 'deleted') return false
      const notices = accountSuspended(account, clock.now())
      return accounts.setState(account.id, 'suspended', { ...trail('account_suspended', account, by), notices })
    },
    async resume(account, by) {
      if (account.state !== 'suspended') return false
      const state = account.password === null ? 'invited' : 'open'
      return accounts.setState(account.id, state, trail('account_resumed', account, by))
    },
    setRoles: (account, roles, by) =>
      accounts.setRoles(account.id, roles, trail('account_roles_changed', account, by, { roles: roles.join(' ') })),
    setExemption(account, exemption, by) {
      const event = exemption === null ? 'exemption_ended' : 'exemption_granted'
      const facts = exemption === null ? {} : { reason: exemption.reason, until: exemption.until }
      return accounts.setExemption(account.id, exemption, trail(event, account, by, facts))
    },
    setLanguage: (account, language, by) =>
      accounts.setLanguage(account.id, language, trail('language_changed', account, by, { language })),
  }
}

async function create(needs: PeopleAdminNeeds, person: NewPerson, by: Origin): Promise<Creating> {
  const email = parseEmail(person.email)
  if (email === null) return { kind: 'invalid', field: 'email' }
  if (!isName(person.name)) return { kind: 'invalid', field: 'name' }
  if (person.roles.length === 0) return { kind: 'invalid', field: 'roles' }
  const { language, organizationId, roles } = person
  const about = { email, name: person.name.trim(), language, organizationId, roles, state: 'invited' } as const
  const account = newAccount(needs, about)
  if (person.password === null) return keep(needs, account, by)
  const made = await needs.newPasswords.make(account, person.password)
  if (made.kind === 'refused') return made
  const password = { hash: made.hash, changedAt: account.createdAt }
  return keep(needs, { ...account, state: 'open', password }, by)
}

/** It stands in mails, pages and the identity token: one line. */
function isName(name: string): boolean {
  return name.trim() !== '' && name.length <= 200 && !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(name)
}

async function keep({ accounts, resets, clock }: PeopleAdminNeeds, account: Account, by: Origin): Promise<Creating> {
  const facts = { state: account.state, roles: account.roles.join(' ') }
  const audit = auditOf('account_created', aboutAccount(account), by, clock.now(), facts)
  if ((await accounts.create(account, { audit, notices: [] })) === 'taken') return { kind: 'taken' }
  // A crash in between leaves an invited account without a mail: inviting again is all it takes.
  if (account.state === 'invited') await resets.invite(account, by)
  return { kind: 'created', account }
}
