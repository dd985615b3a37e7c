import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/lib/address.ts'
import type { Organization, OrganizationRules, Timed } from '../../src/people/organization.ts'
import { compileOrganization } from '../../src/people/organization-rules.ts'
import { aboutAccount, auditOf } from '../../src/people/origin.ts'
import { by, dayMs, type House, invited, openHouse, openRules, operator } from './house.ts'

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())

const networks = (network: string) => [{ network, comment: '' }]

describe('accounts', () => {
  test('a warm one is given without waiting and without asking the store', async () => {
    const account = await house.person()
    await house.directory.account(account.id)
    house.calls.length = 0
    expect(house.directory.account(account.id)).toEqual(account)
    expect(house.calls).toEqual([])
  })

  test('a change is seen by the next look', async () => {
    const account = await house.person()
    await house.directory.account(account.id)
    await house.people.setRoles(account, ['administrator'], operator)
    expect(await house.directory.account(account.id)).toMatchObject({ roles: ['administrator'] })
  })

  test('a forced reset is seen by the next look', async () => {
    const account = await house.person()
    await house.directory.account(account.id)
    await house.resets.require(account, { reason: 'test', since: null }, operator)
    const found = await house.directory.account(account.id)
    expect(found && house.directory.accountFact(found).resetRequired).toBe(true)
  })

  test('the gates are told of factors that help, not of those set aside', async () => {
    const account = await house.person()
    const before = house.clock.now()
    await house.enrol(account)
    const enrolled = await house.reload(account)
    expect(house.directory.accountFact(enrolled).factors).toEqual(['totp'])
    await house.resets.require(enrolled, { reason: 'test', since: before }, operator)
    expect(house.directory.accountFact(await house.reload(account)).factors).toEqual([])
  })

  test('an invited account is never told as open', async () => {
    const account = await house.person(invited)
    expect(account.state).toBe('invited')
    expect(house.directory.accountFact(account).state).not.toBe('open')
  })

  test('the gates are told nothing that they do not need: no hash, no secret', async () => {
    const account = await house.person()
    const text = JSON.stringify(house.directory.accountFact(account))
    expect(text).not.toContain('argon2')
  })
})

describe('devices', () => {
  test('an approval is seen by the next look', async () => {
    const account = await house.person()
    await house.signedIn(account, { device: 'phone' })
    expect(await house.directory.device(account.id, 'phone')).toMatchObject({ approvedAt: null })
    const trail = { audit: auditOf('device_approved', aboutAccount(account), operator, 1), notices: [] }
    await house.store.devices.approve(account.id, 'phone', 7, trail)
    expect(await house.directory.device(account.id, 'phone')).toMatchObject({ approvedAt: 7 })
  })

  test('are known per account: one person’s device is nobody else’s', async () => {
    const account = await house.person()
    await house.signedIn(account, { device: 'shared' })
    expect(await house.directory.device((await house.person()).id, 'shared')).toBeNull()
  })
})

describe('organizations', () => {
  const factOf = (organization: Organization) => house.directory.organizationFact(organization.id)
  const isInside = (fact: Awaited<ReturnType<typeof factOf>>, address: string) => {
    const parsed = parseAddress(address)
    return parsed !== null && (fact?.networks?.compiled.find(parsed) ?? -1) >= 0
  }

  test('networks are compiled, with the text that each came from', async () => {
    const fact = await factOf(await house.organization({ networks: networks('203.0.113.0/24') }))
    expect(isInside(fact, '203.0.113.7')).toBe(true)
    expect(isInside(fact, '198.51.100.7')).toBe(false)
    expect(fact?.networks?.rules).toEqual(['203.0.113.0/24'])
  })

  test('no restriction is null, an empty list lets nobody in', async () => {
    expect((await factOf(await house.organization({ networks: null })))?.networks).toBeNull()
    const empty = await factOf(await house.organization({ networks: [] }))
    expect(empty?.networks?.compiled.size).toBe(0)
  })

  test('a warm one is given without waiting, compiled once', async () => {
    const organization = await house.organization({ networks: networks('203.0.113.0/24') })
    const first = await factOf(organization)
    house.calls.length = 0
    expect(factOf(organization)).toBe(first)
    expect(house.calls).toEqual([])
  })

  test('a changed rule is seen by the next look', async () => {
    const organization = await house.organization({ networks: networks('203.0.113.0/24') })
    await factOf(organization)
    const rules = { ...openRules, networks: networks('198.51.100.0/24') }
    await house.organizationAdmin.setRules(organization, rules, operator)
    expect(isInside(await factOf(organization), '203.0.113.7')).toBe(false)
  })
})

describe('which rules speak', () => {
  const now = 1_800_000_000_000
  const strict: OrganizationRules = { ...openRules, networks: networks('203.0.113.0/24') }
  const compiled = (rules: Partial<Timed<OrganizationRules>>) =>
    compileOrganization({
      id: 'o' as Organization['id'],
      slug: 'o',
      name: 'O',
      managedBy: 'store',
      createdAt: 0,
      rules: { active: strict, previous: null, revertAt: null, confirmedAt: null, ...rules },
    })

  test('a change that nobody confirmed is undone by the clock alone', () => {
    const trial = compiled({ previous: openRules, revertAt: now + 1000 })
    expect(trial.factAt(now)).toMatchObject({ networks: expect.anything(), validUntil: now + 1000 })
    expect(trial.factAt(now + 999).networks).not.toBeNull()
    expect(trial.factAt(now + 1000)).toMatchObject({ networks: null, validUntil: null })
  })

  test('a confirmed one stays', () => {
    const kept = compiled({ previous: openRules, revertAt: now + 1000, confirmedAt: now })
    expect(kept.factAt(now + dayMs)).toMatchObject({ networks: expect.anything(), validUntil: null })
  })

  test('a clock that is set back asks again', () => {
    const trial = compiled({ previous: openRules, revertAt: now + 1000 })
    expect(trial.factAt(now + 1000).networks).toBeNull()
    expect(trial.factAt(now).networks).not.toBeNull()
  })

  test('the end of a grace period is the next moment to ask again', () => {
    const grace = compiled({ active: { ...strict, secondFactor: { roles: 'all', from: now + 5 } } })
    expect(grace.factAt(now).validUntil).toBe(now + 5)
    expect(grace.factAt(now + 5).validUntil).toBeNull()
  })

  test('a stored network that cannot be read is a fault, never a shorter list', () => {
    const broken = compiled({
      active: { ...strict, networks: [...networks('203.0.113.0/24'), ...networks('10.0.0.1/8')] },
    })
    expect(() => broken.factAt(now)).toThrow('10.0.0.1/8')
  })
})

test('after close nothing is heard any more', async () => {
  const other = await openHouse()
  const account = await other.person()
  await other.directory.account(account.id)
  other.directory.close()
  await other.people.setRoles(account, ['administrator'], by(account))
  expect(await other.directory.account(account.id)).toMatchObject({ roles: ['person'] })
  await other.close()
})
