import { generateKeyPairSync } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { isoInstant } from '../../src/lib/instant.ts'
import type { LogoutQuestion } from '../../src/sso/logout-reading.ts'
import { logoutRequest, logoutResponse } from '../../src/sso/messages.ts'
import { readLogout } from '../../src/sso/read-logout.ts'
import {
  type LogoutParts,
  logoutQuestionOf,
  logoutRequestXml,
  logoutResponseXml,
  logoutUrl,
  type QuerySigning,
  signLogout,
  signLogoutQuery,
} from '../support/saml-logout-messages.ts'
import { emailFormat, fixture, makeProvider, responseXml, signedResponse } from '../support/saml-messages.ts'
import { algorithms, type Signing, signElement } from '../support/saml-signing.ts'

const idp = makeProvider()
const stranger = makeProvider(idp.entityId)
const elliptic = makeProvider(idp.entityId, 'p-256')
const short = makeProvider(idp.entityId, 'rsa-1024')

const read = (message: string, more: Partial<LogoutQuestion> = {}, from = idp) =>
  readLogout(logoutQuestionOf(message, from, more))
const posted = (parts: LogoutParts = {}, how: Signing = {}, from = idp) =>
  read(signLogout(logoutRequestXml(parts), from, how), {}, from)
const redirected = (parts: LogoutParts = {}, how: QuerySigning = {}, from = idp) =>
  read(signLogoutQuery(logoutRequestXml(parts), from, how), {}, from)
const ways = [
  ['by post', (parts: LogoutParts) => posted(parts)],
  ['by redirect', (parts: LogoutParts) => redirected(parts)],
] as const
const asked = { nameId: fixture.nameId, nameIdFormat: emailFormat, sessionIndexes: ['_session-1'] }

describe('a genuine request', () => {
  test.each(ways)('is read %s', (_, send) => {
    expect(send({})).toEqual({
      kind: 'request',
      id: '_logout-1',
      subject: asked,
      relayState: null,
      issuedAt: fixture.now,
      endsAt: fixture.now + 300_000 + 120_000,
      seen: { issuer: idp.entityId, nameId: fixture.nameId, offsetMs: 0 },
    })
  })

  test.each(ways)('may name no session, several, and no format %s', (_, send) => {
    expect(send({ sessionIndexes: [] })).toMatchObject({ subject: { ...asked, sessionIndexes: [] } })
    expect(send({ sessionIndexes: ['a', 'b'], nameIdFormat: null })).toMatchObject({
      subject: { ...asked, sessionIndexes: ['a', 'b'], nameIdFormat: null },
    })
  })

  test.each(['rsaSha256', 'rsaSha384', 'rsaSha512'] as const)('may be signed with %s', name => {
    expect(posted({}, { signatureAlgorithm: algorithms[name] }).kind).toBe('request')
    expect(redirected({}, { algorithm: algorithms[name] }).kind).toBe('request')
  })

  test('may be signed with an elliptic key', () => {
    expect(posted({}, {}, elliptic).kind).toBe('request')
    expect(redirected({}, { algorithm: algorithms.ecdsaSha256 }, elliptic).kind).toBe('request')
  })

  test('is known by any of the certificates: one is new, one is old', () => {
    const provider = { entityId: idp.entityId, certificates: [stranger.certificate, idp.certificate], skewMs: 0 }

    expect(read(signLogout(logoutRequestXml(), idp), { provider }).kind).toBe('request')
    expect(read(signLogoutQuery(logoutRequestXml(), idp), { provider }).kind).toBe('request')
  })

  test('brings its relay state along, whatever the encoding', () => {
    expect(redirected({}, { relayState: 'a+b c/ü&=' })).toMatchObject({ relayState: 'a+b c/ü&=' })
    const lowered = (value: string) => encodeURIComponent(value).replaceAll(/%../g, found => found.toLowerCase())
    expect(redirected({}, { relayState: 'a/b', encode: lowered })).toMatchObject({ kind: 'request', relayState: 'a/b' })
    const plus = (value: string) => encodeURIComponent(value).replaceAll('%20', '+')
    expect(redirected({}, { relayState: 'a b', encode: plus })).toMatchObject({ relayState: 'a b' })
  })

  test('may have its parameters in any order, and others beside them', () => {
    const [request, algorithm, signature] = signLogoutQuery(logoutRequestXml(), idp).split('&')

    expect(read(`client=7&${signature}&${algorithm}&${request}&lang=en`).kind).toBe('request')
  })
})

