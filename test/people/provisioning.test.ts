import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { secureRandom } from '../../src/lib/random.ts'
import { parseEmail } from '../../src/people/email.ts'
import type { Origin } from '../../src/people/origin.ts'
import { type Arrival, createProvisioning, mapRoles } from '../../src/people/provisioning.ts'
import type { OrganizationId } from '../../src/policy/facts.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import { anAccount, anOrganization, aTrail } from '../contracts/samples.ts'
import { auditKey, tempFolder } from '../stores/temp-folder.ts'
import { createTestClock } from '../support/test-clock.ts'

const by: Origin = { actor: { kind: 'system', id: 'test' }, address: null, receipt: null, device: 'test' }
const clock = createTestClock()

let folder: ReturnType<typeof tempFolder>
let store: SqliteStore
let organizationId: OrganizationId
beforeAll(async () => {
  folder = tempFolder()
  store = await openSqliteStore({ file: folder.file('sekisho.db'), auditKey, clock })
})
afterAll(async () => {
  await store.close()
  folder[Symbol.dispose]()
})
let organizationsMade = 0
beforeEach(async () => {
  organizationsMade += 1
  const organization = anOrganization()
  organizationId = organization.id
  await store.organizations.create(organization, aTrail('organization_created'))
})

function arrival(about: Partial<Arrival> = {}): Arrival {
  const email = parseEmail(`hana@corp${organizationsMade}.test`)
  if (email === null) throw new Error('no address')
  return { organizationId, email, name: null, language: 'en', createsAccounts: true, roles: null, ...about }
}

function rooms() {
  return createProvisioning({ accounts: store.accounts, random: secureRandom, clock })
}

describe('somebody who comes for the first time', () => {
  test('gets one account, also when they come twenty times at once', async () => {
    const arrived = await Promise.all(Array.from({ length: 20 }, () => rooms().arrive(arrival(), by)))
    const ids = arrived.map(each => (each.kind === 'here' ? each.account.id : null))
    expect(new Set(ids).size).toBe(1)
    expect(ids[0]).not.toBeNull()
    expect(await store.accounts.list({ organizationId, limit: 10 })).toHaveLength(1)
  })

  test('is nobody where no accounts are made', async () => {
    expect(await rooms().arrive(arrival({ createsAccounts: false }), by)).toEqual({ kind: 'nobody', why: 'no_account' })
    expect(await store.accounts.list({ organizationId, limit: 10 })).toEqual([])
  })

  test.each([
    ['as the provider writes it', '森 花', '森 花'],
    ['by the address where the provider gives none', null, 'hana'],
    ['by the address where nothing is left of it', '\u0000\u200b\n', 'hana'],
    ['on one line', 'Mori\r\nBcc: victim', 'Mori Bcc: victim'],
    ['not turned around', 'a\u202egpj.exe', 'a gpj.exe'],
    ['at most 200 long', 'x'.repeat(1_000), 'x'.repeat(200)],
  ])('is called %s', async (_, name, expected) => {
    const arrived = await rooms().arrive(arrival({ name }), by)
    expect(arrived.kind === 'here' ? arrived.account.name : null).toBe(expected)
  })
})

describe('somebody who is there', () => {
  test('in another organization, or in none, is nobody here, and stays as they were', async () => {
    const { email: address, key } = arrival().email
    const stranger = anAccount({ email: address, emailKey: key, organizationId: null, state: 'open' })
    await store.accounts.create(stranger, aTrail('account_created'))
    const outcome = await rooms().arrive(arrival(), by)
    expect(outcome).toEqual({ kind: 'nobody', why: 'other_organization' })
    expect((await rooms().preview(arrival())).account).toBe('other_organization')
    expect(await store.accounts.find(stranger.id)).toMatchObject({ organizationId: null, roles: stranger.roles })
  })

  test('and suspended stays suspended', async () => {
    const { email: address, key } = arrival().email
    const account = anAccount({ email: address, emailKey: key, organizationId, state: 'suspended' })
    await store.accounts.create(account, aTrail('account_created'))
    await rooms().arrive(arrival({ roles: { given: ['administrator'], governed: ['administrator'] } }), by)
    expect(await store.accounts.find(account.id)).toMatchObject({ state: 'suspended', roles: account.roles })
  })

  test('and invited is opened, but not when they were suspended in between', async () => {
    const { email: address, key } = arrival().email
    const account = anAccount({ email: address, emailKey: key, organizationId, state: 'invited' })
    await store.accounts.create(account, aTrail('account_created'))
    const overtaken = createProvisioning({
      accounts: {
        ...store.accounts,
        findByEmail: async wanted => {
          const found = await store.accounts.findByEmail(wanted)
          await store.accounts.setState(account.id, 'suspended', aTrail('account_suspended'))
          return found
        },
      },
      random: secureRandom,
      clock,
    })
    await overtaken.arrive(arrival(), by)
    expect((await store.accounts.find(account.id))?.state).toBe('suspended')

    await store.accounts.setState(account.id, 'invited', aTrail('account_resumed'))
    await rooms().arrive(arrival(), by)
    expect((await store.accounts.find(account.id))?.state).toBe('open')
  })
})

describe('roles by mapping', () => {
  const mapping = {
    attribute: 'groups',
    values: { staff: 'person', desk: 'user_administrator', boss: 'administrator', x: 'owner' },
  }
  const sso = { required: true, breakGlassEmails: [] }

  test.each([
    ['nothing where the attribute is missing', {}, undefined, null],
    [
      'only `person` where the rules say nothing',
      { groups: ['boss', 'desk'] },
      undefined,
      { given: [], governed: ['person'] },
    ],
    [
      'what the rules allow',
      { groups: ['boss', 'desk'] },
      ['user_administrator'] as const,
      { given: ['user_administrator'], governed: ['user_administrator'] },
    ],
    [
      'no role that is none',
      { groups: ['x', 'toString', '__proto__'] },
      ['administrator'] as const,
      { given: [], governed: ['administrator'] },
    ],
  ])('give %s', (_, attributes, grantableRoles, expected) => {
    const rules = grantableRoles === undefined ? sso : { ...sso, grantableRoles }
    expect(mapRoles(mapping, attributes, rules)).toEqual(expected)
  })

  test('take away what they speak of, and nothing else', async () => {
    const { email: address, key } = arrival().email
    const account = anAccount({
      email: address,
      emailKey: key,
      organizationId,
      state: 'open',
      roles: ['user_administrator', 'administrator'],
    })
    await store.accounts.create(account, aTrail('account_created'))
    await rooms().arrive(arrival({ roles: { given: [], governed: ['user_administrator'] } }), by)
    expect((await store.accounts.find(account.id))?.roles).toEqual(['administrator'])
    await rooms().arrive(arrival({ roles: { given: [], governed: ['administrator'] } }), by)
    expect((await store.accounts.find(account.id))?.roles).toEqual(['person'])
  })
})
