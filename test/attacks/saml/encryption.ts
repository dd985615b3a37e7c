import { constants, randomBytes } from 'node:crypto'
import type { SamlRefusal } from '../../../src/sso/refusal.ts'
import { type Case, evilAssertion, row, unsigned } from './case.ts'
import {
  type Encrypting,
  encryptedAssertionOf,
  encryptedDataOf,
  encryptedKeyOf,
  encryptionNamespace,
} from './encrypting.ts'
import { confirmationOf, nameIdOf, renderResponse, samlNamespace, sketchOf, subjectOf } from './message.ts'
import { messageOf, signAssertion, signatureNamespace, signResponse } from './signing.ts'
import type { World } from './world.ts'

// Our own key is public: anybody encrypts for us. Weak algorithms, keys in odd places, and what hides inside.

const sealed: readonly SamlRefusal[] = [
  'decryption',
  'too_large',
  'algorithm',
  'wrong_structure',
  'unreadable',
  'signature_missing',
  'signature_placement',
  'signature_wrong',
  'forbidden_markup',
]

export function encryptionCases(): readonly Case[] {
  return [...ciphers(), ...keys(), ...insides()]
}

/** The signed assertion of mallory, encrypted in this way, in an unsigned Response. */
function encrypted(world: World, how: Encrypting): string {
  const { sketch, whole } = signAssertion(world)
  return renderResponse(sketch, encryptedAssertionOf(world, whole, how))
}

function ciphers(): readonly Case[] {
  const cipher = (id: string, about: string, how: (world: World) => Encrypting, outcome: Case['outcome'] = 'refused') =>
    row(id, about, sealed, world => encrypted(world, how(world)), { outcome })
  const cut = (bytes: Buffer, kept: number) => Buffer.concat([bytes.subarray(0, -16), bytes.subarray(-16, -16 + kept)])
  return [
    cipher('Z1', 'triple DES', () => ({ cipher: 'des-ede3-cbc' })),
    cipher('Z2', 'AES-CBC where it is not allowed', () => ({ cipher: 'aes-256-cbc' })),
    cipher('Z3', 'RSA 1.5 around the key', () => ({
      padding: constants.RSA_PKCS1_PADDING,
      keyMethod: `${encryptionNamespace}rsa-1_5`,
    })),
    cipher('Z4', 'RSA 1.5 under the name of OAEP', () => ({ padding: constants.RSA_PKCS1_PADDING })),
    cipher('Z5', 'GCM under the name of CBC', () => ({ method: `${encryptionNamespace}aes256-cbc` })),
    cipher('Z6', 'CBC under the name of GCM', () => ({
      cipher: 'aes-256-cbc',
      method: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
    })),
    ...[0, 4, 8, 12].map(kept =>
      cipher(`Z7 ${kept}`, `a tag of ${kept} bytes`, () => ({ cipherBytes: bytes => cut(bytes, kept) })),
    ),
    cipher('Z8', 'a changed byte', () => ({ cipherBytes: bytes => changed(bytes, 40) })),
    cipher('Z9', 'a changed tag', () => ({ cipherBytes: bytes => changed(bytes, bytes.length - 1) })),
    cipher('Z10', 'no bytes at all', () => ({ cipherBytes: () => Buffer.alloc(0) })),
    cipher('Z11', 'an IV alone', () => ({ cipherBytes: bytes => bytes.subarray(0, 12) })),
    cipher('Z12', 'another IV', () => ({ cipherBytes: bytes => changed(bytes, 0) })),
    cipher('Z13', 'an unknown algorithm', () => ({ method: 'urn:x' })),
    cipher('Z14', 'an algorithm named as a member of every object', () => ({ method: 'constructor' })),
    cipher('Z15', 'a key of 128 bits for 256', () => ({
      cipher: 'aes-128-gcm',
      method: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
    })),
    cipher('Z16', 'AES-128-GCM', () => ({ cipher: 'aes-128-gcm' }), 'mallory'),
    cipher('Z17', 'for the key of another', world => ({ recipientKey: world.c.certificate })),
    cipher('Z18', 'Type says Content', () => ({ type: `${encryptionNamespace}Content` })),
    cipher('Z19', 'no Type', () => ({ type: null }), 'harmless'),
    cipher('Z20', 'an unknown OAEP digest', () => ({
      keyMethodInside: `<ds:DigestMethod xmlns:ds="${signatureNamespace}" Algorithm="urn:x"></ds:DigestMethod>`,
    })),
    cipher(
      'Z21',
      'OAEP with SHA-256, and said so',
      () => ({
        oaepHash: 'sha256',
        keyMethodInside: `<ds:DigestMethod xmlns:ds="${signatureNamespace}" Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>`,
      }),
      'harmless',
    ),
    row('Z22', 'encryption is refused here', sealed, world => encrypted(world, {}), {
      question: () => ({ settings: { encryption: 'refused' } }),
    }),
    row('Z23', 'encryption is required here, and this is in the open', sealed, world => messageOf(world), {
      question: () => ({ settings: { encryption: 'required' } }),
    }),
    row(
      'Z24',
      'AES-CBC where it is allowed, a changed byte',
      [...sealed],
      world => encrypted(world, { cipher: 'aes-256-cbc', cipherBytes: bytes => changed(bytes, 60) }),
      { question: () => ({ settings: { acceptsCbc: true } }) },
    ),
    row('Z25', 'triple DES where CBC is allowed', sealed, world => encrypted(world, { cipher: 'des-ede3-cbc' }), {
      question: () => ({ settings: { acceptsCbc: true } }),
    }),
  ]
}

