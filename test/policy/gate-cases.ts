import type { Facts } from '../../src/policy/facts.ts'
import type { GateName } from '../../src/policy/gate-name.ts'
import type { Reason, Step } from '../../src/policy/verdict.ts'
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

/** One thing a gate says, in a sentence. `facts` are what differs from facts under which everything passes. */
export interface GateCase {
  readonly says: string
  readonly facts: Partial<Facts>
  readonly expect: 'pass' | Reason | Step
}

const office = { networks: networks('203.0.113.0/24', '2001:db8::/32') }
const elsewhere = address('198.51.100.1')
const other = organizationId('other')
const sso = organization({ sso: { required: true, breakGlassEmails: ['glass@acme.example'] } })
const glass = account({ email: 'glass@acme.example' })
const saml = proof('saml', { organization: organizationId('acme') })
const mfaContext = 'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract'
const spent = budget({ spent: true, left: 0, retryAfterMs: 1500 })

export const gateCases: Readonly<Record<GateName, readonly GateCase[]>> = {
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
  'first-factor-done': [
    { says: 'a right password is a first factor', facts: {}, expect: 'pass' },
    { says: 'so is a passkey', facts: { proofs: [proof('passkey')] }, expect: 'pass' },
    { says: "so is the word of the organization's own provider", facts: { proofs: [saml] }, expect: 'pass' },
    { says: 'an attempt without a proof stays one', facts: { proofs: [] }, expect: 'sign_in' },
    {
      says: "another organization's provider says nothing about this account",
      facts: { proofs: [proof('saml', { organization: other })] },
      expect: 'sign_in',
    },
    {
      says: 'no provider vouches for an account without an organization',
      facts: { account: account({ organizationId: null }), organization: null, proofs: [proof('saml')] },
      expect: 'sign_in',
    },
    {
      says: 'codes alone open nothing',
      facts: { proofs: [proof('totp'), proof('email_code'), proof('sms_code'), proof('backup_code')] },
      expect: 'sign_in',
    },
    { says: 'a proof about nobody opens nothing', facts: { account: null }, expect: 'sign_in' },
  ],
  'sso-respected': [
    { says: 'without single sign-on a password will do', facts: {}, expect: 'pass' },
    {
      says: 'people without an organization have no such rule',
      facts: { account: account({ organizationId: null }), organization: null },
      expect: 'pass',
    },
    { says: "the organization's provider vouched", facts: { organization: sso, proofs: [saml] }, expect: 'pass' },
    { says: 'a password is no way in', facts: { organization: sso }, expect: 'sso_required' },
    {
      says: 'nor is a password with every second factor',
      facts: { organization: sso, proofs: [proof('password'), proof('totp'), proof('passkey')] },
      expect: 'sso_required',
    },
    {
      says: 'nor is the provider of another organization',
      facts: { organization: sso, proofs: [proof('saml', { organization: other })] },
      expect: 'sso_required',
    },
    {
      says: 'a named break-glass account may come without',
      facts: { organization: sso, account: glass },
      expect: 'pass',
    },
    {
      says: 'an account whose organization was not found is not one without rules',
      facts: { organization: null },
      expect: 'unavailable',
    },
    {
      says: 'the rules of another organization are not its rules',
      facts: { organization: organization({ id: other }) },
      expect: 'unavailable',
    },
  ],
  'password-current': [
    { says: 'an account without the flag passes', facts: {}, expect: 'pass' },
    { says: 'a forced reset refuses', facts: { account: account({ resetRequired: true }) }, expect: 'reset_required' },
    {
      says: 'a forced reset beats every proof',
      facts: { account: account({ resetRequired: true }), proofs: [proof('passkey'), proof('totp'), saml] },
      expect: 'reset_required',
    },
  ],
  'second-factor-done': [
    { says: 'nobody asks for one', facts: {}, expect: 'pass' },
    {
      says: 'who has one is always asked',
      facts: { account: account({ factors: ['totp'] }) },
      expect: 'second_factor',
    },
    ...(['totp', 'backup_code', 'sms_code', 'passkey'] as const).map(
      (kind): GateCase => ({
        says: `${kind} answers`,
        facts: { account: account({ factors: ['totp'] }), proofs: [proof('password'), proof(kind)] },
        expect: 'pass',
      }),
    ),
    {
      says: 'an e-mailed code is no second factor',
      facts: { account: account({ factors: ['totp'] }), proofs: [proof('password'), proof('email_code')] },
      expect: 'second_factor',
    },
    { says: 'a route may ask', facts: { route: route({ secondFactor: true }) }, expect: 'enrol_factor' },
    {
      says: 'an organization may ask everybody',
      facts: { organization: organization({ secondFactor: { roles: 'all', from: now } }) },
      expect: 'enrol_factor',
    },
    {
      says: 'an organization may ask some roles',
      facts: { organization: organization({ secondFactor: { roles: ['administrator'], from: now } }) },
      expect: 'enrol_factor',
    },
    {
      says: 'and spare others',
      facts: { organization: organization({ secondFactor: { roles: ['auditor'], from: now } }) },
      expect: 'pass',
    },
    {
      says: 'a grace period that has not ended asks nothing yet',
      facts: { organization: organization({ secondFactor: { roles: 'all', from: now + 1 } }) },
      expect: 'pass',
    },
    {
      says: "the provider's word is enough for an organization",
      facts: { organization: sso, proofs: [saml] },
      expect: 'pass',
    },
    {
      says: "a route's demand on SSO people means a listed context",
      facts: {
        organization: sso,
        proofs: [saml],
        route: route({ secondFactor: true, secondFactorContexts: [mfaContext] }),
      },
      expect: 'prove_again',
    },
    {
      says: 'which the provider can state',
      facts: {
        organization: sso,
        proofs: [proof('saml', { organization: organizationId('acme'), context: mfaContext })],
        route: route({ secondFactor: true, secondFactorContexts: [mfaContext] }),
      },
      expect: 'pass',
    },
    {
      says: "another organization's provider is no second factor",
      facts: {
        account: account({ factors: ['totp'] }),
        proofs: [proof('password'), proof('saml', { organization: other, context: mfaContext })],
      },
      expect: 'second_factor',
    },
    {
      says: 'a break-glass account without a factor has to set one up',
      facts: { organization: sso, account: glass },
      expect: 'enrol_factor',
    },
    {
      says: 'a demand on nobody known leads to the sign-in',
      facts: { account: null, route: route({ secondFactor: true }) },
      expect: 'sign_in',
    },
  ],
  'sign-in-confirmed': [
    { says: 'an ordinary sign-in needs no mail', facts: {}, expect: 'pass' },
    { says: 'a doubtful one does', facts: { risk: { emailCode: true, why: 'dormant' } }, expect: 'email_code' },
    {
      says: 'the mailed code answers',
      facts: { risk: { emailCode: true, why: 'suspicious' }, proofs: [proof('password'), proof('email_code')] },
      expect: 'pass',
    },
    {
      says: 'another factor does not',
      facts: { risk: { emailCode: true, why: 'unknown_device' }, proofs: [proof('password'), proof('sms_code')] },
      expect: 'email_code',
    },
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
}

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
