// Opens an EncryptedAssertion: a content key for one of our keys (RSA-OAEP), and the content (AES-GCM; AES-CBC where an organization has chosen
// it). Node does the cryptography; this file knows how XML Encryption 1.1 writes it down. Never 3DES, never RSA 1.5 (Bleichenbacher), never a
// reference to elsewhere. All failures look and cost the same: a wrong key goes on with one that nobody knows.
// Decrypting shows nothing about who wrote the assertion, since our key is public: a signature is asked for as ever.
import { constants, createDecipheriv, createHmac, createPrivateKey, type KeyObject, privateDecrypt } from 'node:crypto'
import { ns } from './namespaces.ts'
import { refuse, shown } from './refused.ts'
import type { XmlElement } from './xml-document.ts'
import { attributeOf, childOf, childrenOf, descendantsOf, elementsOf, textOf } from './xml-read.ts'
import { decodeBase64 } from './xml-text.ts'

/** The bytes of the assertion, whoever wrote them. Throws `Refused`. */
export function decryptAssertion(
  encrypted: XmlElement,
  { keys, acceptsCbc }: { readonly keys: readonly string[]; readonly acceptsCbc: boolean },
): Buffer {
  const data = childOf(encrypted, ns.encryption, 'EncryptedData') ?? refuse('wrong_structure', 'no EncryptedData')
  expectOnePlace(encrypted)
  const type = attributeOf(data, 'Type')
  if (type !== null && type !== `${ns.encryption}Element`)
    refuse('wrong_structure', `the encrypted content is ${shown(type)}`)
  const cipher = cipherOf(data, acceptsCbc)
  const encryptedKey = keyElementOf(encrypted, data)
  const hash = transportOf(encryptedKey)
  if (keys.length === 0) fail()
  const contentKey = unwrap(cipherValueOf(encryptedKey), {
    keys: keys.slice(0, keysMax),
    hash,
    length: cipher.keyBytes,
  })
  return open(cipherValueOf(data), contentKey, cipher) ?? fail()
}

/** What another reader could take for the content or its key stands nowhere but in its place. */
function expectOnePlace(encrypted: XmlElement): void {
  const names = descendantsOf(encrypted).map(({ element }) => element.name)
  for (const [name, count] of [
    ['EncryptedData', 1],
    ['EncryptedKey', 1],
    ['CipherValue', 2],
  ] as const)
    if (names.filter(each => each === name).length !== count)
      refuse('wrong_structure', `not exactly ${count} ${name} in the encrypted assertion`)
}

/** One sentence for whatever went wrong after the algorithms: which step it was is what an oracle would tell. */
export function fail(): never {
  return refuse('decryption', 'the assertion cannot be decrypted with any of our keys')
}

interface Cipher {
  readonly name: 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' | 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc'
  readonly keyBytes: number
}

function cipherOf(data: XmlElement, acceptsCbc: boolean): Cipher {
  const algorithm = algorithmOf(data)
  const cipher = new Map(Object.entries(ciphers)).get(algorithm)
  if (cipher === undefined)
    return refuse('algorithm', `the assertion is encrypted by ${shown(algorithm)}, which is not accepted`)
  if (cipher.name.endsWith('-cbc') && !acceptsCbc)
    refuse('algorithm', 'the assertion is encrypted by AES-CBC, which is not switched on')
  return cipher
}

/** The one EncryptedKey, inside KeyInfo (XML Encryption) or beside the data (saml-core 2.2.4). */
function keyElementOf(encrypted: XmlElement, data: XmlElement): XmlElement {
  const keyInfo = childOf(data, ns.signature, 'KeyInfo')
  const within = keyInfo === null ? [] : childrenOf(keyInfo, ns.encryption, 'EncryptedKey')
  const [key, more] = [...within, ...childrenOf(encrypted, ns.encryption, 'EncryptedKey')]
  if (key === undefined || more !== undefined) return refuse('wrong_structure', 'not exactly one EncryptedKey')
  return key
}

/** Hash of OAEP. Node knows one hash for label and mask, so both have to be the same; with SHA-1 it is as safe as with any other. */
function transportOf(encryptedKey: XmlElement): string {
  const method = methodOf(encryptedKey)
  const algorithm = attributeOf(method, 'Algorithm')
  const digest = childOf(method, ns.signature, 'DigestMethod')
  const mask = childOf(method, ns.encryption11, 'MGF')
  const known = (digest === null ? 0 : 1) + (mask === null ? 0 : 1)
  const hash = digest === null ? 'sha1' : oaepHashes.get(attributeOf(digest, 'Algorithm') ?? '')
  const maskHash = mask === null ? 'sha1' : maskHashes.get(attributeOf(mask, 'Algorithm') ?? '')
  const isOaep =
    algorithm === `${ns.encryption}rsa-oaep-mgf1p` ? mask === null : algorithm === `${ns.encryption11}rsa-oaep`
  if (!isOaep || hash === undefined || hash !== maskHash || elementsOf(method).length !== known)
    return refuse('algorithm', `the key is encrypted by ${shown(algorithm)} in a way that is not accepted`)
  return hash
}

