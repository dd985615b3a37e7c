import { describe, expect, test } from 'vitest'
import type { Facts } from '../../src/policy/facts.ts'
import { type GateName, gateNames } from '../../src/policy/gate-name.ts'
import { buildWalks, type Entrance, entrances, gateTable } from '../../src/policy/plan.ts'
import type { Verdict } from '../../src/policy/verdict.ts'
import {
  account,
  act,
  address,
  ask,
  budget,
  device,
  minuteMs,
  networks,
  now,
  organization,
  organizationId,
  proof,
  route,
  target,
} from './good-facts.ts'

// What the product promises, one promise a gate. Each is asked through the whole walk of every entrance that must keep it, and
// then once more with the gate's row taken out: the verdict has to change, or the promise was never kept by that row.

interface Guarantee {
  readonly promise: string
  readonly facts: Partial<Facts>
  readonly verdict: Verdict
}

const elsewhere = address('198.51.100.1')
const spent = budget({ spent: true, retryAfterMs: 1500 })
const office = networks('203.0.113.0/24')

const guarantees: Readonly<Record<GateName, Guarantee>> = {
  'from-route-network': {
    promise: "an address outside a route's networks never reaches it",
    facts: { route: route({ networks: office }), address: elsewhere },
    verdict: { kind: 'deny', reason: 'outside_route_networks' },
  },
  'origin-allowed': {
    promise: 'a foreign page can neither open a connection nor send a form in the name of a person',
    facts: { origin: { judged: true, from: 'foreign', noneAllowed: false } },
    verdict: { kind: 'deny', reason: 'foreign_origin' },
  },
  'within-address-budget': {
    promise: 'an address that has spent its budget waits',
    facts: { addressBudget: spent },
    verdict: { kind: 'deny', reason: 'address_budget_spent', retryAfterMs: 1500 },
  },
  'signed-in': {
    promise: 'without a session nothing is forwarded',
    facts: { session: null },
    verdict: { kind: 'challenge', step: 'sign_in' },
  },
  'first-factor-done': {
    promise: 'an attempt that has proved nothing becomes no session',
    facts: { proofs: [] },
    verdict: { kind: 'challenge', step: 'sign_in' },
  },
  'sso-respected': {
    promise: 'an account of an organization with single sign-on has no local way in',
    facts: { organization: organization({ sso: { required: true, breakGlassEmails: [] } }) },
    verdict: { kind: 'deny', reason: 'sso_required' },
  },
  'password-current': {
    promise: 'a forced reset refuses from the next request on, whatever was proved',
    facts: { account: account({ resetRequired: true, factors: ['totp'] }), proofs: [proof('password'), proof('totp')] },
    verdict: { kind: 'deny', reason: 'reset_required' },
  },
  'second-factor-done': {
    promise: 'an account with a second factor is not open to its password alone',
    facts: { account: account({ factors: ['totp'] }) },
    verdict: { kind: 'challenge', step: 'second_factor' },
  },
  'sign-in-confirmed': {
    promise: 'a doubtful sign-in waits for the mailed code',
    facts: { risk: { emailCode: true, why: 'suspicious' } },
    verdict: { kind: 'challenge', step: 'email_code' },
  },
  'account-open': {
    promise: 'a suspended account is refused on the next request',
    facts: { account: account({ state: 'suspended' }) },
    verdict: { kind: 'deny', reason: 'account_suspended' },
  },
  'from-organization-network': {
    promise: "people are refused from outside their organization's networks",
    facts: { organization: organization({ networks: office }), address: elsewhere },
    verdict: { kind: 'deny', reason: 'outside_organization_networks' },
  },
  'on-allowed-device': {
    promise: 'an unapproved device of an organization that restricts them is held up',
    facts: { organization: organization({ devices: 'approved-mobile' }), device: device({ mobile: true }) },
    verdict: { kind: 'challenge', step: 'device_approval' },
  },
  'proved-recently': {
    promise: 'what asks for a recent proof is closed to an old one',
    facts: { route: route({ proofAgeMaxMs: minuteMs }), proofs: [proof('password', { at: now - minuteMs })] },
    verdict: { kind: 'challenge', step: 'prove_again' },
  },
  'role-allowed': {
    promise: 'who lacks the role is refused',
    facts: { route: route({ roles: ['auditor'] }) },
    verdict: { kind: 'deny', reason: 'role_missing' },
  },
  'within-account-budget': {
    promise: 'an account that has spent its budget waits',
    facts: { accountBudget: spent },
    verdict: { kind: 'deny', reason: 'account_budget_spent', retryAfterMs: 1500 },
  },
  'within-organization-budget': {
    promise: 'an organization that has spent its budget waits',
    facts: { organizationBudget: spent },
    verdict: { kind: 'deny', reason: 'organization_budget_spent', retryAfterMs: 1500 },
  },
  'within-route-budget': {
    promise: 'a route that has spent its budget makes everybody wait',
    facts: { routeBudget: spent },
    verdict: { kind: 'deny', reason: 'route_budget_spent', retryAfterMs: 1500 },
  },
  'may-act': {
    promise: 'an administrator of one organization never touches another',
    facts: { act: act(), target: target({ organizationId: organizationId('other') }) },
    verdict: { kind: 'deny', reason: 'act_not_allowed' },
  },
}