describe('a genuine response', () => {
  test.each([
    ['by post', (parts: LogoutParts) => read(signLogout(logoutResponseXml(parts), idp))],
    ['by redirect', (parts: LogoutParts) => read(signLogoutQuery(logoutResponseXml(parts), idp))],
  ])('is read %s, with what it answers and whether it is done', (_, send) => {
    expect(send({})).toMatchObject({ kind: 'response', id: '_logout-1', inResponseTo: '_ours', done: true })
    expect(send({ status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' })).toMatchObject({ done: false })
  })

  test('without a request that it answers is refused', () => {
    expect(read(signLogout(logoutResponseXml({ inResponseTo: null }), idp))).toMatchObject({ cause: 'wrong_structure' })
  })

  test.each(['samlp:ManageNameIDRequest', 'saml:LogoutRequest'])('is no %s with the same content', name => {
    const xml = logoutRequestXml().replaceAll('samlp:LogoutRequest', name)

    expect(read(signLogoutQuery(xml, idp))).toMatchObject({ kind: 'refused', cause: 'wrong_structure' })
  })

  test('is no request, and a request is no response, in whatever parameter it comes', () => {
    const request = logoutQuestionOf(signLogout(logoutRequestXml(), idp), idp)
    if (request.message.binding !== 'post') throw new Error('not by post')

    const swapped = readLogout({ ...request, message: { ...request.message, parameter: 'SAMLResponse' } })

    expect(swapped).toMatchObject({ kind: 'refused', cause: 'wrong_structure' })
  })
})

describe('what we send ourselves', () => {
  test.each(['redirect', 'post'] as const)(
    'is what we would accept by %s: two gateways understand each other',
    async binding => {
      const key = { privateKeyPem: idp.privatePem, certificate: idp.certificate }
      const head = {
        id: '_r1',
        issuer: idp.entityId,
        destination: logoutUrl,
        now: fixture.now,
        relayState: 'r',
        binding,
        key,
      }
      const messages = [
        await logoutRequest({ ...head, nameId: '<&">', nameIdFormat: null, sessionIndex: '_s' }),
        await logoutResponse({ ...head, inResponseTo: '_theirs' }),
      ]

      const readings = messages.map(message => {
        if (message.kind === 'redirect') return read(message.url.slice(message.url.indexOf('?') + 1))
        const { SAMLRequest, SAMLResponse = SAMLRequest ?? '' } = message.fields
        return read(Buffer.from(SAMLResponse, 'base64').toString())
      })

      expect(readings).toMatchObject([
        { kind: 'request', subject: { nameId: '<&">', sessionIndexes: ['_s'] } },
        { kind: 'response', inResponseTo: '_theirs', done: true },
      ])
    },
  )
})

describe('what is asked of every message', () => {
  const cases: readonly (readonly [string, LogoutParts, string])[] = [
    ['another issuer', { issuer: 'https://other.test' }, 'issuer'],
    ['no issuer', { issuer: null }, 'wrong_structure'],
    ['another destination', { destination: `${logoutUrl}/` }, 'destination'],
    ['no destination', { destination: null }, 'destination'],
    ['another version', { version: '1.1' }, 'wrong_structure'],
    ['an ID that is none', { id: '1 2' }, 'wrong_structure'],
    ['no IssueInstant', { issueInstant: null }, 'wrong_structure'],
    ['an IssueInstant without a zone', { issueInstant: '2027-01-15T08:00:00' }, 'wrong_structure'],
    ['an IssueInstant to come', { issueInstant: isoInstant(fixture.now + 121_000) }, 'not_yet_valid'],
    ['an old IssueInstant', { issueInstant: isoInstant(fixture.now - 421_000), notOnOrAfter: null }, 'expired'],
    ['a NotOnOrAfter that has passed', { notOnOrAfter: isoInstant(fixture.now - 120_000) }, 'expired'],
    ['no NameID', { name: '' }, 'wrong_structure'],
    ['an empty NameID', { nameId: ' ' }, 'name_id'],
    ['two NameIDs', { more: '<saml:NameID>victim@corp.test</saml:NameID>' }, 'wrong_structure'],
    ['a NameID with an element in it', { nameId: 'a<b/>b' }, 'wrong_structure'],
    ['an encrypted NameID', { name: '<saml:EncryptedID/>' }, 'wrong_structure'],
    ['something unknown', { more: '<samlp:Unknown/>' }, 'wrong_structure'],
  ]
  for (const [way, send] of ways)
    test.each(cases)(`%s is refused ${way}`, (_, parts, cause) => {
      expect(send(parts)).toMatchObject({ kind: 'refused', cause })
    })

  test.each(ways)('a clock that is a little off is no cause %s', (_, send) => {
    expect(send({ issueInstant: isoInstant(fixture.now + 119_000) }).kind).toBe('request')
    expect(send({ notOnOrAfter: isoInstant(fixture.now - 119_000) }).kind).toBe('request')
  })

  test.each(ways)('a NotOnOrAfter in a year does not make it live on %s', (_, send) => {
    expect(send({ notOnOrAfter: isoInstant(fixture.now + 31_536_000_000) })).toMatchObject({
      endsAt: fixture.now + 420_000,
    })
  })
})

describe('a signature by post', () => {
  const refused = (message: string) => {
    const reading = read(message)
    return reading.kind === 'refused' ? reading.cause : reading.kind
  }
  const genuine = signLogout(logoutRequestXml(), idp)
  const signature = /<(?:ds:)?Signature.*<\/(?:ds:)?Signature>/s.exec(genuine)?.[0] ?? ''

  test('is asked for', () => {
    expect(refused(logoutRequestXml())).toBe('signature_missing')
    expect(refused(genuine.replace(signature, ''))).toBe('signature_missing')
  })

  test('of somebody else is none', () => {
    expect(refused(signLogout(logoutRequestXml(), stranger))).toBe('signature_wrong')
    expect(refused(signLogout(logoutRequestXml(), stranger, { keyInfo: idp.certificate }))).toBe('signature_wrong')
    const provider = { entityId: idp.entityId, certificates: [short.certificate], skewMs: 0 }
    expect(read(signLogout(logoutRequestXml(), short), { provider })).toMatchObject({ cause: 'signature_wrong' })
  })

  test('covers every value', () => {
    expect(refused(genuine.replace('mallory@', 'victim@'))).toBe('signature_wrong')
    expect(refused(genuine.replace('_session-1', '_session-2'))).toBe('signature_wrong')
    expect(refused(genuine.replace(logoutUrl, 'https://other.test/slo'))).toBe('signature_wrong')
  })

  test('of an assertion in it says nothing about the message (samlify issue 634)', () => {
    const assertion = /<saml:Assertion.*<\/saml:Assertion>/s.exec(signedResponse(idp))?.[0] ?? ''
    const victim = { nameId: 'victim@corp.test' }

    const wrapped = logoutRequestXml({ ...victim, more: `<samlp:Extensions>${assertion}</samlp:Extensions>` })
    expect(refused(wrapped)).toBe('signature_placement')
    expect(refused(logoutRequestXml({ ...victim, more: assertion }))).toBe('signature_placement')
    const both = signLogout(wrapped, stranger)
    expect(refused(both)).toBe('signature_placement')
    const inner = /<(?:ds:)?Signature.*?<\/(?:ds:)?Signature>/s.exec(assertion)?.[0] ?? ''
    expect(refused(logoutRequestXml({ ...victim, more: inner }))).not.toBe('request')
  })

  test('of a whole response or of another message is not moved here', () => {
    const response = signElement(responseXml(), 'Response', idp)
    const moved = /<(?:ds:)?Signature.*<\/(?:ds:)?Signature>/s.exec(response)?.[0] ?? ''

    expect(refused(logoutRequestXml({ id: '_response-1', more: moved }))).toBe('signature_wrong')
    expect(refused(logoutRequestXml({ id: '_logout-1', nameId: 'victim@corp.test', more: signature }))).toBe(
      'signature_wrong',
    )
    expect(refused(logoutRequestXml({ id: '_logout-2', more: signature }))).toBe('signature_placement')
  })

  test('of a genuine request that is wrapped into a forged one is refused', () => {
    const forged = { nameId: 'victim@corp.test' }
    const content = genuine.replace(signature, '')

    expect(refused(logoutRequestXml({ ...forged, more: `<samlp:Extensions>${genuine}</samlp:Extensions>` }))).toBe(
      'signature_placement',
    )
    for (const id of ['_logout-1', '_logout-2']) {
      const moved = logoutRequestXml({
        ...forged,
        id,
        more: `${signature}<samlp:Extensions>${content}</samlp:Extensions>`,
      })
      expect(refused(moved)).toMatch(/^signature_(wrong|placement)$/)
    }
    const inObject = signature.replace(/<\/((?:ds:)?)Signature>$/, `<$1Object>${content}</$1Object></$1Signature>`)
    expect(refused(logoutRequestXml({ ...forged, more: inObject }))).toBe('wrong_structure')
  })

  test.each([
    ['rsa-sha1', { signatureAlgorithm: algorithms.rsaSha1 }],
    ['a SHA-1 digest', { digestAlgorithm: algorithms.sha1 }],
    ['an inclusive canonical form', { canonicalization: algorithms.inclusive }],
    ['no exclusive transform', { transforms: [algorithms.enveloped] }],
  ])('with %s is refused', (_, how) => {
    expect(posted({}, how)).toMatchObject({ kind: 'refused', cause: 'algorithm' })
  })
})

describe('a signature by redirect', () => {
  const genuine = signLogoutQuery(logoutRequestXml(), idp, { relayState: 'r' })
  const [request = '', relay = '', algorithm = '', signature = ''] = genuine.split('&')
  const victim = signLogoutQuery(logoutRequestXml({ nameId: 'victim@corp.test' }), stranger).split('&')[0] ?? ''
  const refused = (query: string) => {
    const reading = read(query)
    return reading.kind === 'refused' ? reading.cause : reading.kind
  }

  test('is asked for, with its algorithm', () => {
    expect(refused(request)).toBe('signature_missing')
    expect(refused([request, relay, algorithm].join('&'))).toBe('signature_missing')
    expect(refused([request, relay, signature].join('&'))).toBe('signature_missing')
    expect(refused([request, relay, algorithm, 'Signature='].join('&'))).toBe('unreadable')
  })

  test('of somebody else is none', () => {
    expect(refused(signLogoutQuery(logoutRequestXml(), stranger))).toBe('signature_wrong')
  })

  test('covers the message, the relay state and the algorithm, and belongs to its kind of message', () => {
    expect(refused([victim, relay, algorithm, signature].join('&'))).toBe('signature_wrong')
    expect(refused([request, 'RelayState=other', algorithm, signature].join('&'))).toBe('signature_wrong')
    expect(refused([request, algorithm, signature].join('&'))).toBe('signature_wrong')
    expect(refused([request, relay, algorithm.replace('sha256', 'sha512'), signature].join('&'))).toBe(
      'signature_wrong',
    )
    expect(refused([request.replace('SAMLRequest', 'SAMLResponse'), relay, algorithm, signature].join('&'))).toBe(
      'signature_wrong',
    )
  })

  test('with SHA-1, with a MAC over the public certificate, or with something unknown is refused', () => {
    expect(redirected({}, { algorithm: algorithms.rsaSha1 })).toMatchObject({ cause: 'algorithm' })
    for (const name of [
      'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
      'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256',
      'toString',
      '',
    ])
      expect(redirected({}, { algorithm: name })).toMatchObject({ kind: 'refused', cause: 'algorithm' })
  })

  test('covers bytes, not their meaning: a value in another encoding is refused', () => {
    const other = request.replace(/[A-Za-z](?=[^=]*$)/, found => `%${found.charCodeAt(0).toString(16)}`)
    expect(other).not.toBe(request)
    expect(refused([other, relay, algorithm, signature].join('&'))).toBe('signature_wrong')
    expect(refused([request, 'RelayState=%72', algorithm, signature].join('&'))).toBe('signature_wrong')
  })

  test.each([
    ['a second message in front', `${victim}&${genuine}`],
    ['a second message behind', `${genuine}&${victim}`],
    ['a message of the other kind', `${genuine}&${victim.replace('SAMLRequest', 'SAMLResponse')}`],
    ['a second relay state', `${genuine}&RelayState=x`],
    ['a second algorithm', `${genuine}&${algorithm}`],
    ['a second signature', `${genuine}&${signature}`],
    ['a percent-encoded name', `${genuine}&${victim.replace('SAML', '%53AML')}`],
    ['a name that is encoded twice', `${genuine}&${victim.replace('SAML', '%2553AML')}`],
    ['a name in other case', `${genuine}&${victim.replace('SAMLRequest', 'samlrequest')}`],
    ['a name with brackets', `${genuine}&${victim.replace('SAMLRequest', 'SAMLRequest[]')}`],
    ['a name with a space', `${genuine}&${victim.replace('SAMLRequest', '+SAMLRequest')}`],
    ['a name with a NUL', `${genuine}&${victim.replace('SAMLRequest', 'SAMLRequest%00')}`],
    ['a name without a value', `${genuine}&SAMLRequest`],
    ['another encoding', `${genuine}&SAMLEncoding=urn%3Aother`],
    ['a message under an encoded name alone', genuine.replace('SAMLRequest', '%53AMLRequest')],
    ['a relay state under a name in other case', genuine.replace('RelayState', 'relaystate')],
    ['a fragment of a query in the query', genuine.replace('&', '&amp;')],
  ])('%s is refused', (_, query) => {
    expect(refused(query)).toBe(query.includes('&amp;') ? 'signature_wrong' : 'unreadable')
  })

  test('is the only one: an XML signature within is refused', () => {
    const query = signLogoutQuery(signLogout(logoutRequestXml(), idp), idp)

    expect(refused(query)).toBe('signature_placement')
  })
})

describe('what a message may be', () => {
  const doctype = '<!DOCTYPE r [<!ENTITY a "b">]>'

  test('has no DOCTYPE, no comment, no processing instruction', () => {
    for (const before of [doctype, '<!-- -->', '<?php ?>']) {
      expect(read(before + signLogout(logoutRequestXml(), idp))).toMatchObject({ cause: 'forbidden_markup' })
      expect(read(signLogoutQuery(before + logoutRequestXml(), idp))).toMatchObject({ cause: 'forbidden_markup' })
    }
    const commented = signLogout(logoutRequestXml({ nameId: 'victim@corp.test<!-- -->.evil.test' }), idp)
    expect(read(commented)).toMatchObject({ cause: 'forbidden_markup' })
  })

  test('is bounded before it is inflated, and while it is', () => {
    const bomb = deflateRawSync(Buffer.alloc(8 * 1024 * 1024, ' '))
    expect(bomb.length).toBeLessThan(16 * 1024)
    const before = process.memoryUsage().arrayBuffers

    expect(redirected({}, { deflated: bomb })).toMatchObject({
      cause: 'too_large',
      detail: expect.stringContaining('inflated'),
    })
    expect(redirected({}, { deflated: Buffer.alloc(16 * 1024 + 1) })).toMatchObject({
      cause: 'too_large',
      detail: expect.stringContaining('deflated'),
    })

    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 1024 * 1024)
  })

  test('is not inflated at all when nobody has signed it', () => {
    const query = signLogoutQuery(logoutRequestXml(), stranger, { deflated: deflateRawSync(Buffer.alloc(1024 * 1024)) })

    expect(read(query)).toMatchObject({ cause: 'signature_wrong', seen: { issuer: null } })
  })

  test('is not too long', () => {
    expect(read(`SAMLRequest=${'A'.repeat(50_000)}`)).toMatchObject({ cause: 'too_large' })
    expect(read(`<a>${' '.repeat(50_000)}</a>`)).toMatchObject({ cause: 'too_large' })
  })

  test('is base64, deflated, UTF-8', () => {
    expect(read('SAMLRequest=%zz&SigAlg=x&Signature=y')).toMatchObject({ cause: 'unreadable' })
    const encode = (value: string) => encodeURIComponent(value).replace('%3D', '%3')
    expect(redirected({}, { deflated: Buffer.from('x'), encode })).toMatchObject({ kind: 'refused' })
    expect(redirected({}, { deflated: Buffer.from('no deflate') })).toMatchObject({ cause: 'unreadable' })
    expect(redirected({}, { deflated: deflateRawSync(Buffer.from([0xff, 0xfe])) })).toMatchObject({
      cause: 'unreadable',
    })
    const { message, ...question } = logoutQuestionOf('<a/>', idp)
    expect(
      readLogout({
        ...question,
        message: { ...message, binding: 'post', parameter: 'SAMLRequest', relayState: null, encoded: '!' },
      }),
    ).toMatchObject({ cause: 'unreadable' })
  })

  test('is refused, whatever keys the certificates hold', () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    const der = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
    const provider = { entityId: idp.entityId, certificates: ['', 'AAAA', der], skewMs: 0 }

    expect(read(signLogout(logoutRequestXml(), idp), { provider })).toMatchObject({ cause: 'signature_wrong' })
    expect(read(signLogoutQuery(logoutRequestXml(), idp), { provider })).toMatchObject({ cause: 'signature_wrong' })
  })
})
