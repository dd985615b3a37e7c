import type { Facts } from '../../src/policy/facts.ts'
import type { GateName } from '../../src/policy/gate-name.ts'
import type { Reason } from '../../src/policy/verdict.ts'
import type { GateCase } from './gate-case.ts'
import {
  account,
  accountId,
  act,
  address,
  budget,
  device,
  minuteMs,
  networks,
  now,
  organization,
  organizationId,
  proof,
  route,
  session,
  target,
} from './good-facts.ts'

const office = { networks: networks('203.0.113.0/24', '2001:db8::/32') }
const elsewhere = address('198.51.100.1')
const other = organizationId('other')
const spent = budget({ spent: true, left: 0, retryAfterMs: 1500 })

export const requestCases = {
  'from-route-network': [
    { says: 'a route without networks is open to every address', facts: { address: elsewhere }, expect: 'pass' },
    { says: 'an address inside passes', facts: { route: route(office) }, expect: 'pass' },
    {
      says: 'an IPv6 address inside passes',
      facts: { route: route(office), address: address('2001:db8::1') },
      expect: 'pass',
    },
    {
      says: 'an IPv4-mapped address counts as IPv4',
      facts: { route: route(office), address: address('::ffff:203.0.113.7') },
      expect: 'pass',
    },
    {
      says: 'an address outside is refused',
      facts: { route: route(office), address: elsewhere },
      expect: 'outside_route_networks',
    },
    {
      says: 'an empty list lets nobody in',
      facts: { route: route({ networks: networks() }) },
      expect: 'outside_route_networks',
    },
    {
      says: 'an address that could not be read to its end is outside, wherever it seems to be',
      facts: { route: route(office), address: address('203.0.113.7', true) },
      expect: 'address_uncertain',
    },
  ],
  'origin-allowed': [
    origin('a read is not judged', { judged: false, from: 'foreign', noneAllowed: false }, 'pass'),
    origin('the same origin passes', { judged: true, from: 'same', noneAllowed: false }, 'pass'),
    origin('an allowed origin passes', { judged: true, from: 'allowed', noneAllowed: false }, 'pass'),
    origin('a program sends no origin', { judged: true, from: 'none', noneAllowed: true }, 'pass'),
    origin(
      'a form without any origin is refused',
      { judged: true, from: 'none', noneAllowed: false },
      'foreign_origin',
    ),
    origin('a foreign page is refused', { judged: true, from: 'foreign', noneAllowed: false }, 'foreign_origin'),
    origin(
      'and no leave for programs helps it',
      { judged: true, from: 'foreign', noneAllowed: true },
      'foreign_origin',
    ),
  ],
  'within-address-budget': budgetCases('addressBudget', 'address_budget_spent'),
  'signed-in': [
    { says: 'a session with its account passes', facts: {}, expect: 'pass' },
    { says: 'without a session one has to sign in', facts: { session: null }, expect: 'sign_in' },
    { says: 'a session whose account is gone opens nothing', facts: { account: null }, expect: 'sign_in' },
    {
      says: 'a session of another account opens nothing',
      facts: { session: session({ accountId: accountId('ken') }) },
      expect: 'sign_in',
    },
    {
      says: 'a session at its end is over, whatever memory says',
      facts: { session: session({ endsAt: now }) },
      expect: 'sign_in',
    },
    { says: 'until that very millisecond it holds', facts: { session: session({ endsAt: now + 1 }) }, expect: 'pass' },
  ],
  'account-open': [
    { says: 'an open account passes', facts: {}, expect: 'pass' },
    {
      says: 'a suspended one is refused',
      facts: { account: account({ state: 'suspended' }) },
      expect: 'account_suspended',
    },
    { says: 'a deleted one is refused', facts: { account: account({ state: 'deleted' }) }, expect: 'account_deleted' },
  ],
  'from-organization-network': [
    { says: 'an organization without the rule is open', facts: { address: elsewhere }, expect: 'pass' },
    {
      says: 'so are people without an organization',
      facts: { organization: null, address: elsewhere },
      expect: 'pass',
    },
    { says: 'an address inside passes', facts: { organization: organization(office) }, expect: 'pass' },
    {
      says: 'an address outside is refused',
      facts: { organization: organization(office), address: elsewhere },
      expect: 'outside_organization_networks',
    },
    {
      says: 'an empty list lets nobody in',
      facts: { organization: organization({ networks: networks() }) },
      expect: 'outside_organization_networks',
    },
    {
      says: 'an uncertain address is outside',
      facts: { organization: organization(office), address: address('203.0.113.7', true) },
      expect: 'address_uncertain',
    },
    {
      says: 'an exemption without an end lets its person through',
      facts: { organization: organization(office), address: elsewhere, exemption: { reason: 'travel', until: null } },
      expect: 'pass',
    },
    {
      says: 'an exemption holds until its end',
      facts: {
        organization: organization(office),
        address: elsewhere,
        exemption: { reason: 'travel', until: now + 1 },
      },
      expect: 'pass',
    },
    {
      says: 'and not a millisecond longer',
      facts: { organization: organization(office), address: elsewhere, exemption: { reason: 'travel', until: now } },
      expect: 'outside_organization_networks',
    },
    {
      says: 'a rule in report mode refuses nobody',
      facts: { organization: organization({ ...office, networksMode: 'report' }), address: elsewhere },
      expect: 'pass',
    },
  ],
  'on-allowed-device': [
    { says: 'any device will do', facts: { device: null }, expect: 'pass' },
    {
      says: 'a desktop needs no approval where only mobiles do',
      facts: { organization: organization({ devices: 'approved-mobile' }) },
      expect: 'pass',
    },
    {
      says: 'a mobile does',
      facts: { organization: organization({ devices: 'approved-mobile' }), device: device({ mobile: true }) },
      expect: 'device_approval',
    },
    {
      says: 'an approved mobile passes',
      facts: {
        organization: organization({ devices: 'approved-mobile' }),
        device: device({ mobile: true, approved: true }),
      },
      expect: 'pass',
    },
    {
      says: 'where all devices need it, a desktop does too',
      facts: { organization: organization({ devices: 'approved' }) },
      expect: 'device_approval',
    },
    {
      says: 'a browser that shows no device is not taken for a desktop',
      facts: { organization: organization({ devices: 'approved-mobile' }), device: null },
      expect: 'device_approval',
    },
  ],
  'proved-recently': [
    { says: 'nobody asks', facts: { proofs: [proof('password', { at: 0 })] }, expect: 'pass' },
    {
      says: 'the proof is young enough for the route',
      facts: { route: route({ proofAgeMaxMs: 2 * minuteMs }) },
      expect: 'pass',
    },
    {
      says: 'the proof is too old for the route',
      facts: { route: route({ proofAgeMaxMs: minuteMs }) },
      expect: 'prove_again',
    },
    {
      says: 'the proof is too old for the act',
      facts: { act: act({ proofAgeMaxMs: minuteMs }) },
      expect: 'prove_again',
    },
    {
      says: 'the stricter of both wins',
      facts: { route: route({ proofAgeMaxMs: 9 * minuteMs }), act: act({ proofAgeMaxMs: minuteMs }) },
      expect: 'prove_again',
    },
    {
      says: 'the newest proof counts',
      facts: {
        act: act({ proofAgeMaxMs: minuteMs }),
        proofs: [proof('password', { at: 0 }), proof('totp', { at: now })],
      },
      expect: 'pass',
    },
    {
      says: 'no proof at all is no recent one',
      facts: { act: act({ proofAgeMaxMs: minuteMs }), proofs: [] },
      expect: 'prove_again',
    },
  ],
  'role-allowed': [
    { says: 'any of the roles will do', facts: { route: route({ roles: ['auditor', 'person'] }) }, expect: 'pass' },
    { says: 'none of them is refused', facts: { route: route({ roles: ['auditor'] }) }, expect: 'role_missing' },
    { says: 'an empty list of roles is met by nobody', facts: { route: route({ roles: [] }) }, expect: 'role_missing' },
    {
      says: 'the act may ask for more than the route',
      facts: { account: account({ roles: ['person'] }), route: route({ roles: ['person'] }) },
      expect: 'role_missing',
    },
    {
      says: 'nobody has no role',
      facts: { account: null, route: route({ roles: ['person'] }) },
      expect: 'role_missing',
    },
    {
      says: 'who administers belongs to an organization',
      facts: { organization: null },
      expect: 'role_missing',
    },
  ],
  'within-account-budget': budgetCases('accountBudget', 'account_budget_spent'),
  'within-organization-budget': budgetCases('organizationBudget', 'organization_budget_spent'),
  'within-route-budget': budgetCases('routeBudget', 'route_budget_spent'),
  'may-act': [
    { says: 'an administrator acts on a person', facts: {}, expect: 'pass' },
    { says: 'an act on the organization itself has no person', facts: { target: null }, expect: 'pass' },
    {
      says: 'organization A never touches organization B',
      facts: { target: target({ organizationId: other }) },
      expect: 'act_not_allowed',
    },
    {
      says: 'nor people without one, not even from outside of any',
      facts: { account: account({ organizationId: null }), target: target({ organizationId: null }) },
      expect: 'act_not_allowed',
    },
    {
      says: 'nobody acts on themselves here',
      facts: { target: target({ accountId: accountId('hana') }) },
      expect: 'act_not_allowed',
    },
    {
      says: 'a user administrator does not act on an administrator',
      facts: { account: account({ roles: ['user_administrator'] }), target: target({ roles: ['administrator'] }) },
      expect: 'act_not_allowed',
    },
    {
      says: 'an administrator does',
      facts: { target: target({ roles: ['administrator'] }) },
      expect: 'pass',
    },
    { says: 'an act that nobody named is refused', facts: { act: null }, expect: 'act_not_allowed' },
    {
      says: 'an act that names no roles is one on oneself, and not for here',
      facts: { act: act({ roles: null }) },
      expect: 'act_not_allowed',
    },
    { says: 'nobody may do nothing', facts: { account: null }, expect: 'act_not_allowed' },
  ],
} satisfies Partial<Record<GateName, readonly GateCase[]>>

function origin(says: string, fact: Facts['origin'], expect: GateCase['expect']): GateCase {
  return { says, facts: { origin: fact }, expect }
}

function budgetCases(
  name: 'addressBudget' | 'accountBudget' | 'organizationBudget' | 'routeBudget',
  reason: Reason,
): readonly GateCase[] {
  return [
    { says: 'the last unit of a budget is still good', facts: { [name]: budget({ left: 0 }) }, expect: 'pass' },
    { says: 'a spent budget refuses', facts: { [name]: spent }, expect: reason },
  ]
}
