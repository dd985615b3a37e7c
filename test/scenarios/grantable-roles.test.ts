import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { accountOf, organizationOf } from '../support/sso-people.ts'

// What a provider's attributes can make of people ends where the operator of the gateway says.

// Each test asks the shell several times, a process each.
vi.setConfig({ testTimeout: 120_000 })

let world: SamlGateway
beforeAll(async () => {
  world = await startSamlGateway()
  const roles = { attribute: 'groups', values: { bosses: 'administrator', staff: 'person' } }
  await world.corp.setProvider({ settings: { createsAccounts: true, roles } })
})
afterAll(() => world[Symbol.asyncDispose]())

const cli = (...words: string[]) => world.gateway.cli('orgs', 'roles', ...words)
const attributes = { groups: ['bosses', 'staff'] }

async function rolesAfterSignIn(email: string) {
  const reply = await world.corp.signIn(world.visitor(), email, { attributes })
  expect(reply.status).toBe(303)
  return (await accountOf(world, email)).roles
}

test('a provider makes nobody an administrator until the operator lets it, and nobody more once that is taken back', async () => {
  expect(await rolesAfterSignIn('first@corp.test')).toEqual(['person'])

  expect(await cli('corp', 'person', 'administrator')).toMatchObject({ code: 0, err: '' })
  expect(await rolesAfterSignIn('second@corp.test')).toEqual(['person', 'administrator'])

  expect(await cli('corp', 'person')).toMatchObject({ code: 0, err: '' })
  expect(await rolesAfterSignIn('third@corp.test')).toEqual(['person'])
  expect((await accountOf(world, 'second@corp.test')).roles).toEqual(['person', 'administrator'])
})

test('what may be given is kept with the rules, beside single sign-on as it was, and stands in the audit trail', async () => {
  const before = (await organizationOf(world, 'corp')).rules.active
  expect((await cli('corp', 'person,user_administrator')).code).toBe(0)
  const { active } = (await organizationOf(world, 'corp')).rules
  expect(active).toEqual({ ...before, sso: { ...before.sso, grantableRoles: ['person', 'user_administrator'] } })
  const rows = await rooms(world.gateway).store.audit.list({ limit: 1_000 })
  const facts = rows.filter(({ entry }) => entry.event === 'organization_changed').map(({ entry }) => entry.facts)
  expect(facts).toContainEqual(expect.objectContaining({ slug: 'corp', grants: 'person user_administrator' }))
})

test.each([
  ['a role that there is not', ['corp', 'king'], 'king is not a role'],
  ['no role at all', ['corp'], 'at least one'],
  ['an organization that there is not', ['nobody', 'person'], 'there is no organization'],
])('%s is refused, and nothing changes', async (_, words, told) => {
  const before = await organizationOf(world, 'corp')
  const { code, err } = await cli(...words)
  expect([code, err]).toEqual([1, expect.stringContaining(told)])
  expect(await organizationOf(world, 'corp')).toEqual(before)
})
