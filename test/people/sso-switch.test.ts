import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../src/people/account.ts'
import type { Organization } from '../../src/people/organization.ts'
import { createSsoSwitch, type SsoSwitch } from '../../src/people/sso-switch.ts'
import type { Proof } from '../../src/policy/facts.ts'
import { aFactor } from '../contracts/samples.ts'
import { type House, openHouse, openRules, operator } from './house.ts'

// Each step of confirm or roll back by itself, over a real store. The same through a gateway: test/scenarios/sso-switch.test.ts.

let house: House
let sso: SsoSwitch
let hasProvider = true
let corp: Organization
let domain: string
let glass: Account
let made = 0

beforeAll(async () => {
  house = await openHouse()
  const { accounts, emailDomains: domains, ruleChanges: changes } = house.store
  sso = createSsoSwitch({ changes, accounts, domains, hasProvider: async () => hasProvider, clock: house.clock })
})
afterAll(() => house.close())
beforeEach(async () => {
  hasProvider = true
  corp = await house.organization()
  domain = `corp${++made}.example`
  await claim(1)
  glass = await administrator({ email: `Glass${made}@corp.example` })
})

async function claim(verifiedAt: number | null, of = domain): Promise<void> {
  const claimed = { domain: of, organizationId: corp.id, verifiedAt, verifiedBy: null, token: 't', addedAt: 1 }
  const about = { accountId: null, organizationId: corp.id, address: null, receipt: null, facts: {} }
  await house.store.emailDomains.claim(claimed, {
    event: 'email_domain_claimed',
    at: 1,
    actor: operator.actor,
    ...about,
  })
}
async function administrator(about: Partial<Account> = {}, isArmed = true): Promise<Account> {
  const factors = isArmed ? [aFactor()] : []
  return house.person({ organizationId: corp.id, roles: ['person', 'administrator'], factors, ...about })
}
const now = async () => (await house.store.organizations.find(corp.id)) ?? corp
const propose = async (breakGlass: readonly string[] = [glass.email], minutes = 30) =>
  sso.propose(await now(), { minutes, breakGlass }, operator)
const word = (organization = corp): Proof => ({ kind: 'saml', at: house.clock.now(), organization: organization.id })
const confirm = async (proofs: readonly Proof[] = [word()]) => sso.confirm(await now(), proofs, operator)
const off = async () => sso.switchOff(await now(), { reason: 'moving', approvedBy: 'Kei' }, operator)
const state = async () => sso.stateOf(await now()).kind
const sessionsOf = async (account: Account) => (await house.store.sessions.listOf(account.id)).length
const both = async (account: Account) => {
  await house.signedIn(account)
  await house.signedIn(account, { proofs: [word()], device: 'device-2' })
}

describe('a proposal', () => {
  test('is refused for fewer than five minutes, more than a day, or a part of one', async () => {
    for (const minutes of [4, 1_441, 5.5, Number.NaN])
      expect(await propose([glass.email], minutes)).toEqual({ kind: 'minutes', min: 5, max: 1_440 })
    expect(await state()).toBe('off')
    expect(await propose([glass.email], 5)).toMatchObject({ kind: 'live' })
  })

  test('is refused without a provider, and with a domain that is only claimed', async () => {
    hasProvider = false
    expect(await propose()).toEqual({ kind: 'no_provider' })
    hasProvider = true
    await house.store.emailDomains.remove(domain, corp.id, {
      ...{ event: 'email_domain_removed', at: 1, actor: operator.actor, accountId: null, organizationId: corp.id },
      ...{ address: null, receipt: null, facts: {} },
    })
    expect(await propose()).toEqual({ kind: 'no_domain' })
    await claim(null)
    expect(await propose()).toEqual({ kind: 'no_domain' })
  })

  test('is refused without an emergency account, and with one that could not come in today', async () => {
    expect(await propose([])).toEqual({ kind: 'no_break_glass' })
    const elsewhere = await house.organization()
    const cases: readonly [string, Promise<Account>][] = [
      ['other_organization', administrator({ organizationId: elsewhere.id })],
      ['not_open', administrator({ state: 'suspended' })],
      ['not_administrator', administrator({ roles: ['person', 'user_administrator'] })],
      ['no_password', administrator({ password: null })],
      ['reset_required', administrator({ reset: { reason: 'r', at: 1, by: 'b', since: null } })],
      ['no_second_factor', administrator({}, false)],
    ]
    for (const [why, account] of cases) {
      const { email } = await account
      // The others that are named do not make up for it.
      expect(await propose([glass.email, email])).toEqual({ kind: 'break_glass', email, why })
    }
    expect(await propose(['nobody@corp.example'])).toMatchObject({ kind: 'break_glass', why: 'unknown' })
    expect(await state()).toBe('off')
  })

  test('keeps the address as the account has it, however it was typed', async () => {
    await propose([` ${glass.email.toUpperCase()} `.trim()])
    expect((await now()).rules.active.sso).toMatchObject({ required: true, breakGlassEmails: [glass.email] })
  })

  test('ends what an earlier provider opened, and nothing local', async () => {
    const person = await house.person({ organizationId: corp.id })
    await both(person)
    await propose()
    expect((await house.store.sessions.listOf(person.id)).map(({ proofs }) => proofs[0]?.kind)).toEqual(['password'])
  })

  test('speaks until its moment, and not at it', async () => {
    await propose()
    house.clock.advance(30 * 60_000 - 1)
    expect(await state()).toBe('live')
    house.clock.advance(1)
    expect(await state()).toBe('rolled_back')
  })

  test('of an organization from files, while one waits, or when it is on already, is refused', async () => {
    await house.organizationAdmin.adopt([{ slug: `filed${made}`, name: 'Filed', rules: openRules }], operator)
    const filed = await house.store.organizations.findBySlug(`filed${made}`)
    if (filed === null) throw new Error('not adopted')
    expect(await sso.propose(filed, { minutes: 30, breakGlass: [glass.email] }, operator)).toEqual({
      kind: 'read_only',
    })
    expect(await sso.switchOff(filed, { reason: 'r', approvedBy: 'k' }, operator)).toEqual({ kind: 'read_only' })
    await propose()
    expect(await propose()).toEqual({ kind: 'running' })
    await confirm()
    expect(await propose()).toEqual({ kind: 'on' })
  })

  test('that somebody made meanwhile is not overwritten', async () => {
    const seen = await now()
    await propose()
    expect(await sso.propose(seen, { minutes: 60, breakGlass: [glass.email] }, operator)).toEqual({ kind: 'overtaken' })
    const live = await now()
    await sso.withdraw(live, operator)
    expect(await sso.confirm(live, [word()], operator)).toEqual({ kind: 'overtaken' })
    expect(await sso.withdraw(live, operator)).toBe('overtaken')
    expect(await state()).toBe('off')
  })
})

