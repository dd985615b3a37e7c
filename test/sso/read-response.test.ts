import { describe, expect, test } from 'vitest'
import { isoInstant } from '../../src/lib/instant.ts'
import { readResponse } from '../../src/sso/read-response.ts'
import type { OpenRequest } from '../../src/sso/reading.ts'
import {
  encode,
  fixture,
  type MessageParts,
  type MessageSigning,
  makeProvider,
  passwordContext,
  questionOf,
  signedResponse,
} from '../support/saml-messages.ts'
import { algorithms } from '../support/saml-signing.ts'

const provider = makeProvider('https://idp.corp.test/metadata')
const other = makeProvider('https://idp.other.test/metadata')
const us = makeProvider('https://gw.test/sp')
const { now } = fixture

type Parts = MessageParts & MessageSigning
type More = NonNullable<Parameters<typeof questionOf>[2]>

function read(parts: Parts, more: More = {}) {
  return readResponse(questionOf(encode(signedResponse(provider, parts)), provider, more))
}

/** `accepted`, or the cause. */
function outcome(parts: Parts, more: More = {}): string {
  const reading = read(parts, more)
  return reading.kind === 'accepted' ? reading.kind : reading.cause
}

describe('a genuine message signs in', () => {
  const groups = { attributes: { groups: ['admins', 'people &amp; more'], mail: ['mallory@corp.test'] } }
  const ecdsa = makeProvider('https://idp.corp.test/metadata', 'p-256')
  test.each<[string, Parts, More?]>([
    ['the assertion signed', {}],
    ['the response signed', { sign: 'response' }],
    ['both signed', { sign: 'both' }],
    ['both signed and both asked for', { sign: 'both' }, { settings: { signed: 'response' } }],
    ['with attributes of xs:anyType', groups],
    ['written over many lines and signed so', { ...groups, pretty: true, sign: 'both' }],
    ['with other prefixes', { ...groups, prefixes: { samlp: 'p', saml: 'ns0' }, signaturePrefix: 'sig' }],
    ['with the signature in the default namespace', { signaturePrefix: '' }],
    ['by SHA-384', { signatureAlgorithm: algorithms.rsaSha384, digestAlgorithm: algorithms.sha384 }],
    ['by SHA-512', { signatureAlgorithm: algorithms.rsaSha512, digestAlgorithm: algorithms.sha512 }],
    ['with a list of inclusive prefixes', { ...groups, inclusive: ['xs', 'xsi', 'saml'], sign: 'both' }],
    ['without KeyInfo', { keyInfo: null }],
    ['with the certificate of somebody else in KeyInfo', { keyInfo: other.certificate }],
    ['from a clock 60 s ahead', { now: now + 60_000 }],
    ['from a clock 60 s behind', { now: now - 60_000 }],
    ['without a Destination, the assertion alone being signed', { destination: null }],
    ['without an Issuer of the Response', { responseIssuer: null }],
    ['with milliseconds', { issueInstant: '2027-01-15T08:00:00.123Z' }],
    ['without AuthnContextClassRef, none being asked for', { context: null }],
    ['without SessionNotOnOrAfter', { sessionUntil: null }],
    [
      'with OneTimeUse and ProxyRestriction',
      { moreConditions: '<saml:OneTimeUse/><saml:ProxyRestriction Count="0"/>' },
    ],
    ['with an XML declaration', { before: xml => `<?xml version="1.0" encoding="UTF-8"?>\n${xml}` }],
    ['that nobody asked for, where that is allowed', { inResponseTo: null }, { unsolicited: true, requests: [] }],
    [
      'with the address in an attribute',
      { ...groups, nameId: 'x7', nameIdFormat: persistent },
      { settings: { emailAttribute: 'mail' } },
    ],
  ])('%s', (_, parts, more) => {
    expect(read(parts, more)).toMatchObject({ kind: 'accepted', assertion: { email: 'mallory@corp.test' } })
  })

  test('by ECDSA', () => {
    const message = encode(signedResponse(ecdsa, { sign: 'both' }))
    expect(readResponse(questionOf(message, ecdsa))).toMatchObject({ kind: 'accepted' })
  })

  test('by the second of two certificates', () => {
    const message = encode(signedResponse(provider))
    const question = questionOf(message, provider)
    const certificates = [other.certificate, provider.certificate]
    expect(readResponse({ ...question, provider: { ...question.provider, certificates } }).kind).toBe('accepted')
  })

  test('in base64 with line breaks', () => {
    const message = encode(signedResponse(provider)).replaceAll(/.{76}/g, '$&\r\n')
    expect(readResponse(questionOf(message, provider)).kind).toBe('accepted')
  })

  test('and says what it says', () => {
    expect(read({ attributes: { groups: ['admins', 'people &amp; more'], constructor: ['x'] } })).toEqual({
      kind: 'accepted',
      assertion: {
        id: '_assertion-1',
        issuer: provider.entityId,
        requestId: fixture.requestId,
        nameId: 'mallory@corp.test',
        nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
        sessionIndex: '_session-1',
        email: 'mallory@corp.test',
        authenticatedAt: now - 1_000,
        issuedAt: now,
        context: passwordContext,
        sessionEndsAt: now + 8 * 3_600_000,
        endsAt: now + 300_000 + 120_000,
        attributes: Object.assign(Object.create(null), { groups: ['admins', 'people & more'], constructor: ['x'] }),
      },
      seen: { issuer: provider.entityId, nameId: 'mallory@corp.test', offsetMs: 0 },
    })
  })

  test('of the kind that the organization asks for, also where the provider begins', () => {
    const asked = { requests: [], unsolicited: true, settings: { contexts: ['urn:token'] } }
    expect(read({ inResponseTo: null, context: 'urn:token' }, asked).kind).toBe('accepted')
    expect(read({ inResponseTo: null }, asked)).toMatchObject({ kind: 'refused', cause: 'authentication_context' })
    expect(read({ inResponseTo: null, context: null }, asked)).toMatchObject({ cause: 'authentication_context' })
    // What a request of ours has asked for instead (a step-up) is what its answer is held to.
    expect(read({}, { settings: { contexts: ['urn:token'] } }).kind).toBe('accepted')
  })

  test('and has no attribute that nobody sent', () => {
    const reading = read({}, { settings: { emailAttribute: 'constructor' } })
    expect(reading).toMatchObject({ cause: 'name_id' })
  })
})

