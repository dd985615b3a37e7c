import type { AuditEvent } from '../journal/audit.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Language } from '../notices/notice.ts'
import type { OrganizationId, Role } from '../policy/facts.ts'
import type { Account, Accounts } from './account.ts'
import type { Email } from './email.ts'
import { newAccount } from './new-account.ts'
import type { OrganizationRules } from './organization.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'

/**
 * Whose account it is that an organization's identity provider vouches for: the one of that address in this organization, or a new one
 * where the organization allows it. The account of another organization, or of none, is never taken over.
 */
export interface Provisioning {
  arrive(arrival: Arrival, by: Origin): Promise<Arrived>
  /** What `arrive` would do; changes nothing. */
  preview(arrival: Arrival): Promise<Preview>
}

export interface Arrival {
  readonly organizationId: OrganizationId
  readonly email: Email
  /** As the provider writes it; null when it says none. */
  readonly name: string | null
  readonly language: Language
  readonly createsAccounts: boolean
  /** Roles by mapping; null: nothing was said about them. */
  readonly roles: MappedRoles | null
}

/** What an attribute says about roles. */
export interface MappedRoles {
  readonly given: readonly Role[]
  /** Those that the mapping speaks of, and may: given or taken, and no others. */
  readonly governed: readonly Role[]
}

export type Arrived =
  | { readonly kind: 'here'; readonly account: Account }
  | { readonly kind: 'nobody'; readonly why: NobodyCause }

export type NobodyCause = 'no_account' | 'other_organization'

export interface Preview {
  readonly account: 'existing' | 'created' | 'opened' | NobodyCause
  readonly name: string | null
  readonly roles: readonly Role[]
}

export interface ProvisioningNeeds {
  readonly accounts: Pick<Accounts, 'find' | 'findByEmail' | 'create' | 'setState' | 'setRoles'>
  readonly random: Random
  readonly clock: Clock
}

export function createProvisioning(needs: ProvisioningNeeds): Provisioning {
  return {
    async arrive(arrival, by) {
      const standing = await needs.accounts.findByEmail(arrival.email.key)
      if (standing !== null) return welcome(needs, standing, arrival, by)
      if (!arrival.createsAccounts) return { kind: 'nobody', why: 'no_account' }
      const { email, language, organizationId } = arrival
      const about = { email, language, organizationId, name: nameOf(arrival), roles: rolesOf([], arrival.roles) }
      const made = newAccount(needs, { ...about, state: 'open' })
      const trail = trailOf(needs, 'account_provisioned', made, by, { roles: made.roles.join(' '), how: 'created' })
      if ((await needs.accounts.create(made, trail)) === 'created') return { kind: 'here', account: made }
      // Two first sign-ins at once: the other one was faster.
      const other = await needs.accounts.findByEmail(arrival.email.key)
      return other === null ? { kind: 'nobody', why: 'no_account' } : welcome(needs, other, arrival, by)
    },
    async preview(arrival) {
      const standing = await needs.accounts.findByEmail(arrival.email.key)
      const roles = rolesOf(standing?.roles ?? [], arrival.roles)
      if (standing === null) {
        const account = arrival.createsAccounts ? 'created' : 'no_account'
        return { account, name: nameOf(arrival), roles }
      }
      if (standing.organizationId !== arrival.organizationId)
        return { account: 'other_organization', name: null, roles: [] }
      return { account: standing.state === 'invited' ? 'opened' : 'existing', name: standing.name, roles }
    },
  }
}

// In the order in which they are written down.
const allRoles: readonly Role[] = ['person', 'user_administrator', 'administrator']

/** What the mapping says, of roles that may be granted: never more than the organization's rules allow. */
export function mapRoles(
  mapping: { readonly attribute: string; readonly values: Readonly<Record<string, string>> } | null,
  attributes: Readonly<Record<string, readonly string[]>>,
  { grantableRoles = ['person'] }: OrganizationRules['sso'],
): MappedRoles | null {
  const said = mapping === null || !Object.hasOwn(attributes, mapping.attribute) ? null : attributes[mapping.attribute]
  if (mapping === null || said == null) return null
  const named = (role: string | undefined) => allRoles.filter(each => each === role && grantableRoles.includes(each))
  const unique = (found: readonly Role[]) => allRoles.filter(role => found.includes(role))
  return {
    given: unique(said.flatMap(value => (Object.hasOwn(mapping.values, value) ? named(mapping.values[value]) : []))),
    governed: unique(Object.values(mapping.values).flatMap(named)),
  }
}

/** Suspended and deleted accounts come through here as they are: the account-open gate speaks about them. */
async function welcome(needs: ProvisioningNeeds, account: Account, arrival: Arrival, by: Origin): Promise<Arrived> {
  if (account.organizationId !== arrival.organizationId) return { kind: 'nobody', why: 'other_organization' }
  const opened = account.state === 'invited' ? await openInvited(needs, account, by) : account
  const roles = rolesOf(opened.roles, arrival.roles)
  if (opened.state !== 'open' || sameRoles(roles, opened.roles)) return { kind: 'here', account: opened }
  const trail = trailOf(needs, 'account_roles_changed', opened, by, { roles: roles.join(' '), how: 'mapping' })
  await needs.accounts.setRoles(opened.id, roles, trail)
  return { kind: 'here', account: { ...opened, roles } }
}

/** Whoever the provider vouches for needs no invitation. Only while it still is one: somebody may have been suspended meanwhile. */
async function openInvited(needs: ProvisioningNeeds, account: Account, by: Origin): Promise<Account> {
  const trail = trailOf(needs, 'account_provisioned', account, by, { roles: account.roles.join(' '), how: 'invited' })
  await needs.accounts.setState(account.id, 'open', trail, 'invited')
  return (await needs.accounts.find(account.id)) ?? account
}

function rolesOf(standing: readonly Role[], mapped: MappedRoles | null): readonly Role[] {
  const kept = mapped === null ? standing : standing.filter(role => !mapped.governed.includes(role))
  const roles = allRoles.filter(role => kept.includes(role) || mapped?.given.includes(role) === true)
  return roles.length === 0 ? ['person'] : roles
}

function sameRoles(left: readonly Role[], right: readonly Role[]): boolean {
  return allRoles.every(role => left.includes(role) === right.includes(role))
}

const nameLengthMax = 200

/** One line of text, as it stands in mails and in the identity token; the local part of the address where the provider gives none. */
function nameOf({ name, email }: Arrival): string {
  const clean = (name ?? '')
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029\ufffd]+/gu, ' ')
    .trim()
    .slice(0, nameLengthMax)
    .toWellFormed()
    .replaceAll('\ufffd', '')
  return clean === '' ? (email.email.split('@')[0] ?? email.email) : clean
}

function trailOf(
  { clock }: ProvisioningNeeds,
  event: AuditEvent,
  account: Account,
  by: Origin,
  facts: Readonly<Record<string, string>>,
) {
  return { audit: auditOf(event, aboutAccount(account), by, clock.now(), facts), notices: [] }
}