/** Which entrances must keep which promise: the table of docs/gates.md, written here a second time, as the promise and not the code. */
const kept: Readonly<Record<GateName, readonly Entrance[]>> = {
  'from-route-network': [...entrances],
  'origin-allowed': [...entrances],
  // An attempt's request was let in by `portal`, and is not charged twice.
  'within-address-budget': entrances.filter(entrance => entrance !== 'entry'),
  'signed-in': ['own', 'proxy', 'forward', 'live', 'admin'],
  'first-factor-done': ['entry'],
  'sso-respected': ['entry', 'own', 'proxy', 'forward', 'live', 'admin'],
  'password-current': ['entry', 'own', 'proxy', 'forward', 'live', 'admin'],
  'second-factor-done': ['entry', 'own', 'proxy', 'forward', 'live', 'admin'],
  'sign-in-confirmed': ['entry'],
  'account-open': ['entry', 'own', 'proxy', 'forward', 'live', 'admin'],
  'from-organization-network': ['entry', 'own', 'proxy', 'forward', 'live', 'admin'],
  'on-allowed-device': ['entry', 'own', 'proxy', 'forward', 'live', 'admin'],
  'proved-recently': ['own', 'proxy', 'forward', 'live', 'admin'],
  'role-allowed': ['own', 'proxy', 'forward', 'live', 'admin'],
  'within-account-budget': ['proxy', 'forward', 'live'],
  'within-organization-budget': ['proxy', 'forward', 'live'],
  'within-route-budget': ['public', 'proxy', 'forward', 'live'],
  'may-act': ['admin'],
}

test('facts under which nothing is wrong open every entrance', () => {
  for (const entrance of entrances) expect([entrance, ask(entrance).verdict]).toEqual([entrance, { kind: 'allow' }])
})

describe.each(gateNames.map(name => [name, guarantees[name], kept[name]] as const))('%s', (name, guarantee, where) => {
  test.each(where)(`${guarantee.promise} (at %s)`, entrance => {
    const decision = ask(entrance, guarantee.facts)

    expect(decision.verdict).toEqual(guarantee.verdict)
    expect(decision.gate).toBe(name)
  })

  test('taking the row out breaks the promise at every entrance', () => {
    const without = buildWalks(new Set([name]))

    for (const entrance of where)
      expect([entrance, ask(entrance, guarantee.facts, without).verdict]).toEqual([entrance, { kind: 'allow' }])
  })

  test.each(where)('taking the row out at %s alone breaks it there, and nowhere else', entrance => {
    const walks = buildWalks()
    const without = { ...walks, [entrance]: walks[entrance].filter(gate => gate.name !== name) }

    const broken = where.filter(other => ask(other, guarantee.facts, without).verdict.kind === 'allow')

    expect(broken).toEqual([entrance])
  })

  test('stands at the entrances that must keep the promise, and at no other', () => {
    expect(gateTable().find(row => row.name === name)?.entrances).toEqual(where)
  })
})
