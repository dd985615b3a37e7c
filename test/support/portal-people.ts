import { generate } from 'otplib'
import type { Account } from '../../src/people/account.ts'
import { parseEmail } from '../../src/people/email.ts'
import type { Organization, OrganizationRules } from '../../src/people/organization.ts'
import { operator, type PortalHarness } from './portal-harness.ts'
import type { TestClock } from './test-clock.ts'

// Organizations, people and their authenticator apps, made by the services that operators use.

export const openRules: OrganizationRules = {
  networks: null,
  networksMode: 'enforce',
  sso: { required: false, breakGlassEmails: [] },
  secondFactor: null,
  devices: 'any',
  sessionIdleMs: null,
  sessionAbsoluteMs: null,
  emailedCodes: false,
  codeOnUnknownDevice: false,
}

export async function addOrganization(
  { organizations }: PortalHarness,
  name: string,
  rules: Partial<OrganizationRules> = {},
): Promise<Organization> {
  const created = await organizations.create(
    { slug: name.toLowerCase(), name, rules: { ...openRules, ...rules } },
    operator,
  )
  if (created.kind !== 'created') throw new Error(created.kind)
  return created.organization
}

export interface NewcomerOptions {
  readonly name?: string
  readonly password?: string
  readonly organization?: Organization
  readonly language?: 'en' | 'ja'
}

export const goodPassword = 'four quiet lanterns by the gate'

export async function addPerson(
  harness: PortalHarness,
  email: string,
  options: NewcomerOptions = {},
): Promise<Account> {
  const created = await harness.people.create(
    {
      email,
      name: options.name ?? 'Hana Sato',
      language: options.language ?? 'en',
      organizationId: options.organization?.id ?? null,
      roles: ['person'],
      password: options.password ?? goodPassword,
    },
    operator,
  )
  if (created.kind !== 'created') throw new Error(JSON.stringify(created))
  return created.account
}

export async function accountOf({ store }: PortalHarness, email: string): Promise<Account> {
  const parsed = parseEmail(email)
  const account = parsed === null ? null : await store.accounts.findByEmail(parsed.key)
  if (account === null) throw new Error(`no account ${email}`)
  return account
}

/** Switches an authenticator app on for the account; answers the app. */
export async function addApp(harness: PortalHarness, email: string): Promise<App> {
  const account = await accountOf(harness, email)
  const { secret, sealed } = harness.secondFactors.newTotp(account)
  const app = createApp(secret, harness.clock)
  const added = await harness.secondFactors.addTotp(account, sealed, await app.code(), 'Phone', operator)
  if (added.kind !== 'added') throw new Error(added.kind)
  harness.clock.leap(60_000) // the step that confirmed it is used up
  return app
}

export interface App {
  /** What the app shows at this moment. */
  code(): Promise<string>
}

export function createApp(secret: string, clock: TestClock): App {
  return { code: () => generate({ secret, epoch: Math.floor(clock.now() / 1000) }) }
}
