import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { DOMParser } from '@xmldom/xmldom'
import { describe, expect, test } from 'vitest'
import { SignedXml } from 'xml-crypto'
import { authnRequest, logoutRequest, logoutResponse } from '../../src/sso/messages.ts'
import type { OutgoingMessage } from '../../src/sso/outgoing-signature.ts'

// What we send, read by those who did not write it: xml-crypto and xmldom for XML, node:crypto over the query as it came.

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const privateKeyPem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const publicKeyPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const otherKeyPem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString()

const head = {
  id: '_r1',
  issuer: 'https://auth.test/saml/corp/metadata',
  destination: 'https://idp.corp.test/sso',
  now: Date.UTC(2026, 10, 22, 7, 0, 0),
  key: { privateKeyPem, certificate: 'MIIBcert' },
  relayState: 'r:abc',
}
const asked = { ...head, acsUrl: 'https://auth.test/saml/corp/acs', forced: false, contexts: [] }
const told = { ...head, nameId: 'mallory@corp.test', nameIdFormat: 'urn:f', sessionIndex: '_s1' }
const nasty = `"><x y='1'/>&amp;<!--\r\n\t"]]>`

describe('a redirected message', () => {
  test('is signed over exactly the bytes that go out, in the order of the binding', async () => {
    const { query } = redirected(await authnRequest({ ...asked, binding: 'redirect' }))

    expect(query.map(([name]) => name)).toEqual(['SAMLRequest', 'RelayState', 'SigAlg', 'Signature'])
    expect(verifies(query, publicKeyPem)).toBe(true)
    expect(verifies(query, otherKeyPem)).toBe(false)
  })

  test('carries no relay state when there is none', async () => {
    const { query } = redirected(await authnRequest({ ...asked, binding: 'redirect', relayState: null }))

    expect(query.map(([name]) => name)).toEqual(['SAMLRequest', 'SigAlg', 'Signature'])
    expect(verifies(query, publicKeyPem)).toBe(true)
  })

  test('keeps the query that the provider has in its address', async () => {
    const message = await authnRequest({ ...asked, binding: 'redirect', destination: 'https://idp.test/sso?tenant=1' })

    expect(message.kind === 'redirect' && message.url.startsWith('https://idp.test/sso?tenant=1&SAMLRequest=')).toBe(
      true,
    )
  })

  test('has no XML signature inside: the query is what is signed', async () => {
    const { xml } = redirected(await logoutRequest({ ...told, binding: 'redirect' }))

    expect(xml).not.toContain('Signature')
  })
})

describe('a posted message', () => {
  test.each([
    ['AuthnRequest', () => authnRequest({ ...asked, binding: 'post', contexts: ['urn:a', nasty] })],
    ['LogoutRequest', () => logoutRequest({ ...told, binding: 'post', nameId: nasty, sessionIndex: nasty })],
    ['LogoutResponse', () => logoutResponse({ ...head, binding: 'post', inResponseTo: nasty })],
  ])('%s carries a signature over its root that another reader finds right', async (name, make) => {
    const { location, fields, xml } = posted(await make())

    expect(location).toBe(head.destination)
    expect(fields).toMatchObject({ RelayState: 'r:abc' })
    expect(signedPart(xml, publicKeyPem)).toContain(`<samlp:${name} `)
    expect(signedPart(xml, otherKeyPem)).toBeNull()
    expect(signedPart(xml.replace('auth.test', 'evil.test'), publicKeyPem)).toBeNull()
    const order = Array.from(documentOf(xml).documentElement.childNodes).map(node => node.nodeName)
    expect(order.slice(0, 2)).toEqual(['saml:Issuer', 'ds:Signature'])
    expect(xml).toContain('<ds:X509Certificate>MIIBcert</ds:X509Certificate>')
  })
})

