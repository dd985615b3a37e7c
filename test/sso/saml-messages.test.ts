import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { SignedXml } from 'xml-crypto'
import { encode, makeProvider, pemOf, responseXml, signedResponse } from '../support/saml-messages.ts'

test('a made certificate is one that Node reads, over the key that it names', () => {
  for (const kind of ['rsa-2048', 'p-256', 'p-384'] as const) {
    const { certificate, publicKey, privateKey } = makeProvider('https://idp.test', kind)
    const read = new X509Certificate(Buffer.from(certificate, 'base64'))
    expect(read.subject).toBe('CN=https://idp.test')
    expect([read.publicKey.equals(publicKey), read.checkPrivateKey(privateKey), read.verify(publicKey)]).toEqual([
      true,
      true,
      true,
    ])
  }
})

test.each(['assertion', 'response', 'both'] as const)('a message is signed as asked (%s)', sign => {
  const provider = makeProvider()
  const xml = signedResponse(provider, { sign, attributes: { groups: ['a', 'b'] } })
  const signatures = xml.match(/<ds:Signature [\s\S]*?<\/ds:Signature>/g) ?? []
  expect(signatures).toHaveLength(sign === 'both' ? 2 : 1)
  for (const signature of signatures) {
    const check = new SignedXml({ publicCert: pemOf(provider.certificate) })
    check.loadSignature(signature)
    expect(check.checkSignature(xml)).toBe(true)
  }
  expect(Buffer.from(encode(xml), 'base64').toString()).toBe(xml)
})

test('prefixes are the caller’s', () => {
  const xml = responseXml({ prefixes: { samlp: 'p', saml: 'a' } })
  expect(xml).toContain('<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:a=')
  expect(xml).toContain('<a:NameID ')
  expect(xml).not.toMatch(/samlp?:[A-Z]/)
})
