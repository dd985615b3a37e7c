import { describe, expect, test } from 'vitest'
import { decide } from '../../src/policy/decide.ts'
import { gateNames } from '../../src/policy/gate-name.ts'
import { gates } from '../../src/policy/gates.ts'
import { reasons, steps, type Verdict } from '../../src/policy/verdict.ts'
import { gateCases } from './gate-cases.ts'
import { budget, facts, minuteMs, networks, now, organization, proof, readersOf, route } from './good-facts.ts'

describe.each(gates.map(gate => [gate.name, gate] as const))('%s', (name, gate) => {
  test.each(gateCases[name].map(one => [one.says, one.expect, one.facts] as const))(
    '%s: %s',
    (_, expected, changed) => {
      const decision = decide([gate], readersOf(facts(changed)))

      expect(decision).toMatchObject({ verdict: { kind: expect.stringMatching(/^(allow|deny|challenge)$/) } })
      expect(!(decision instanceof Promise) && wordOf(decision.verdict)).toBe(expected)
    },
  )

  test('has a case that passes and one that does not', () => {
    expect(gateCases[name].some(one => one.expect === 'pass')).toBe(true)
    expect(gateCases[name].some(one => one.expect !== 'pass')).toBe(true)
  })
})

test('the gates stand in the order of their names, each once', () => {
  expect(gates.map(gate => gate.name)).toEqual([...gateNames])
})

test('every reason and every step of the closed lists is given by some gate', () => {
  const said = new Set(Object.values(gateCases).flatMap(cases => cases.map(one => one.expect)))
  expect([...reasons, ...steps].filter(word => !said.has(word))).toEqual([])
})

describe('until when a pass holds', () => {
  test.each([
    ['a session', 'signed-in', {}, now + 60 * minuteMs],
    ['a recent proof', 'proved-recently', { route: route({ proofAgeMaxMs: 5 * minuteMs }) }, now + 4 * minuteMs],
    [
      'the newest proof, by the stricter of two demands',
      'proved-recently',
      { route: route({ proofAgeMaxMs: 5 * minuteMs }), proofs: [proof('password', { at: now })] },
      now + 5 * minuteMs,
    ],
    [
      'a grace period',
      'second-factor-done',
      { organization: organization({ secondFactor: { roles: 'all', from: now + minuteMs } }) },
      now + minuteMs,
    ],
    [
      'a rule that reverts by itself',
      'from-organization-network',
      { organization: organization({ validUntil: now + minuteMs }) },
      now + minuteMs,
    ],
    [
      'an exemption with an end',
      'from-organization-network',
      { organization: organization({ networks: networks(), validUntil: now + minuteMs }), exemption: until(now + 1) },
      now + 1,
    ],
    [
      'an exemption that outlives the rule',
      'from-organization-network',
      { organization: organization({ networks: networks(), validUntil: now + 1 }), exemption: until(now + minuteMs) },
      now + 1,
    ],
    ['a request that only an event can change', 'account-open', {}, Number.POSITIVE_INFINITY],
  ] as const)('%s', (_, name, changed, expected) => {
    const gate = gates.filter(one => one.name === name)

    expect(decide(gate, readersOf(facts(changed)))).toMatchObject({ verdict: { kind: 'allow' }, validUntil: expected })
  })
})

test('a rule in report mode leaves a note of what it would have refused', () => {
  const watched = organization({ networks: networks('198.51.100.0/24'), networksMode: 'report' })
  const gate = gates.filter(one => one.name === 'from-organization-network')

  expect(decide(gate, readersOf(facts({ organization: watched })))).toMatchObject({
    verdict: { kind: 'allow' },
    notes: [{ gate: 'from-organization-network', wouldBe: 'outside_organization_networks', rule: '198.51.100.0/24' }],
  })
})

test('a spent budget says when to come back', () => {
  const gate = gates.filter(one => one.name === 'within-account-budget')
  const spent = budget({ spent: true, retryAfterMs: 1500 })

  expect(decide(gate, readersOf(facts({ accountBudget: spent })))).toMatchObject({
    verdict: { kind: 'deny', reason: 'account_budget_spent', retryAfterMs: 1500 },
  })
})

function until(end: number) {
  return { reason: 'travel', until: end }
}

function wordOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'allow':
      return 'pass'
    case 'deny':
      return verdict.reason
    case 'challenge':
      return verdict.step
    default:
      return verdict satisfies never
  }
}
