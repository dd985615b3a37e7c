import type { SamlAddresses } from './addresses.ts'
import type { PublishedKey } from './own-keys.ts'
import { element, type Xml } from './xml-writer.ts'

/**
 * What an identity provider must know of us for one organization (SAML metadata 2.0), as a document. Unsigned: providers get it over
 * TLS or from an administrator's hands. It names no end: many providers keep the file that was given to them once, and would refuse
 * everybody on that day; `cacheDuration` asks those who fetch it to look again each day, which is what a roll-over needs.
 */
export function ownMetadata(addresses: SamlAddresses, keys: readonly PublishedKey[]): string {
  const of = (...states: readonly PublishedKey['state'][]) =>
    states.flatMap(state => keys.filter(key => key.state === state))
  const document = element(
    'md:EntityDescriptor',
    { 'xmlns:md': md, entityID: addresses.entityId, cacheDuration: 'P1D' },
    element(
      'md:SPSSODescriptor',
      { protocolSupportEnumeration: protocol, AuthnRequestsSigned: 'true', WantAssertionsSigned: 'true' },
      ...of('current', 'next').map(key => keyDescriptor('signing', key)),
      // One alone: whoever finds two takes one of them by chance. What was published before, and what comes next, decrypts as well.
      ...of('current').map(key => keyDescriptor('encryption', key, ...encryptionMethods)),
      ...['HTTP-Redirect', 'HTTP-POST'].map(binding =>
        element('md:SingleLogoutService', { Binding: bindings + binding, Location: addresses.logout }),
      ),
      element('md:NameIDFormat', {}, 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'),
      element('md:AssertionConsumerService', {
        Binding: `${bindings}HTTP-POST`,
        Location: addresses.acs,
        index: '0',
        isDefault: 'true',
      }),
    ),
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n${document.text}\n`
}

function keyDescriptor(
  use: 'signing' | 'encryption',
  { certificate }: PublishedKey,
  ...methods: readonly string[]
): Xml {
  return element(
    'md:KeyDescriptor',
    { use },
    element(
      'ds:KeyInfo',
      { 'xmlns:ds': 'http://www.w3.org/2000/09/xmldsig#' },
      element('ds:X509Data', {}, element('ds:X509Certificate', {}, certificate)),
    ),
    ...methods.map(method => element('md:EncryptionMethod', { Algorithm: method })),
  )
}

/** What a provider may choose from: authenticated encryption alone. */
const encryptionMethods = [
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
]

const md = 'urn:oasis:names:tc:SAML:2.0:metadata'
const protocol = 'urn:oasis:names:tc:SAML:2.0:protocol'
const bindings = 'urn:oasis:names:tc:SAML:2.0:bindings:'