describe('a confirmation', () => {
  test('is for whom the organization’s own provider vouched, while it waits', async () => {
    expect(await confirm()).toEqual({ kind: 'not_running' })
    await propose()
    expect(await confirm([{ kind: 'password', at: 1 }])).toEqual({ kind: 'not_through_provider' })
    expect(await confirm([word(await house.organization())])).toEqual({ kind: 'not_through_provider' })
    house.clock.advance(30 * 60_000)
    expect(await confirm()).toEqual({ kind: 'not_running' })
  })

  test('is refused when an emergency account could not come in any more', async () => {
    await propose()
    await house.people.suspend(glass, operator)
    expect(await confirm()).toEqual({ kind: 'break_glass', email: glass.email, why: 'not_open' })
    expect(await state()).toBe('live')
  })

  test('ends what is local, spares who is named and what the provider opened, and makes it last', async () => {
    await propose()
    const person = await house.person({ organizationId: corp.id })
    await both(person)
    await both(glass)

    expect(await confirm()).toEqual({ kind: 'confirmed', sessions: 1, resets: 0 })

    expect([await sessionsOf(person), await sessionsOf(glass)]).toEqual([1, 2])
    house.clock.advance(31 * 60_000)
    expect(await state()).toBe('on')
    expect(await confirm()).toEqual({ kind: 'not_running' })
  })
})

describe('putting it aside', () => {
  test('is for what waits or was rolled back, ends what the provider opened, and nothing local', async () => {
    expect(await sso.withdraw(await now(), operator)).toBe('not_running')
    await propose()
    const person = await house.person({ organizationId: corp.id })
    await both(person)

    expect(await sso.withdraw(await now(), operator)).toBe('withdrawn')

    expect([await state(), await sessionsOf(person)]).toEqual(['off', 1])
    await propose()
    house.clock.advance(31 * 60_000)
    expect(await sso.withdraw(await now(), operator)).toBe('withdrawn')
    await propose()
    await confirm()
    expect(await sso.withdraw(await now(), operator)).toBe('not_running')
    expect(await state()).toBe('on')
  })

  test('does not undo another rule that waits for its own moment', async () => {
    const other = await house.organization()
    const { active } = other.rules
    const waits = { active: { ...active, devices: 'approved' as const }, previous: active, confirmedAt: null }
    const waiting = { ...other, rules: { ...waits, revertAt: house.clock.now() + 60_000 } }
    expect(sso.stateOf(waiting).kind).toBe('off')
    expect(await sso.withdraw(waiting, operator)).toBe('not_running')
    const kept = { ...active, sso: { required: true, breakGlassEmails: [] } }
    const onAndWaiting = { ...waiting, rules: { ...waiting.rules, active: kept, previous: kept } }
    expect(sso.stateOf(onAndWaiting).kind).toBe('on')
  })
})

describe('switching it off', () => {
  test('is for what is on; it ends what the provider opened and names nobody any more', async () => {
    expect(await off()).toEqual({ kind: 'not_on' })
    await propose()
    expect(await off()).toEqual({ kind: 'running' })
    await confirm()
    const person = await house.person({ organizationId: corp.id })
    await both(person)

    expect(await off()).toEqual({ kind: 'off', sessions: 1 })

    expect(await sessionsOf(person)).toBe(1)
    expect((await now()).rules.active.sso).toMatchObject({ required: false, breakGlassEmails: [] })
  })
})
