import { describe, expect, test } from 'vitest'
import { checkBad } from './support.ts'

// Each key of a policy, and each fact of a policy test, changes what the gates say: the same request with it and without it.

interface Change {
  /** The key, as it is written. */
  readonly write: string
  readonly with: string
  readonly without: string
  /** What stands there in both looks: keys of the route, of the organization, of the test. */
  readonly route?: string
  readonly organization?: string
  readonly test?: string
}

const office = 'networks: [{ network: 203.0.113.0/24 }]'
const acme = 'organization: acme'

const ofRoutes: Readonly<Record<string, Change>> = {
  access: { write: 'access: signed-in', with: 'challenge sign_in', without: 'allow' },
  roles: {
    ...{ write: 'roles: [administrator]', route: 'access: signed-in', test: 'person: { roles: [person] }' },
    ...{ with: 'deny role_missing', without: 'allow' },
  },
  secondFactor: {
    ...{ write: 'secondFactor: true', route: 'access: signed-in', test: 'person: {}' },
    ...{ with: 'challenge enrol_factor', without: 'allow' },
  },
  recentSignIn: {
    ...{ write: 'recentSignIn: 10m', route: 'access: signed-in', test: 'person: {}, session: { age: 11m }' },
    ...{ with: 'challenge prove_again', without: 'allow' },
  },
  networks: { write: 'networks: [203.0.113.0/24]', with: 'deny outside_route_networks', without: 'allow' },
  origins: {
    ...{ write: 'origins: [https://friend.example.com]', route: 'access: signed-in, websocket: true' },
    test: 'person: {}, request: { host: chat.example.com, upgrade: websocket, origin: "https://friend.example.com" }',
    ...{ with: 'allow', without: 'deny foreign_origin' },
  },
}

const ofOrganizations: Readonly<Record<string, Change>> = {
  'networks[].network': { write: office, with: 'deny outside_organization_networks', without: 'allow' },
  networksMode: {
    ...{ write: 'networksMode: report', organization: office },
    ...{ with: 'allow', without: 'deny outside_organization_networks' },
  },
  'exemptions[].email': {
    ...{ write: 'exemptions: [{ email: person@example.com, reason: travels }]', organization: office },
    ...{ with: 'allow', without: 'deny outside_organization_networks' },
  },
  'exemptions[].until': {
    write: 'exemptions: [{ email: person@example.com, reason: travels, until: "2026-03-01T00:00:00Z" }]',
    ...{ organization: office, test: 'at: "2026-02-28T23:59:59Z"' },
    ...{ with: 'allow', without: 'deny outside_organization_networks' },
  },
  'exemptions[].until, when it is over': {
    write: 'exemptions: [{ email: person@example.com, reason: travels, until: "2026-03-01T00:00:00Z" }]',
    ...{ organization: office, test: 'at: "2026-03-01T00:00:00Z"' },
    ...{ with: 'deny outside_organization_networks', without: 'deny outside_organization_networks' },
  },
  secondFactor: { write: 'secondFactor: {}', with: 'challenge enrol_factor', without: 'allow' },
  'secondFactor.roles': {
    ...{
      write: 'secondFactor: { roles: [administrator] }',
      test: 'person: { organization: acme, roles: [administrator] }',
    },
    ...{ with: 'challenge enrol_factor', without: 'allow' },
  },
  'secondFactor.roles, for others': {
    ...{ write: 'secondFactor: { roles: [administrator] }', with: 'allow', without: 'allow' },
  },
  'secondFactor.from': {
    ...{ write: 'secondFactor: { from: "2026-02-01T00:00:00Z" }', test: 'at: "2026-02-01T00:00:00Z"' },
    ...{ with: 'challenge enrol_factor', without: 'allow' },
  },
  'secondFactor.from, before': {
    ...{ write: 'secondFactor: { from: "2026-02-01T00:00:00Z" }', test: 'at: "2026-01-31T23:59:59Z"' },
    ...{ with: 'allow', without: 'allow' },
  },
  'signIn.emailedCodes': {
    ...{ write: 'signIn: { emailedCodes: true }', test: 'entrance: entry, session: { proofs: [email_code] }' },
    ...{ with: 'allow', without: 'challenge sign_in' },
  },
  'sso.required': {
    write: 'emailDomains: [example.com]\nsso: { required: true, breakGlass: [glass@example.com] }',
    ...{ with: 'deny sso_required', without: 'allow' },
  },
  'sso.required, for whom the provider vouched': {
    write: 'emailDomains: [example.com]\nsso: { required: true, breakGlass: [glass@example.com] }',
    ...{ test: 'session: { proofs: [saml] }', with: 'allow', without: 'challenge sign_in' },
  },
  'sso.breakGlass': {
    write: 'emailDomains: [example.com]\nsso: { required: true, breakGlass: [person@example.com] }',
    ...{ with: 'challenge enrol_factor', without: 'allow' },
  },
  devices: { write: 'devices: approved', with: 'challenge device_approval', without: 'allow' },
  'devices of one kind': {
    ...{ write: 'devices: approved-mobile', test: 'device: { mobile: true }' },
    ...{ with: 'challenge device_approval', without: 'allow' },
  },
}