const persistent = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'
const ago = (ms: number) => isoInstant(now - ms)
const ahead = (ms: number) => isoInstant(now + ms)
const minutes = 60_000
const condition = (inner: string) =>
  `<saml:Conditions NotBefore="${ago(5_000)}" NotOnOrAfter="${ahead(300_000)}">${inner}</saml:Conditions>`
const audience = (...names: readonly string[]) =>
  `<saml:AudienceRestriction>${names.map(name => `<saml:Audience>${name}</saml:Audience>`).join('')}</saml:AudienceRestriction>`
const statusOf = (code: string, inner = '') =>
  `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${code}">${inner}</samlp:StatusCode></samlp:Status>`
const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
const confirmation = (data: string, inner = '') =>
  `<saml:SubjectConfirmation Method="${bearer}">${inner}<saml:SubjectConfirmationData ${data}/></saml:SubjectConfirmation>`
const goodData = `InResponseTo="${fixture.requestId}" Recipient="${fixture.sp.acsUrl}" NotOnOrAfter="${ahead(300_000)}"`
const subject = (inner: string) => `<saml:Subject>${inner}${confirmation(goodData)}</saml:Subject>`
const statement = (attributes: string) =>
  `<saml:AuthnStatement ${attributes}><saml:AuthnContext><saml:AuthnContextClassRef>${passwordContext}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`

