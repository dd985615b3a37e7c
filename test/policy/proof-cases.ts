// What the gates say about proofs: who somebody is, and how well that is known.
import type { GateName } from '../../src/policy/gate-name.ts'
import type { GateCase } from './gate-case.ts'
import { account, now, organization, organizationId, proof, route } from './good-facts.ts'

const other = organizationId('other')
const sso = organization({ sso: { required: true, breakGlassEmails: ['glass@acme.example'] } })
const glass = account({ email: 'glass@acme.example' })
const saml = proof('saml', { organization: organizationId('acme') })
const mfaContext = 'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract'

export const proofCases = {
  'first-factor-done': [
    { says: 'a right password is a first factor', facts: {}, expect: 'pass' },
    { says: 'so is a passkey', facts: { proofs: [proof('passkey')] }, expect: 'pass' },
    {
      says: "so is the word of the organization's own provider",
      facts: { organization: sso, proofs: [saml] },
      expect: 'pass',
    },
    {
      says: 'which is none once single sign-on does not speak, whatever code was added to it',
      facts: { proofs: [saml, proof('totp'), proof('email_code')] },
      expect: 'sign_in',
    },
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
    {
      says: 'a mailed code stands for the password where the organization allows it',
      facts: { organization: organization({ emailedCodes: true }), proofs: [proof('email_code')] },
      expect: 'pass',
    },
    {
      says: 'another organization’s leave says nothing about this account',
      facts: { organization: organization({ id: other, emailedCodes: true }), proofs: [proof('email_code')] },
      expect: 'sign_in',
    },
  ],
  'sso-respected': [
    { says: 'without single sign-on a password will do', facts: {}, expect: 'pass' },
    {
      says: 'people without an organization have no such rule',
      facts: { account: account({ organizationId: null }), organization: null },
      expect: 'pass',
    },
    { says: "the organization's provider vouched", facts: { organization: sso, proofs: [saml] }, expect: 'pass' },
    {
      says: 'what only a provider has vouched for ends with single sign-on',
      facts: { proofs: [saml] },
      expect: 'sign_in',
    },
    {
      says: 'a code that was added to the provider’s word does not keep it alive',
      facts: { proofs: [saml, proof('totp'), proof('email_code')] },
      expect: 'sign_in',
    },
    {
      says: 'a session with a password of its own outlives single sign-on that was rolled back',
      facts: { proofs: [proof('password'), saml] },
      expect: 'pass',
    },
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
      says: 'a break-glass account is the same in capitals: addresses are typed by people',
      facts: { organization: sso, account: account({ email: 'Glass@Acme.example' }) },
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
      says: "the provider's word is enough for an organization that asks everybody",
      facts: { organization: { ...sso, secondFactor: { roles: 'all', from: now } }, proofs: [saml] },
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
      says: 'the provider’s word is no second factor once single sign-on does not speak',
      facts: { account: account({ factors: ['totp'] }), proofs: [proof('password'), saml] },
      expect: 'second_factor',
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
      says: 'a break-glass name means nothing where there is no glass',
      facts: {
        organization: organization({ sso: { required: false, breakGlassEmails: [glass.email] } }),
        account: glass,
      },
      expect: 'pass',
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
    {
      says: 'an account with a second factor is asked for that instead',
      facts: { risk: { emailCode: true, why: 'suspicious' }, account: account({ factors: ['totp'] }) },
      expect: 'pass',
    },
  ],
} satisfies Partial<Record<GateName, readonly GateCase[]>>
