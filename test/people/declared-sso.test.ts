import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { secureRandom } from '../../src/lib/random.ts'
import { createOrganizationAdmin } from '../../src/people/organization-admin.ts'
import { type House, openHouse, openRules, operator } from './house.ts'

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())

const required = { required: true, breakGlassEmails: ['glass@filed.example'] }
const declared = (slug: string, sso = required) => ({ slug, name: slug, rules: { ...openRules, sso } })
const without = { required: false, breakGlassEmails: [] }
const admin = (hasProvider: boolean) =>
  createOrganizationAdmin({
    ...house.store,
    hasProvider: async () => hasProvider,
    random: secureRandom,
    clock: house.clock,
  })

async function filed(slug: string) {
  await admin(false).adopt([declared(slug, without)], operator)
  const organization = await house.store.organizations.findBySlug(slug)
  if (organization === null) throw new Error('not adopted')
  return organization
}

describe('single sign-on', () => {
  test('is switched on by a file at once, without a confirmation, and ends local ways', async () => {
    const { id } = await filed('at-once')
    const account = await house.person({ organizationId: id })
    await house.resets.require(account, { reason: 'lost', since: null }, operator)

    await admin(true).adopt([declared('at-once')], operator)

    expect((await house.directory.organizationFact(id))?.sso).toEqual(required)
    expect((await house.store.organizations.find(id))?.rules).toMatchObject({ previous: null, revertAt: null })
    expect((await house.reload(account)).reset).toBeNull()
  })

  test('of a file whose organization has no provider refuses the load, and nothing of it is taken', async () => {
    await filed('no-provider')
    const load = admin(false).adopt([declared('brand-new', without), declared('no-provider')], operator)
    await expect(load).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(load).rejects.toThrow('sekisho sso import no-provider')
    expect(await house.store.organizations.findBySlug('brand-new')).toBeNull()
    expect((await house.store.organizations.findBySlug('no-provider'))?.rules.active.sso.required).toBe(false)
  })

  test('of a file whose organization is new speaks before its provider is imported: nobody is there to be shut out', async () => {
    await admin(false).adopt([declared('fresh')], operator)
    const fresh = await house.store.organizations.findBySlug('fresh')
    expect(fresh?.rules.active.sso).toEqual(required)
    // And a later load, before the import, is no reason to stop.
    expect((await admin(false).adopt([declared('fresh')], operator)).unchanged).toContain('fresh')
  })

  test('that a file switches off is off at once', async () => {
    const { id } = await filed('off-again')
    await admin(true).adopt([declared('off-again')], operator)
    await admin(true).adopt([declared('off-again', without)], operator)
    expect((await house.directory.organizationFact(id))?.sso.required).toBe(false)
  })
})

describe('two changes of one organization’s rules at the same time', () => {
  test('the one that has looked at older rules is refused, and loses nobody’s change', async () => {
    const organization = await house.organization()
    const first = await house.organizationAdmin.setRules(organization, { ...openRules, devices: 'approved' }, operator)
    const second = await house.organizationAdmin.setRules(organization, { ...openRules, emailedCodes: true }, operator)
    expect([first.kind, second.kind]).toEqual(['changed', 'overtaken'])
    expect((await house.store.organizations.find(organization.id))?.rules.active.devices).toBe('approved')
  })
})