describe('a genuine signature does not help a message', () => {
  // Each is refused with the cause, whichever element is signed.
  const table: readonly [string, string, Parts, More?][] = [
    ['that says the sign-in has failed', 'status', { status: statusOf('Responder') }],
    [
      'that says success and failure at once',
      'status',
      { status: statusOf('Success', '<samlp:StatusCode Value="urn:x"/>') },
    ],
    ['of another provider', 'issuer', { issuer: other.entityId }],
    [
      'whose assertion alone names another provider',
      'issuer',
      { issuer: other.entityId, responseIssuer: provider.entityId },
    ],
    ['whose Response names another provider', 'issuer', { responseIssuer: other.entityId }],
    ['whose issuer has the right name with a space', 'issuer', { issuer: `${provider.entityId} ` }],
    ['that is for another address', 'destination', { destination: 'https://gw.test/auth/saml/other' }],
    ['for another audience', 'audience', { audience: 'https://other.test/sp' }],
    ['for an audience that begins like us', 'audience', { audience: `${fixture.sp.entityId}/` }],
    ['without an audience', 'audience', { conditions: condition('') }],
    ['with an empty audience', 'audience', { conditions: condition('<saml:AudienceRestriction/>') }],
    [
      'with one restriction for us and one for others',
      'audience',
      { moreConditions: audience('https://other.test/sp') },
    ],
    ['without Conditions', 'conditions', { conditions: null }],
    ['with a condition that nobody knows', 'conditions', { moreConditions: '<saml:Condition/>' }],
    ['with a condition of another namespace', 'conditions', { moreConditions: '<x:OneTimeUse xmlns:x="urn:x"/>' }],
    ['with a known condition in another namespace', 'conditions', { moreConditions: '<OneTimeUse/>' }],
    ['whose Conditions ended ten minutes ago', 'expired', { notOnOrAfter: ago(10 * minutes) }],
    ['whose Conditions end at this moment, skew included', 'expired', { notOnOrAfter: ago(120_000) }],
    ['whose Conditions begin in ten minutes', 'not_yet_valid', { notBefore: ahead(10 * minutes) }],
    ['with a local time', 'conditions', { notBefore: '2027-01-15T08:00:00' }],
    ['with an offset', 'conditions', { notBefore: '2027-01-15T09:00:00+01:00' }],
    ['with 30 February', 'conditions', { notOnOrAfter: '2028-02-30T08:00:00Z' }],
    ['confirmed for another address', 'recipient', { recipient: 'https://other.test/acs' }],
    ['confirmed for no address', 'recipient', { recipient: null }],
    ['confirmed from a moment on', 'recipient', { confirmFrom: ago(60_000) }],
    ['confirmed without end', 'recipient', { confirmUntil: null }],
    ['confirmed until ten minutes ago', 'expired', { confirmUntil: ago(10 * minutes) }],
    ['confirmed in another way', 'recipient', { method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' }],
    ['not confirmed at all', 'recipient', { confirmation: '' }],
    [
      'confirmed for another subject',
      'recipient',
      { confirmation: confirmation(goodData, '<saml:NameID>x@corp.test</saml:NameID>') },
    ],
    ['that answers a request nobody sent', 'request_unknown', { inResponseTo: '_never' }],
    ['that nobody asked for', 'request_unknown', { inResponseTo: null }],
    ['whose Response answers another request', 'request_unknown', { responseInResponseTo: '_never' }],
    ['whose Response answers nothing', 'request_unknown', { responseInResponseTo: null }],
    [
      'whose Response answers nothing, where that is allowed',
      'request_unknown',
      { responseInResponseTo: null },
      { unsolicited: true },
    ],
    [
      'that answers a request of another browser',
      'request_unknown',
      {},
      { requests: [{ id: '_mine', startedAt: now, forced: false, contexts: [] }] },
    ],
    [
      'that answers an old request where unasked ones are allowed',
      'request_unknown',
      {},
      { requests: [], unsolicited: true },
    ],
    ['written in ten minutes', 'not_yet_valid', { issueInstant: ahead(10 * minutes) }],
    ['written two days ago', 'expired', { issueInstant: ago(2_880 * minutes) }],
    ['without AuthnStatement', 'authentication_statement', { authnStatement: null }],
    ['with a sign-in in ten minutes', 'authentication_statement', { authnInstant: ahead(10 * minutes) }],
    ['with a sign-in at no time', 'authentication_statement', { authnStatement: statement('') }],
    ['of a session that has ended', 'authentication_statement', { sessionUntil: ago(1_000) }],
    [
      'without AuthnContext',
      'authentication_statement',
      { authnStatement: `<saml:AuthnStatement AuthnInstant="${ago(1_000)}"/>` },
    ],
    ['of nobody', 'name_id', { subject: null }],
    ['of a subject without a name', 'name_id', { subject: subject('') }],
    [
      'of two names',
      'name_id',
      { subject: subject('<saml:NameID>a@corp.test</saml:NameID><saml:NameID>b@corp.test</saml:NameID>') },
    ],
    ['of a BaseID', 'name_id', { subject: subject('<saml:BaseID>a@corp.test</saml:BaseID>') }],
    ['of a name with elements in it', 'wrong_structure', { nameId: 'victim@corp.test<x>.evil.test</x>' }],
    ['of a name with a space before it', 'name_id', { nameId: ' mallory@corp.test' }],
    ['of a name with an invisible character', 'name_id', { nameId: 'mallory@corp.test&#x200b;' }],
    ['of a name over two lines', 'name_id', { nameId: 'mallory@corp.test&#13;x' }],
    ['of an empty name', 'name_id', { nameId: '' }],
    [
      'of a name with a space behind it, another attribute holding the address',
      'name_id',
      { nameId: 'x7 ', attributes: { mail: ['mallory@corp.test'] } },
      { settings: { emailAttribute: 'mail' } },
    ],
    ['of a name that is no address', 'name_id', { nameId: 'mallory' }],
    ['of two addresses', 'name_id', { nameId: 'mallory@corp.test@other.test' }],
    ['of an identifier that looks like an address', 'name_id', { nameIdFormat: persistent }],
    ['without the attribute that holds the address', 'name_id', {}, { settings: { emailAttribute: 'mail' } }],
    [
      'with two addresses in that attribute',
      'name_id',
      { attributes: { mail: ['a@corp.test', 'b@corp.test'] } },
      { settings: { emailAttribute: 'mail' } },
    ],
    ['of another version', 'wrong_structure', { version: '1.1' }],
    ['with an ID that is none', 'wrong_structure', { id: "x' or '1" }],
    [
      'with a statement that nobody knows',
      'wrong_structure',
      { moreInAssertion: '<saml:AuthzDecisionStatement Resource="x" Decision="Permit"/>' },
    ],
    [
      'with an attribute that only another reader could decrypt',
      'wrong_structure',
      { moreInAssertion: '<saml:AttributeStatement><saml:EncryptedAttribute/></saml:AttributeStatement>' },
    ],
    ['with text where none belongs', 'wrong_structure', { moreInAssertion: 'text' }],
    [
      'with two answers to one question',
      'wrong_structure',
      { before: xml => xml.replace(/<saml:AuthnContextClassRef>.*<\/saml:AuthnContextClassRef>/, '$&$&') },
    ],
    [
      'with an attribute that nobody knows',
      'wrong_structure',
      { before: xml => xml.replace('<saml:Conditions ', '<saml:Conditions NotAfter="2099" ') },
    ],
    ['with something behind its assertion', 'wrong_structure', { moreInResponse: '<x:y xmlns:x="urn:x"/>' }],
  ]
  test.each(table)('%s', (_, cause, parts, more) => {
    for (const sign of ['assertion', 'response', 'both'] as const) {
      expect(outcome({ ...parts, sign }, more), sign).toBe(cause)
    }
  })

  test('signed as a whole, and without a Destination', () => {
    expect(outcome({ sign: 'response', destination: null })).toBe('destination')
  })

  test.each([
    ['assertion', 'response'],
    ['response', 'assertion'],
  ] as const)('with the %s signed where the organization asks for the %s', (sign, signed) => {
    expect(outcome({ sign }, { settings: { signed } })).toBe('signature_missing')
    expect(outcome({ sign: 'both' }, { settings: { signed } })).toBe('accepted')
  })
})

describe('a request', () => {
  const request = (more: Partial<OpenRequest>): More => ({
    requests: [{ id: fixture.requestId, startedAt: now - 30_000, forced: false, contexts: [], ...more }],
  })

  test('for a new sign-in is not answered by an old one', () => {
    const [hourAgo, justNow] = [{ authnInstant: ago(60 * minutes) }, { authnInstant: ago(20_000) }]
    expect(outcome(hourAgo, request({ forced: false }))).toBe('accepted')
    expect(outcome(hourAgo, request({ forced: true }))).toBe('authentication_statement')
    expect(outcome(justNow, request({ forced: true }))).toBe('accepted')
  })

  test('for a way of signing in is answered by that way alone', () => {
    const contexts = ['urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken']
    expect(outcome({}, request({ contexts }))).toBe('authentication_context')
    expect(outcome({ context: null }, request({ contexts }))).toBe('authentication_context')
    expect(outcome({}, request({ contexts: [...contexts, passwordContext] }))).toBe('accepted')
  })

  test('is found among several, and one of several confirmations is enough', () => {
    const foreign = confirmation(`Recipient="https://other.test/acs" NotOnOrAfter="${ahead(300_000)}"`)
    expect(outcome({ confirmation: `${foreign}${confirmation(goodData)}` })).toBe('accepted')
    const two = [{ id: '_tab', startedAt: now, forced: false, contexts: [] }, ...(request({}).requests ?? [])]
    expect(read({}, { requests: two })).toMatchObject({ assertion: { requestId: fixture.requestId } })
  })
})

describe('clocks', () => {
  test('may differ by three minutes at most, whatever is configured', () => {
    const settings = { skewMs: 3_600_000 }
    expect(outcome({ now: now + 179_000 }, { settings })).toBe('accepted')
    expect(outcome({ now: now + 200_000 }, { settings })).toBe('not_yet_valid')
    expect(outcome({ notOnOrAfter: ago(200_000) }, { settings })).toBe('expired')
    expect(outcome({ now: now + 1_000, notBefore: null }, { settings: { skewMs: -1 } })).toBe('not_yet_valid')
  })

  test('what could be used for years is remembered for a day, and is of no use behind it', () => {
    const years = { confirmUntil: '2099-01-01T00:00:00Z', notOnOrAfter: null }
    expect(read(years)).toMatchObject({ assertion: { endsAt: now + 86_400_000 + 120_000 } })
    expect(outcome({ ...years, issueInstant: ago(86_400_000 + 120_000) })).toBe('expired')
  })

  test('of several sessions the one that ends first counts, and the latest sign-in', () => {
    const [first, second] = [
      `AuthnInstant="${ago(9_000)}" SessionNotOnOrAfter="${ahead(60_000)}"`,
      `AuthnInstant="${ago(1_000)}"`,
    ]
    const reading = read({ authnStatement: statement(first) + statement(second) })
    expect(reading).toMatchObject({ assertion: { sessionEndsAt: now + 60_000, authenticatedAt: now - 1_000 } })
  })

  test('several statements speak of one session: a logout that names another index would end nothing', () => {
    const ofSession = (index: string | null, at: number) =>
      statement(`AuthnInstant="${ago(at)}"${index === null ? '' : ` SessionIndex="${index}"`}`)
    const both = (first: string | null, second: string | null) =>
      read({ authnStatement: ofSession(first, 9_000) + ofSession(second, 1_000) })

    for (const [first, second] of [
      ['_a', '_a'],
      ['_a', null],
      [null, '_a'],
    ] as const)
      expect(both(first, second)).toMatchObject({ kind: 'accepted', assertion: { sessionIndex: '_a' } })
    expect(both(null, null)).toMatchObject({ kind: 'accepted', assertion: { sessionIndex: null } })
    expect(both('_a', '_b')).toMatchObject({
      cause: 'authentication_statement',
      detail: expect.stringContaining('SessionIndex'),
    })
  })
})

describe('what is told', () => {
  test('says what was found and what was expected, on one line and short', () => {
    const reading = read({ audience: `https://other.test/&#10;&#x202e;${'x'.repeat(900)}` })
    const detail = reading.kind === 'refused' ? reading.detail : ''
    expect(detail).toMatch(/^Audience is https:\/\/other\.test\/ {2}x+…, expected https:\/\/gw\.test\/sp$/)
    expect(detail.length).toBeLessThan(300)
  })

  test('names the provider’s own reason for a failure', () => {
    const inner = '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/>'
    const message = '<samlp:StatusMessage>no &lt;such&gt; user</samlp:StatusMessage></samlp:Status>'
    const status = statusOf('Responder', inner).replace('</samlp:Status>', message)
    expect(read({ status, sign: 'none' })).toMatchObject({
      cause: 'status',
      detail: expect.stringContaining('status:AuthnFailed, no <such> user'),
    })
  })

  test('the provider’s clock is measured by what it has signed, not by the Response around it', () => {
    const before = (xml: string) => xml.replace(/(<\S*Response[^>]*IssueInstant=")[^"]+/, `$1${ago(3_600_000)}`)
    expect(read({ sign: 'assertion', before })).toMatchObject({ kind: 'accepted', seen: { offsetMs: 0 } })
    expect(read({ sign: 'none', before })).toMatchObject({ kind: 'refused', seen: { offsetMs: -3_600_000 } })
  })

  test('hints come from refused messages too', () => {
    expect(read({ sign: 'none', now: now - 7_000 })).toMatchObject({
      cause: 'signature_missing',
      seen: { issuer: provider.entityId, nameId: 'mallory@corp.test', offsetMs: -7_000 },
    })
    expect(readResponse(questionOf('', us)).seen).toEqual({ issuer: null, nameId: null, offsetMs: null })
  })
})
