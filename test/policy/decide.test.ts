import { describe, expect, test } from 'vitest'
import { decide, type Readers } from '../../src/policy/decide.ts'
import type { FactName, Facts } from '../../src/policy/facts.ts'
import type { Gate } from '../../src/policy/gate.ts'
import { buildWalks, entrances } from '../../src/policy/plan.ts'
import { account, address, ask, facts, networks, now, organization, readersOf, route, session } from './good-facts.ts'

const walks = buildWalks()
const everyFact = [...new Set(entrances.flatMap(entrance => walks[entrance].flatMap(gate => gate.asks)))]
const proxyFacts = [...new Set(walks.proxy.flatMap(gate => gate.asks))]

describe('a decision over facts in memory', () => {
  test('is made at once, at every entrance', () => {
    for (const entrance of entrances) expect(decide(walks[entrance], readersOf(facts()))).not.toBeInstanceOf(Promise)
  })

  test('learns each fact once, and only those that a gate on its way asks for', async () => {
    const learned = await learnedBy(walks.public)

    expect(learned).toEqual(['address', 'route', 'origin', 'addressBudget', 'routeBudget'])
  })

  test('learns nothing beyond the gate that ends the walk', async () => {
    const learned = await learnedBy(walks.proxy, { route: route({ networks: networks() }) })

    expect(learned).toEqual(['address', 'route'])
  })

  test('spends no budget of the account before its owner is known to be one', async () => {
    const learned = await learnedBy(walks.proxy, { session: null })

    expect(learned).toEqual(['address', 'route', 'origin', 'addressBudget', 'session', 'account', 'now'])
  })

  test('tells which facts it has learned, the gate that spoke and its rule', () => {
    const outside = { route: route({ networks: networks('10.0.0.0/8') }), address: address('198.51.100.1') }

    expect(ask('proxy', outside)).toEqual({
      verdict: { kind: 'deny', reason: 'outside_route_networks' },
      gate: 'from-route-network',
      rule: '10.0.0.0/8',
      notes: [],
      validUntil: Number.POSITIVE_INFINITY,
      learned: outside,
    })
  })

  test('asks the gates in their order: the first that does not let through speaks', () => {
    const wrong = {
      account: account({ resetRequired: true, state: 'suspended' }),
      route: route({ networks: networks() }),
    }

    expect(ask('proxy', wrong).gate).toBe('from-route-network')
    expect(ask('proxy', { account: wrong.account }).gate).toBe('password-current')
    expect(ask('proxy', { account: account({ state: 'suspended' }) }).gate).toBe('account-open')
  })

  test('holds until the nearest of all the ends on its way', () => {
    const rollsBack = organization({ validUntil: now + 5 })

    expect(ask('proxy', { session: session({ endsAt: now + 9 }), organization: rollsBack }).validUntil).toBe(now + 5)
    expect(ask('proxy', { session: session({ endsAt: now + 3 }), organization: rollsBack }).validUntil).toBe(now + 3)
    expect(ask('public').validUntil).toBe(Number.POSITIVE_INFINITY)
  })

  test('keeps the notes of report-only rules when a later gate refuses', () => {
    const watched = organization({ networks: networks('10.0.0.0/8'), networksMode: 'report' })

    const decision = ask('proxy', { organization: watched, route: route({ roles: ['auditor'] }) })

    expect(decision.verdict).toEqual({ kind: 'deny', reason: 'role_missing' })
    expect(decision.notes).toEqual([
      { gate: 'from-organization-network', wouldBe: 'outside_organization_networks', rule: '10.0.0.0/8' },
    ])
  })
})

test('the notes of several gates are all kept, in order', () => {
  const noting = (name: Gate['name']): Gate => ({
    name,
    asks: [],
    judge: () => ({ kind: 'pass', note: { wouldBe: 'role_missing', rule: `rule of ${name}` } }),
  })

  expect(decide([noting('role-allowed'), noting('account-open')], readersOf(facts()))).toMatchObject({
    notes: [{ gate: 'role-allowed', rule: 'rule of role-allowed' }, { gate: 'account-open' }],
  })
})