describe('what is said', () => {
  test('a sign-in asks for the e-mail address, to be posted to our address', async () => {
    const { xml } = redirected(await authnRequest({ ...asked, binding: 'redirect' }))
    const root = documentOf(xml).documentElement

    expect(attributesOf(root)).toEqual({
      'xmlns:samlp': 'urn:oasis:names:tc:SAML:2.0:protocol',
      ID: '_r1',
      Version: '2.0',
      IssueInstant: '2026-11-22T07:00:00Z',
      Destination: 'https://idp.corp.test/sso',
      AssertionConsumerServiceURL: 'https://auth.test/saml/corp/acs',
      ProtocolBinding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
    })
    expect(textOf(xml, 'Issuer')).toEqual([head.issuer])
    const policy = documentOf(xml).getElementsByTagName('samlp:NameIDPolicy')[0]
    expect(policy === undefined ? null : attributesOf(policy)).toEqual({
      AllowCreate: 'true',
      Format: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    })
    expect(xml).not.toContain('RequestedAuthnContext')
  })

  test('a step-up forces the provider to ask anew, and demands one of exactly these contexts', async () => {
    const { xml } = redirected(
      await authnRequest({ ...asked, binding: 'redirect', forced: true, contexts: ['urn:a', 'urn:b'] }),
    )

    expect(documentOf(xml).documentElement.getAttribute('ForceAuthn')).toBe('true')
    expect(xml).toContain('<samlp:RequestedAuthnContext Comparison="exact">')
    expect(textOf(xml, 'AuthnContextClassRef')).toEqual(['urn:a', 'urn:b'])
  })

  test('a sign-out names the person and the session in the words of the provider, and ends in time', async () => {
    const { xml } = redirected(await logoutRequest({ ...told, binding: 'redirect' }))

    expect(textOf(xml, 'NameID')).toEqual(['mallory@corp.test'])
    expect(documentOf(xml).getElementsByTagName('saml:NameID')[0]?.getAttribute('Format')).toBe('urn:f')
    expect(textOf(xml, 'SessionIndex')).toEqual(['_s1'])
    expect(documentOf(xml).documentElement.getAttribute('NotOnOrAfter')).toBe('2026-11-22T07:05:00Z')
  })

  test('a sign-out without a format and an index leaves both out', async () => {
    const { xml } = redirected(
      await logoutRequest({ ...told, binding: 'redirect', nameIdFormat: null, sessionIndex: null }),
    )

    expect(xml).not.toMatch(/Format|SessionIndex/)
  })

  test('an answer says done, and to what', async () => {
    const { xml } = redirected(await logoutResponse({ ...head, binding: 'redirect', inResponseTo: '_theirs' }))

    expect(xml.startsWith('<samlp:LogoutResponse ')).toBe(true)
    expect(documentOf(xml).documentElement.getAttribute('InResponseTo')).toBe('_theirs')
    expect(xml).toContain('Value="urn:oasis:names:tc:SAML:2.0:status:Success"')
  })
})

describe('values from outside', () => {
  test('write no markup and no attributes of their own, and come out as they went in', async () => {
    const message = await logoutRequest({
      ...told,
      binding: 'post',
      nameId: nasty,
      sessionIndex: nasty,
      nameIdFormat: nasty,
    })
    const { xml } = posted(message)

    expect(documentOf(xml).getElementsByTagName('x').length).toBe(0)
    expect(textOf(xml, 'NameID')).toEqual([nasty])
    expect(textOf(xml, 'SessionIndex')).toEqual([nasty])
    expect(documentOf(xml).getElementsByTagName('saml:NameID')[0]?.getAttribute('Format')).toBe(nasty)
  })

  test.each(['\u0000', '\u001b', '\ud800', '\uffff'])(
    'with a character that XML cannot hold are not sent (%j)',
    async value => {
      await expect(async () => await logoutRequest({ ...told, binding: 'post', nameId: value })).rejects.toThrow(
        'internal',
      )
    },
  )
})

function redirected(message: OutgoingMessage) {
  if (message.kind !== 'redirect') throw new Error('not a redirect')
  const query = message.url
    .slice(message.url.indexOf('?') + 1)
    .split('&')
    .map(pair => pair.split('=', 2))
  const [, value = ''] = query[0] ?? []
  const xml = inflateRawSync(Buffer.from(decodeURIComponent(value), 'base64')).toString()
  return { query, xml }
}

function verifies(query: readonly string[][], key: string): boolean {
  const signed = query.slice(0, -1).map(pair => pair.join('='))
  const signature = Buffer.from(decodeURIComponent(query.at(-1)?.[1] ?? ''), 'base64')
  return verify('sha256', Buffer.from(signed.join('&')), createPublicKey(key), signature)
}

function posted(message: OutgoingMessage) {
  if (message.kind !== 'post') throw new Error('not a post')
  const { fields, location } = message
  const { SAMLRequest, SAMLResponse } = fields
  return { fields, location, xml: Buffer.from(SAMLRequest ?? SAMLResponse ?? '', 'base64').toString() }
}

/** What xml-crypto finds signed by that key; null when nothing is. */
function signedPart(xml: string, key: string): string | null {
  const signature = documentOf(xml).getElementsByTagName('ds:Signature')[0]
  const reader = new SignedXml({ publicCert: key, getCertFromKeyInfo: () => null })
  if (signature === undefined) return null
  reader.loadSignature(signature)
  try {
    return reader.checkSignature(xml) ? (reader.getSignedReferences()[0] ?? null) : null
  } catch {
    return null
  }
}

function documentOf(xml: string) {
  return new DOMParser().parseFromString(xml, 'text/xml')
}

function attributesOf(element: Element) {
  return Object.fromEntries(Array.from(element.attributes).map(({ name, value }) => [name, value]))
}

function textOf(xml: string, name: string) {
  return Array.from(documentOf(xml).getElementsByTagNameNS('*', name)).map(one => one.textContent)
}
