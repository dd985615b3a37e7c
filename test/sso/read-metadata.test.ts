import { describe, expect, test } from 'vitest'
import { samlAddresses } from '../../src/sso/addresses.ts'
import type { MetadataReading } from '../../src/sso/metadata-reading.ts'
import { ownMetadata } from '../../src/sso/own-metadata.ts'
import { readMetadata } from '../../src/sso/read-metadata.ts'
import { createXmlPool } from '../../src/sso/xml-pool.ts'
import {
  curveKey,
  entities,
  type IdpDocument,
  idpMetadata,
  keyDescriptor,
  keyOf,
  providerCertificate,
  service,
} from '../support/idp-metadata.ts'
import { createTestClock } from '../support/test-clock.ts'

const now = 1_800_000_000_000
const certificate = providerCertificate()
const other = providerCertificate()

const read = (document: string, about: { entityId?: string; plainHttp?: boolean } = {}): MetadataReading =>
  readMetadata({ document, entityId: about.entityId ?? null, plainHttp: about.plainHttp ?? false, now })

function metadataOf(reading: MetadataReading) {
  if (reading.kind !== 'read') throw new Error(reading.problems.join('; '))
  return reading.metadata
}

const problemsOf = (reading: MetadataReading) => (reading.kind === 'refused' ? reading.problems : [])
const notesOf = (reading: MetadataReading) => (reading.kind === 'read' ? reading.notes : [])
const sso = (location: string, binding = 'HTTP-Redirect') => service('SingleSignOnService', binding, location)