describe('a decision that has to wait', () => {
  test.each(proxyFacts)('comes to the same answer when %s arrives later', async name => {
    const held = facts({ account: account({ state: 'suspended' }) })

    const decision = decide(walks.proxy, readersOf(held, later(name, held[name])))

    expect(await decision).toEqual(decide(walks.proxy, readersOf(held)))
  })

  test('waits for a promise of another make too, and does not take it for the fact', async () => {
    const held = facts()
    const suspended = account({ state: 'suspended' })
    // biome-ignore lint/suspicious/noThenProperty: a thenable that is no Promise is what this test is about
    const thenable = { then: (resolve: (value: unknown) => void) => resolve(suspended) }

    const decision = decide(walks.proxy, readersOf(held, { account: () => untyped(thenable) }))

    expect(await decision).toMatchObject({ verdict: { kind: 'deny', reason: 'account_suspended' } })
  })

  test('learns each fact once, whatever the number of gates that ask', async () => {
    const learned = await learnedBy(walks.proxy, {}, ['account', 'organization', 'session'])

    expect(learned).toEqual([...new Set(learned)])
  })
})

describe('a fact that cannot be read ends in a refusal', () => {
  const refusal = (name: FactName) => ({ verdict: { kind: 'deny', reason: 'unavailable' }, rule: `fact ${name}` })

  test.each(proxyFacts)('%s: the reader throws', name => {
    const readers = readersOf(facts(), { [name]: () => fail() })

    expect(decide(walks.proxy, readers)).toMatchObject(refusal(name))
  })

  test.each(proxyFacts)('%s: the reader rejects', async name => {
    const readers = readersOf(facts(), { [name]: () => Promise.reject(new Error('the store is away')) })

    expect(await decide(walks.proxy, readers)).toMatchObject(refusal(name))
  })

  test.each(proxyFacts)('%s: the reader forgets to answer, now or later', async name => {
    const readers = readersOf(facts(), { [name]: () => undefined })
    const slowReaders = readersOf(facts(), { [name]: () => Promise.resolve(undefined) })

    expect(decide(walks.proxy, readers)).toMatchObject(refusal(name))
    expect(await decide(walks.proxy, slowReaders)).toMatchObject(refusal(name))
  })

  test('after another one had to be waited for', async () => {
    const held = facts()
    const readers = readersOf(held, { ...later('account', held.account), organization: () => fail() })

    expect(await decide(walks.proxy, readers)).toMatchObject({ gate: 'sso-respected', ...refusal('organization') })
  })
})

describe('a gate that fails', () => {
  const broken: Gate = { name: 'account-open', asks: ['account'], judge: () => fail() }

  test('lets nothing through: the failure reaches the caller', async () => {
    expect(() => decide([broken], readersOf(facts()))).toThrow()
    await expect(decide([broken], readersOf(facts(), later('account', account())))).rejects.toThrow()
  })
})

/** The facts that a walk learns, in order, with repetitions if there are any. Those named in `slow` arrive later. */
async function learnedBy(
  walk: readonly Gate[],
  changed: Partial<Facts> = {},
  slow: readonly FactName[] = [],
): Promise<string[]> {
  const held = facts(changed)
  const learned: string[] = []
  const learn = (name: FactName) => () => {
    learned.push(name)
    return slow.includes(name) ? Promise.resolve(held[name]) : held[name]
  }
  await decide(walk, untyped(Object.fromEntries(everyFact.map(name => [name, learn(name)]))))
  return learned
}

function later(name: FactName, value: unknown): Partial<Readers> {
  return { [name]: () => Promise.resolve(value) }
}

function fail(): never {
  throw new Error('the store is away')
}

// Casts, because these tests hand over what the types forbid.
function untyped<T>(value: unknown): T {
  return value as T
}
