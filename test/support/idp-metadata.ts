import { generateKeyPairSync } from 'node:crypto'
import { selfSigned } from '../../src/sso/certificate.ts'

// Metadata of an identity provider as providers write it, in as many shapes as the tests need.

const startsAt = 1_790_000_000_000
const dayMs = 86_400_000

/** A signing certificate of its own, DER in base64. */
export function providerCertificate(endsAt = startsAt + 3_000 * dayMs, key = keyOf('rsa', 2_048)): string {
  return selfSigned({ privateKey: key, commonName: 'idp.test', serial: Buffer.alloc(16, 5), startsAt, endsAt })
}

export function keyOf(type: 'rsa', modulusLength: number) {
  return generateKeyPairSync(type, { modulusLength }).privateKey
}

export function curveKey(namedCurve: string) {
  return generateKeyPairSync('ec', { namedCurve }).privateKey
}

export interface IdpDocument {
  readonly entityId?: string
  readonly certificates?: readonly string[]
  /** Replaces the KeyDescriptors made of `certificates`. */
  readonly keys?: string
  readonly signOn?: string
  readonly logout?: string
  /** Attributes of EntityDescriptor and of IDPSSODescriptor, beside the usual ones. */
  readonly entityAttributes?: string
  readonly roleAttributes?: string
  readonly protocols?: string
  readonly before?: string
}

export function idpMetadata(about: IdpDocument = {}): string {
  const {
    entityId = 'https://idp.test/metadata',
    certificates = [],
    keys = certificates.map(each => keyDescriptor(each)).join('\n'),
    signOn = service('SingleSignOnService', 'HTTP-Redirect', 'https://idp.test/sso'),
    logout = '',
    entityAttributes = '',
    roleAttributes = '',
    protocols = 'urn:oasis:names:tc:SAML:2.0:protocol',
    before = '',
  } = about
  return `${before}<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${entityId}" ${entityAttributes}>
  <md:IDPSSODescriptor protocolSupportEnumeration="${protocols}" ${roleAttributes}>
    ${keys}
    ${logout}
    <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>
    ${signOn}
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
`
}

export function keyDescriptor(certificate: string, use = 'use="signing"'): string {
  const wrapped = certificate.replaceAll(/.{64}/g, '$&\n')
  return `<md:KeyDescriptor ${use}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n${wrapped}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
}

export function service(name: string, binding: string, location: string, more = ''): string {
  return `<md:${name} Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${location}" ${more}/>`
}

export function entities(...documents: readonly string[]): string {
  return `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" validUntil="2030-01-01T00:00:00Z"><md:EntitiesDescriptor>${documents.join('')}</md:EntitiesDescriptor></md:EntitiesDescriptor>`
}
