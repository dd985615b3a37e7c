import { DOMParser } from '@xmldom/xmldom'
import samlify from 'samlify'
import { expect, test } from 'vitest'
import { samlAddresses } from '../../src/sso/addresses.ts'
import type { PublishedKey } from '../../src/sso/own-keys.ts'
import { ownMetadata } from '../../src/sso/own-metadata.ts'

const addresses = samlAddresses('https://auth.example.com', 'acme')
const key = (state: PublishedKey['state']): PublishedKey => ({
  ...{ id: state, state, certificate: `certificate+of/${state}==` },
  ...{ createdAt: 0, endsAt: 1 },
})
const document = ownMetadata(addresses, [key('current'), key('next'), key('previous')])
const root = new DOMParser().parseFromString(document, 'text/xml').documentElement

const all = (name: string) => Array.from(root.getElementsByTagName(`md:${name}`))
const certificatesFor = (use: string) =>
  all('KeyDescriptor')
    .filter(one => one.getAttribute('use') === use)
    .map(one => one.getElementsByTagName('ds:X509Certificate')[0]?.textContent)

test('an identity provider reads our name, and the addresses of this organization alone', () => {
  expect(root.getAttribute('entityID')).toBe('https://auth.example.com/saml/acme/metadata')
  expect(
    all('AssertionConsumerService').map(one => [one.getAttribute('Binding'), one.getAttribute('Location')]),
  ).toEqual([['urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST', 'https://auth.example.com/saml/acme/acs']])
  expect(all('SingleLogoutService').map(one => one.getAttribute('Location'))).toEqual([
    'https://auth.example.com/saml/acme/slo',
    'https://auth.example.com/saml/acme/slo',
  ])
})

test('signatures are checked with the current and the next key, and one key alone is encrypted for', () => {
  expect(certificatesFor('signing')).toEqual(['certificate+of/current==', 'certificate+of/next=='])
  expect(certificatesFor('encryption')).toEqual(['certificate+of/current=='])
  expect(
    all('EncryptionMethod')
      .map(one => one.getAttribute('Algorithm'))
      .join(' '),
  ).not.toMatch(/cbc|rsa-1_5/)
})

test('it says that we sign and want signatures, and never ends for those who keep it as a file', () => {
  const [role] = all('SPSSODescriptor')

  expect(role?.getAttribute('AuthnRequestsSigned')).toBe('true')
  expect(role?.getAttribute('WantAssertionsSigned')).toBe('true')
  expect(role?.getAttribute('protocolSupportEnumeration')).toBe('urn:oasis:names:tc:SAML:2.0:protocol')
  expect(document).not.toContain('validUntil')
})

test('its elements come in the order of the schema, which strict providers check', () => {
  const order = ['KeyDescriptor', 'SingleLogoutService', 'NameIDFormat', 'AssertionConsumerService']
  const [role] = all('SPSSODescriptor')
  const names = Array.from(role?.childNodes ?? []).map(({ nodeName }) => order.indexOf(nodeName.replace('md:', '')))

  expect(names).not.toContain(-1)
  expect(names).toEqual(names.toSorted((left, right) => left - right))
})

test('a reader that nobody here wrote understands it', () => {
  const read = samlify.ServiceProvider({ metadata: document }).entityMeta

  expect(read.getEntityID()).toBe(addresses.entityId)
  expect(read.getAssertionConsumerService('post')).toBe(addresses.acs)
  expect(read.isAuthnRequestSigned()).toBe(true)
  expect(read.isWantAssertionsSigned()).toBe(true)
})