interface Unwrapping {
  readonly keys: readonly string[]
  readonly hash: string
  readonly length: number
}

/** Every key is tried, and what none of them opens gives a key that only we could compute: what follows is the same work and the same answer. */
function unwrap(wrapped: Buffer, { keys, hash, length }: Unwrapping): Buffer {
  const unknown = createHmac('sha512', keys.join()).update(wrapped).digest().subarray(0, length)
  const opened = keys.map(key => unwrapWith(createPrivateKey(key), wrapped, hash)).filter(key => key?.length === length)
  return opened[0] ?? unknown
}

function unwrapWith(key: KeyObject, wrapped: Buffer, oaepHash: string): Buffer | null {
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, wrapped)
  } catch {
    return null // why is nobody's to know
  }
}

function open(bytes: Buffer, key: Buffer, { name }: Cipher): Buffer | null {
  try {
    return name.endsWith('-gcm') ? openGcm(bytes, key, name) : openCbc(bytes, key, name)
  } catch {
    return null // why is nobody's to know
  }
}

/** XML Encryption 1.1 §5.2.4: 96 bits of IV, the content, 128 bits of tag. */
function openGcm(bytes: Buffer, key: Buffer, name: string): Buffer | null {
  if (bytes.length < 28) return null
  const decipher = createDecipheriv(name as 'aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 }) // because the table has GCM names only
  decipher.setAuthTag(bytes.subarray(-16))
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()])
}

/** XML Encryption 1.1 §5.2: 128 bits of IV, whole blocks, the last byte tells how many are padding. */
function openCbc(bytes: Buffer, key: Buffer, name: string): Buffer | null {
  const decipher = createDecipheriv(name, key, bytes.subarray(0, 16)).setAutoPadding(false)
  const plain = Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()])
  const padding = plain.at(-1) ?? 0
  return padding >= 1 && padding <= 16 && padding <= plain.length ? plain.subarray(0, -padding) : null
}

function cipherValueOf(element: XmlElement): Buffer {
  const data = childOf(element, ns.encryption, 'CipherData')
  const value = data === null ? null : childOf(data, ns.encryption, 'CipherValue')
  if (value === null) return refuse('wrong_structure', `${element.name} has no CipherValue`)
  return decodeBase64(textOf(value).replaceAll(/[ \t\r\n]/g, '')) ?? refuse('unreadable', 'a CipherValue is not base64')
}

function algorithmOf(element: XmlElement): string {
  const method = methodOf(element)
  if (elementsOf(method).length > 0) refuse('algorithm', 'a cipher with parameters')
  return attributeOf(method, 'Algorithm') ?? ''
}

function methodOf(element: XmlElement): XmlElement {
  return (
    childOf(element, ns.encryption, 'EncryptionMethod') ?? refuse('algorithm', `${element.name} names no algorithm`)
  )
}

const ciphers: Readonly<Record<string, Cipher>> = {
  [`${ns.encryption11}aes128-gcm`]: { name: 'aes-128-gcm', keyBytes: 16 },
  [`${ns.encryption11}aes192-gcm`]: { name: 'aes-192-gcm', keyBytes: 24 },
  [`${ns.encryption11}aes256-gcm`]: { name: 'aes-256-gcm', keyBytes: 32 },
  [`${ns.encryption}aes128-cbc`]: { name: 'aes-128-cbc', keyBytes: 16 },
  [`${ns.encryption}aes192-cbc`]: { name: 'aes-192-cbc', keyBytes: 24 },
  [`${ns.encryption}aes256-cbc`]: { name: 'aes-256-cbc', keyBytes: 32 },
}

const oaepHashes = new Map([
  [`${ns.signature}sha1`, 'sha1'],
  [`${ns.encryption}sha256`, 'sha256'],
  ['http://www.w3.org/2001/04/xmldsig-more#sha384', 'sha384'],
  [`${ns.encryption}sha512`, 'sha512'],
])

const maskHashes = new Map(['sha1', 'sha256', 'sha384', 'sha512'].map(hash => [`${ns.encryption11}mgf1${hash}`, hash]))

/** Next, current and previous, and one more. */
const keysMax = 4
