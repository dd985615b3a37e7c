import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeclaredOrganization } from '../../src/people/organization-admin.ts'
import type { Origin } from '../../src/people/origin.ts'
import { type House, openHouse, openRules, operator } from './house.ts'

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())

const policies: Origin = { actor: { kind: 'policies', id: 'files' }, address: null, receipt: null, device: 'files' }
const networks = (...list: string[]) => list.map(network => ({ network, comment: '' }))
const declared = (slug: string, network: string): DeclaredOrganization => ({
  slug,
  name: slug,
  rules: { ...openRules, networks: networks(network) },
})
const rowsOf = async (event: string) => {
  const rows = await house.store.audit.list({ limit: 1000 })
  return rows.filter(row => row.entry.event === event)
}

describe('creating and changing', () => {
  test('a slug is taken once', async () => {
    const one = { slug: 'northwind', name: 'Northwind', rules: openRules }
    expect(await house.organizationAdmin.create(one, operator)).toMatchObject({ kind: 'created' })
    expect(await house.organizationAdmin.create(one, operator)).toEqual({ kind: 'taken' })
  })

  test.each(['', 'Big', '-a', 'a-', 'a/b', '..', 'a'.repeat(64), 'é'])('%j is no slug', async slug => {
    const answer = await house.organizationAdmin.create({ slug, name: 'X', rules: openRules }, operator)
    expect(answer).toEqual({ kind: 'invalid', field: 'slug' })
  })

  test('a network that cannot be read refuses the whole list, and says which it was', async () => {
    const organization = await house.organization()
    const rules = { ...openRules, networks: networks('203.0.113.0/24', '10.0.0.1/8', '0x7f.1') }
    const bad = [
      { index: 1, network: '10.0.0.1/8' },
      { index: 2, network: '0x7f.1' },
    ]
    expect(await house.organizationAdmin.setRules(organization, rules, operator)).toEqual({
      kind: 'bad_networks',
      networks: bad,
    })
    expect(await house.organizationAdmin.create({ slug: 'bad', name: 'Bad', rules }, operator)).toEqual({
      kind: 'bad_networks',
      networks: bad,
    })
    expect((await house.store.organizations.find(organization.id))?.rules.active.networks).toBeNull()
  })

  test('a changed rule speaks at once, with an audit row', async () => {
    const organization = await house.organization()
    const rules = { ...openRules, networks: networks('203.0.113.0/24') }
    expect(await house.organizationAdmin.setRules(organization, rules, operator)).toMatchObject({ kind: 'changed' })
    expect((await house.directory.organizationFact(organization.id))?.networks?.rules).toEqual(['203.0.113.0/24'])
    const rows = await rowsOf('organization_changed')
    expect(rows.at(0)?.entry ?? rows.at(-1)?.entry).toMatchObject({ facts: { networks: 1, mode: 'enforce' } })
  })
})

describe('adopting the policies', () => {
  test('writes what is new, then what differs, and nothing when nothing does', async () => {
    const first = [declared('alpha', '203.0.113.0/24'), declared('beta', '203.0.113.0/24')]
    expect(await house.organizationAdmin.adopt(first, policies)).toMatchObject({ created: ['alpha', 'beta'] })

    house.calls.length = 0
    expect(await house.organizationAdmin.adopt(first, policies)).toMatchObject({ unchanged: ['alpha', 'beta'] })
    expect(house.calls).toEqual(['organizations.list'])

    const second = [declared('alpha', '198.51.100.0/24'), declared('beta', '203.0.113.0/24')]
    expect(await house.organizationAdmin.adopt(second, policies)).toMatchObject({
      changed: ['alpha'],
      unchanged: ['beta'],
    })
    const alpha = await house.store.organizations.findBySlug('alpha')
    expect(alpha).toMatchObject({ managedBy: 'policies' })
    expect(alpha?.rules.active.networks).toEqual(networks('198.51.100.0/24'))
  })

  test('keeps the id, so that its people stay its people', async () => {
    await house.organizationAdmin.adopt([declared('gamma', '203.0.113.0/24')], policies)
    const before = await house.store.organizations.findBySlug('gamma')
    await house.organizationAdmin.adopt([declared('gamma', '198.51.100.0/24')], policies)
    expect((await house.store.organizations.findBySlug('gamma'))?.id).toBe(before?.id)
  })

  test('what the files keep is read-only at run time', async () => {
    await house.organizationAdmin.adopt([declared('delta', '203.0.113.0/24')], policies)
    const delta = await house.store.organizations.findBySlug('delta')
    if (delta === null) throw new Error('not adopted')
    expect(await house.organizationAdmin.setRules(delta, openRules, operator)).toEqual({ kind: 'read_only' })
  })

  test('an organization that left the files keeps its rules, and is named', async () => {
    await house.organizationAdmin.adopt([declared('epsilon', '203.0.113.0/24')], policies)
    const done = await house.organizationAdmin.adopt([], policies)
    expect(done.orphaned).toContain('epsilon')
    const epsilon = await house.store.organizations.findBySlug('epsilon')
    expect(epsilon?.rules.active.networks).toEqual(networks('203.0.113.0/24'))
  })

  test('a network that no check has read stops it', async () => {
    const adopting = house.organizationAdmin.adopt([declared('zeta', '10.0.0.1/8')], policies)
    await expect(adopting).rejects.toMatchObject({ code: 'invalid_input' })
  })
})