describe('metadata of an identity provider', () => {
  test('is read: name, addresses, certificates, wishes, and its end', () => {
    const document = idpMetadata({
      certificates: [certificate, other],
      entityAttributes: 'validUntil="2029-05-01T10:00:00.123Z" ID="_1"',
      roleAttributes: 'WantAuthnRequestsSigned="true"',
      signOn:
        sso('https://idp.test/sso?tenant=1') +
        sso('https://idp.test/post', 'HTTP-POST') +
        sso('https://idp.test/soap', 'SOAP'),
      logout: service(
        'SingleLogoutService',
        'HTTP-POST',
        'https://idp.test/slo',
        'ResponseLocation="https://idp.test/done"',
      ),
    })

    const { digest, ...metadata } = metadataOf(read(document))

    expect(metadata).toEqual({
      entityId: 'https://idp.test/metadata',
      signOn: [
        { binding: 'redirect', location: 'https://idp.test/sso?tenant=1' },
        { binding: 'post', location: 'https://idp.test/post' },
      ],
      logout: [{ binding: 'post', location: 'https://idp.test/slo', responseLocation: 'https://idp.test/done' }],
      certificates: [certificate, other],
      wantsSignedRequests: true,
      validUntil: Date.UTC(2029, 4, 1, 10, 0, 0, 123),
      readAt: now,
    })
    expect(digest).toMatch(/^[\w-]{43}$/)
  })

  test('may begin with an XML declaration or the byte order mark of a Windows editor', () => {
    const before = '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n'
    expect(metadataOf(read(idpMetadata({ certificates: [certificate], before }))).certificates).toEqual([certificate])
  })

  test('a key for signing is one that is said to sign, or whose use is not said; the same key counts once', () => {
    const keys = [
      keyDescriptor(certificate, ''),
      keyDescriptor(other, 'use="encryption"'),
      keyDescriptor(certificate),
    ].join('')

    expect(metadataOf(read(idpMetadata({ keys }))).certificates).toEqual([certificate])
  })

  test.each(['prime256v1', 'secp384r1', 'secp521r1'])('keys on the curve %s are taken', curve => {
    const own = providerCertificate(now * 1.1, curveKey(curve))
    expect(metadataOf(read(idpMetadata({ certificates: [own] }))).certificates).toEqual([own])
  })

  test('a weak key is left out with a note, a certificate that has ended is taken with one', () => {
    const weak = providerCertificate(undefined, keyOf('rsa', 1_024))
    const unknown = providerCertificate(undefined, curveKey('secp256k1'))
    const ended = providerCertificate(now - 1)
    const reading = read(idpMetadata({ certificates: [weak, unknown, ended] }))

    expect(metadataOf(reading).certificates).toEqual([ended])
    expect(notesOf(reading)).toEqual([
      expect.stringMatching(/^KeyDescriptor\[1\].*RSA 1024.*left out/),
      expect.stringMatching(/^KeyDescriptor\[2\].*EC secp256k1.*left out/),
      expect.stringMatching(/^KeyDescriptor\[3\].*ended 2027/),
    ])
  })

  test('of several providers one is named, and the earliest end around it holds', () => {
    const one = idpMetadata({
      entityId: 'urn:one',
      certificates: [certificate],
      entityAttributes: 'validUntil="2031-01-01T00:00:00Z"',
    })
    const two = idpMetadata({ entityId: 'urn:two', certificates: [other] })
    const document = entities(one, two)

    expect(problemsOf(read(document))).toEqual([expect.stringContaining('name one with --entity (urn:one, urn:two)')])
    expect(problemsOf(read(document, { entityId: 'urn:three' }))).toEqual([
      expect.stringContaining('it has urn:one, urn:two'),
    ])
    const chosen = metadataOf(read(document, { entityId: 'urn:one' }))
    expect([chosen.entityId, chosen.validUntil]).toEqual(['urn:one', Date.UTC(2030, 0, 1)])
    expect(metadataOf(read(entities(two))).entityId).toBe('urn:two')
  })

  const good: IdpDocument = { certificates: [certificate] }
  const refusals: readonly (readonly [string, string, RegExp])[] = [
    ['a DOCTYPE', `<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>${idpMetadata(good)}`, /DOCTYPE.*remove/],
    ['a comment', idpMetadata({ ...good, before: '<!-- hello -->' }), /comment.*remove/],
    [
      'a processing instruction',
      idpMetadata({ ...good, before: '<?xml-stylesheet href="a"?>' }),
      /processing instruction/,
    ],
    ['what is no XML', 'hello', /whole and as it was given out/],
    ['nothing', '', /whole and as it was given out/],
    ['a document that was cut off', idpMetadata(good).slice(0, -40), /whole/],
    [
      'a document of more than a megabyte',
      idpMetadata({ ...good, before: ' '.repeat(1024 * 1024) }),
      /1048576 at most/,
    ],
    ['something else', '<html xmlns="http://www.w3.org/1999/xhtml"/>', /is a html/],
    [
      'a provider in no namespace',
      idpMetadata(good).replace(/xmlns:md="[^"]*"/, 'xmlns:md="urn:x"'),
      /EntityDescriptor/,
    ],
    ['our own metadata', ownMetadata(samlAddresses('https://sp.test', 'x'), []), /describes a service provider/],
    [
      'SAML 1.1 alone',
      idpMetadata({ ...good, protocols: 'urn:oasis:names:tc:SAML:1.1:protocol' }),
      /does not support SAML 2.0/,
    ],
    ['no name', idpMetadata({ ...good, entityId: '' }), /entityID is empty/],
    ['a name with spaces', idpMetadata({ ...good, entityId: 'https://idp.test/ ' }), /entityID/],
    ['a name that is too long', idpMetadata({ ...good, entityId: `urn:${'a'.repeat(1100)}` }), /1 to 1024/],
    ['no certificate', idpMetadata({}), /names no certificate/],
    [
      'weak keys alone',
      idpMetadata({ certificates: [providerCertificate(undefined, keyOf('rsa', 1_024))] }),
      /names no certificate/,
    ],
    ['a certificate that is none', idpMetadata({ certificates: ['AAAA'] }), /KeyDescriptor\[1\].*X\.509/],
    [
      'a certificate that is no base64',
      idpMetadata({ certificates: [`${certificate}!`] }),
      /KeyDescriptor\[1\].*X\.509/,
    ],
    [
      'more certificates than we try',
      idpMetadata({ certificates: Array.from({ length: 6 }, () => providerCertificate()) }),
      /6 signing certificates, 5 at most/,
    ],
    ['no address to sign in at', idpMetadata({ ...good, signOn: '' }), /no SingleSignOnService/],
    [
      'bindings that are not ours alone',
      idpMetadata({ ...good, signOn: sso('https://idp.test/', 'SOAP') }),
      /no SingleSignOnService/,
    ],
    [
      'plain http',
      idpMetadata({ ...good, signOn: sso('http://idp.test/') }),
      /SingleSignOnService\[1\] Location.*https/,
    ],
    ['javascript', idpMetadata({ ...good, signOn: sso('javascript:alert(1)') }), /https address/],
    ['a name and password', idpMetadata({ ...good, signOn: sso('https://a:b@idp.test/') }), /no name and no password/],
    ['a fragment', idpMetadata({ ...good, signOn: sso('https://idp.test/#a') }), /fragment/],
    ['an empty fragment', idpMetadata({ ...good, signOn: sso('https://idp.test/#') }), /fragment/],
    ['a relative address', idpMetadata({ ...good, signOn: sso('/sso') }), /absolute/],
    ['a line break in an address', idpMetadata({ ...good, signOn: sso('https://idp.test/&#10;x') }), /absolute/],
    ['a backslash in an address', idpMetadata({ ...good, signOn: sso('https:\\\\idp.test') }), /absolute/],
    ['no address', idpMetadata({ ...good, signOn: sso('') }), /Location is empty/],
    [
      'a bad address to sign out at',
      idpMetadata({ ...good, logout: service('SingleLogoutService', 'HTTP-POST', 'ftp://x/') }),
      /SingleLogoutService\[1\]/,
    ],
    [
      'a bad address for answers',
      idpMetadata({
        ...good,
        logout: service('SingleLogoutService', 'HTTP-POST', 'https://a.test/', 'ResponseLocation="data:x"'),
      }),
      /ResponseLocation/,
    ],
    ['too many addresses', idpMetadata({ ...good, signOn: sso('https://idp.test/').repeat(21) }), /20 at most/],
    [
      'an end that has passed',
      idpMetadata({ ...good, entityAttributes: 'validUntil="2026-01-01T00:00:00Z"' }),
      /valid until 2026-01-01.*fresh/,
    ],
    [
      'an end without a zone',
      idpMetadata({ ...good, entityAttributes: 'validUntil="2036-01-01T00:00:00"' }),
      /with its zone/,
    ],
    [
      'an end of the role that has passed',
      idpMetadata({ ...good, roleAttributes: 'validUntil="2026-01-01T00:00:00Z"' }),
      /valid until/,
    ],
    ['text between elements', idpMetadata(good).replace('<md:NameIDFormat>', 'x<md:NameIDFormat>'), /text within/],
  ]
  test.each(refusals)('is refused with words that help: %s', (_, document, expected) => {
    expect(problemsOf(read(document)).join('\n')).toMatch(expected)
  })

  test('everything that is wrong is said at once', () => {
    const document = idpMetadata({ entityId: '', certificates: ['AAAA'], signOn: sso('http://idp.test/') })
    expect(problemsOf(read(document))).toHaveLength(3)
  })

  test('in development, where the portal itself is plain, addresses may be plain too, and nothing else', () => {
    const plain = idpMetadata({ ...good, signOn: sso('http://localhost:7000/sso') })

    expect(metadataOf(read(plain, { plainHttp: true })).signOn).toEqual([
      { binding: 'redirect', location: 'http://localhost:7000/sso' },
    ])
    expect(problemsOf(read(idpMetadata({ ...good, signOn: sso('javascript:1') }), { plainHttp: true }))).toHaveLength(1)
  })

  test('is read in the threads for XML as well', async () => {
    await using pool = createXmlPool({ clock: createTestClock() })
    const question = { document: idpMetadata(good), entityId: null, plainHttp: false, now }

    expect(await pool.run('metadata', question)).toEqual({ kind: 'done', value: readMetadata(question) })
  })
})