function keys(): readonly Case[] {
  const how = (id: string, about: string, make: (world: World) => Encrypting, outcome: Case['outcome'] = 'refused') =>
    row(id, about, sealed, world => encrypted(world, make(world)), { outcome })
  const other = (world: World) => encryptedKeyOf(world, randomBytes(32))
  return [
    how('Y1', 'two EncryptedKeys, the wrong one first', w => ({ keyInfo: key => other(w) + key }), 'harmless'),
    how('Y2', 'two EncryptedKeys, the wrong one last', w => ({ keyInfo: key => key + other(w) }), 'harmless'),
    how('Y3', 'a thousand EncryptedKeys', () => ({ keyInfo: key => key.repeat(1_000) })),
    how('Y4', 'no EncryptedKey', () => ({ keyInfo: () => '' })),
    how('Y5', 'RetrievalMethod to an address', w => ({
      keyInfo: () => `<ds:RetrievalMethod URI="${w.canaryUrl}"></ds:RetrievalMethod>`,
    })),
    how('Y6', 'RetrievalMethod to nobody', () => ({
      keyInfo: () => '<ds:RetrievalMethod URI="#_x"></ds:RetrievalMethod>',
    })),
    how(
      'Y7',
      'RetrievalMethod that ends an XPath',
      () => ({
        keyInfo: key => `<ds:RetrievalMethod URI="#'] | //*['"></ds:RetrievalMethod>${key}`,
      }),
      'harmless',
    ),
    how('Y8', 'CipherReference to an address', w => ({
      cipherData: () => `<xenc:CipherReference URI="${w.canaryUrl}"></xenc:CipherReference>`,
    })),
    how('Y9', 'CipherReference to a file', () => ({
      cipherData: () => '<xenc:CipherReference URI="file:///etc/passwd"></xenc:CipherReference>',
    })),
    how('Y10', 'two CipherValues', () => ({ cipherData: value => value + value })),
    how('Y11', 'a comment in CipherValue', () => ({
      cipherData: value => value.replace('<xenc:CipherValue>', '<xenc:CipherValue><!--x-->'),
    })),
    how(
      'Y12',
      'an EncryptedKey within an EncryptedKey',
      w => ({
        keyInfo: key => key.replace('<xenc:CipherData>', `<ds:KeyInfo>${other(w)}</ds:KeyInfo><xenc:CipherData>`),
      }),
      'harmless',
    ),
  ]
}

function insides(): readonly Case[] {
  const inside = (id: string, about: string, text: (world: World) => string | Buffer, causes = sealed) =>
    row(id, about, causes, world => renderResponse(sketchOf(world), encryptedAssertionOf(world, text(world))))
  const whole = (world: World) => signAssertion(world).whole
  return [
    inside('Y20', 'an unsigned assertion', evilAssertion, [...sealed, ...unsigned]),
    inside('Y21', 'two assertions', w => whole(w) + evilAssertion(w)),
    inside('Y22', 'no assertion but a Response', messageOf),
    inside('Y23', 'no XML', () => 'victim@corp.test'),
    inside('Y24', 'nothing', () => ''),
    inside('Y25', 'a document type in front', w => `<!DOCTYPE r [<!ENTITY v SYSTEM "${w.canaryUrl}">]>${whole(w)}`),
    inside('Y26', 'a comment cuts the name', w => whole(w).replace(w.mallory, `${w.victim}<!--x-->`)),
    inside(
      'Y27',
      'an end tag that leaves the element it was put into',
      w => `</saml:EncryptedAssertion>${whole(w)}<saml:EncryptedAssertion>`,
    ),
    inside('Y28', 'an assertion that is encrypted once more', w => encryptedAssertionOf(w, whole(w))),
    inside('Y29', 'encrypted data that is encrypted once more', w => encryptedDataOf(w, whole(w))),
    inside('Y30', 'UTF-16', w => Buffer.from(`\ufeff${whole(w)}`, 'utf16le')),
    inside('Y31', 'sixteen megabytes of white space', w => ' '.repeat(2 ** 20) + whole(w), [...sealed, 'too_large']),
    inside(
      'Y32',
      'an assertion with the ID of the Response',
      w => signAssertion(w, { assertion: { ID: `_response-${w.mark}` } }).whole,
    ),
    inside(
      'Y33',
      'an assertion for another service',
      w =>
        signAssertion(w, {
          subject: subjectOf(nameIdOf(w.mallory), confirmationOf(w, { Recipient: 'https://other.test/acs' })),
        }).whole,
      [...sealed, 'recipient'],
    ),
    inside('Y34', 'signed by E', w => signAssertion(w, {}, { by: w.e }).whole, [...sealed, ...unsigned]),
    row('Y35', 'two EncryptedAssertions', sealed, w =>
      renderResponse(sketchOf(w), encryptedAssertionOf(w, whole(w)) + encryptedAssertionOf(w, whole(w))),
    ),
    row('Y36', 'an EncryptedAssertion with two EncryptedData', sealed, w =>
      renderResponse(
        sketchOf(w),
        `<saml:EncryptedAssertion xmlns:saml="${samlNamespace}">${encryptedDataOf(w, whole(w))}${encryptedDataOf(w, evilAssertion(w))}</saml:EncryptedAssertion>`,
      ),
    ),
    row('Y37', 'EncryptedData as a child of the Response', sealed, w =>
      renderResponse(sketchOf(w), encryptedDataOf(w, whole(w))),
    ),
    row(
      'Y38',
      'a signed Response around an unsigned encrypted assertion',
      sealed,
      w => {
        const sketch = sketchOf(w)
        return signResponse(w, sketch, encryptedAssertionOf(w, signAssertion(w).bare))
      },
      { outcome: 'harmless' },
    ),
  ]
}

function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}