const signedIn = 'access: signed-in'
const ofTests: Readonly<Record<string, Change>> = {
  'request.address': {
    ...{
      write: 'request: { host: chat.example.com, address: 203.0.113.9 }',
      organization: office,
      route: signedIn,
      test: `person: { ${acme} }`,
    },
    ...{ with: 'allow', without: 'deny outside_organization_networks' },
  },
  'request.addressUncertain': {
    write: 'request: { host: chat.example.com, address: 203.0.113.9, addressUncertain: true }',
    ...{ route: 'networks: [0.0.0.0/0, 203.0.113.0/24]', with: 'deny address_uncertain', without: 'allow' },
  },
  'request.upgrade and origin': {
    write: 'request: { host: chat.example.com, upgrade: websocket, origin: "https://foe.example.com" }',
    ...{ with: 'deny foreign_origin', without: 'allow' },
  },
  person: { write: 'person: {}', route: signedIn, with: 'allow', without: 'challenge sign_in' },
  'person.email': {
    write: `person: { ${acme}, email: boss@acme.example }`,
    ...{ organization: `${office}\nexemptions: [{ email: Boss@acme.example, reason: travels }]`, route: signedIn },
    ...{ with: 'allow', without: 'challenge sign_in' },
  },
  'person.roles': {
    ...{ write: 'person: { roles: [administrator] }', route: `${signedIn}, roles: [administrator]` },
    ...{ with: 'allow', without: 'challenge sign_in' },
  },
  'person.factors': {
    ...{ write: 'person: { factors: [totp] }', route: signedIn, with: 'challenge second_factor' },
    without: 'challenge sign_in',
  },
  'person.state': {
    ...{ write: 'person: { state: suspended }', route: signedIn, with: 'deny account_suspended' },
    without: 'challenge sign_in',
  },
  'person.resetRequired': {
    ...{ write: 'person: { resetRequired: true }', route: signedIn, with: 'deny reset_required' },
    without: 'challenge sign_in',
  },
  'session.proofs': {
    ...{ write: 'session: { proofs: [password, totp] }', route: signedIn, test: 'person: { factors: [totp] }' },
    ...{ with: 'allow', without: 'challenge second_factor' },
  },
  'session.age': {
    ...{ write: 'session: { age: 2h }', route: `${signedIn}, recentSignIn: 1h`, test: 'person: {}' },
    ...{ with: 'challenge prove_again', without: 'allow' },
  },
  'device.approved': {
    write: 'device: { approved: true }',
    ...{ organization: 'devices: approved', route: signedIn, test: `person: { ${acme} }` },
    ...{ with: 'allow', without: 'challenge device_approval' },
  },
  'device.mobile': {
    write: 'device: { mobile: false }',
    ...{ organization: 'devices: approved-mobile', route: signedIn, test: `person: { ${acme} }` },
    ...{ with: 'allow', without: 'challenge device_approval' },
  },
  spent: { write: 'spent: [address]', with: 'deny address_budget_spent', without: 'allow' },
  at: {
    write: 'at: "2026-08-01T00:00:00Z"',
    ...{ organization: 'secondFactor: { from: "2026-07-01T00:00:00Z" }', route: signedIn, test: `person: { ${acme} }` },
    ...{ with: 'challenge enrol_factor', without: 'allow' },
  },
  entrance: { write: 'entrance: public', route: signedIn, with: 'allow', without: 'challenge sign_in' },
}

const looks = [
  ['with', true],
  ['without', false],
] as const

describe.each(looks)('%s the key', (look, written) => {
  test.each(Object.entries(ofRoutes))('routes[].%s', async (_key, change) => {
    const route = [change.route, written ? change.write : undefined]
    expect(await problemsOf({ route, test: [change.test] }, change[look])).toEqual([])
  })

  test.each(Object.entries(ofOrganizations))('%s of an organization', async (_key, change) => {
    const organization = [change.organization, written ? change.write : undefined]
    const person = change.test?.includes('person:') === true ? undefined : `person: { ${acme} }`
    const parts = { route: [signedIn], organization, test: [person, change.test] }
    expect(await problemsOf(parts, change[look])).toEqual([])
  })

  test.each(Object.entries(ofTests))('tests[].%s', async (_key, change) => {
    const parts = {
      route: [change.route],
      organization: [change.organization],
      test: [change.test, written ? change.write : undefined],
    }
    expect(await problemsOf(parts, change[look])).toEqual([])
  })
})

interface Parts {
  readonly route: readonly (string | undefined)[]
  readonly organization?: readonly (string | undefined)[]
  readonly test: readonly (string | undefined)[]
}

/** What `sekisho check` says of a route, an organization and a test of these keys; nothing when the test holds. */
async function problemsOf(
  { route, organization = [], test: fields }: Parts,
  verdict: string,
): Promise<readonly string[]> {
  const routeKeys = ['name: chat', 'hosts: [chat.example.com]', 'prefix: /', 'upstream: chat', ...present(route)]
  if (!routeKeys.some(key => key.startsWith('access:'))) routeKeys.push('access: public')
  const testKeys = ['name: it', ...present(fields), `expect: ${verdict}`]
  if (!testKeys.some(key => key.includes('request:'))) testKeys.push('request: { host: chat.example.com }')
  return checkBad({
    'policies/routes.yaml': `kind: routes\nroutes:\n  - { ${routeKeys.join(', ')} }\n`,
    'policies/acme.yaml': `kind: organization\nslug: acme\nname: Acme\n${present(organization).join('\n')}\n`,
    'policies/a.test.yaml': `kind: tests\ntests:\n  - { ${testKeys.join(', ')} }\n`,
  })
}

function present(parts: readonly (string | undefined)[]): string[] {
  return parts.filter(part => part !== undefined)
}
