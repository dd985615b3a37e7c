import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes, X509Certificate } from 'node:crypto'
import { samlNamespace } from './message.ts'
import { signatureNamespace } from './signing.ts'
import type { World } from './world.ts'

export const encryptionNamespace = 'http://www.w3.org/2001/04/xmlenc#'
const gcm256 = 'http://www.w3.org/2009/xmlenc11#aes256-gcm'
const oaep = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p'
const elementType = 'http://www.w3.org/2001/04/xmlenc#Element'

/** How an EncryptedAssertion deviates from AES-256-GCM under RSA-OAEP. */
export interface Encrypting {
  readonly cipher?: 'aes-128-gcm' | 'aes-256-gcm' | 'aes-256-cbc' | 'des-ede3-cbc'
  readonly method?: string
  readonly keyMethod?: string
  readonly keyMethodInside?: string
  readonly oaepHash?: string
  readonly padding?: number
  readonly type?: string | null
  readonly recipientKey?: string
  /** What becomes of the cipher bytes (IV, text, tag) before they are written. */
  readonly cipherBytes?: (bytes: Buffer) => Buffer
  /** The EncryptedKey element, to be replaced, doubled or moved. */
  readonly keyInfo?: (encryptedKey: string) => string
  readonly beside?: (encryptedKey: string) => string
  readonly cipherData?: (value: string) => string
}

const methods: Readonly<Record<string, string>> = {
  'aes-128-gcm': 'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'aes-256-gcm': gcm256,
  'aes-256-cbc': `${encryptionNamespace}aes256-cbc`,
  'des-ede3-cbc': `${encryptionNamespace}tripledes-cbc`,
}

/** saml:EncryptedAssertion that holds this text, for our key. */
export function encryptedAssertionOf(world: World, text: string | Buffer, how: Encrypting = {}): string {
  return `<saml:EncryptedAssertion xmlns:saml="${samlNamespace}">${encryptedDataOf(world, text, how)}${how.beside?.('') ?? ''}</saml:EncryptedAssertion>`
}

export function encryptedDataOf(world: World, text: string | Buffer, how: Encrypting = {}): string {
  const cipher = how.cipher ?? 'aes-256-gcm'
  const key = randomBytes(cipher === 'aes-128-gcm' ? 16 : cipher === 'des-ede3-cbc' ? 24 : 32)
  const bytes = how.cipherBytes?.(encrypt(cipher, key, text)) ?? encrypt(cipher, key, text)
  const encryptedKey = encryptedKeyOf(world, key, how)
  const type = how.type === null ? '' : ` Type="${how.type ?? elementType}"`
  const value = `<xenc:CipherValue>${bytes.toString('base64')}</xenc:CipherValue>`
  return (
    `<xenc:EncryptedData xmlns:xenc="${encryptionNamespace}"${type}>` +
    `<xenc:EncryptionMethod Algorithm="${how.method ?? methods[cipher]}"></xenc:EncryptionMethod>` +
    `<ds:KeyInfo xmlns:ds="${signatureNamespace}">${how.keyInfo?.(encryptedKey) ?? encryptedKey}</ds:KeyInfo>` +
    `<xenc:CipherData>${how.cipherData?.(value) ?? value}</xenc:CipherData></xenc:EncryptedData>`
  )
}

export function encryptedKeyOf(world: World, key: Buffer, how: Encrypting = {}): string {
  const certificate = how.recipientKey ?? world.us.keys.certificate
  const publicKey = createPublicKey(
    new X509Certificate(Buffer.from(certificate, 'base64')).publicKey.export({ type: 'spki', format: 'pem' }),
  )
  const padding = how.padding ?? constants.RSA_PKCS1_OAEP_PADDING
  const wrapped = publicEncrypt({ key: publicKey, padding, oaepHash: how.oaepHash ?? 'sha1' }, key)
  return (
    `<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="${how.keyMethod ?? oaep}">${how.keyMethodInside ?? ''}</xenc:EncryptionMethod>` +
    `<xenc:CipherData><xenc:CipherValue>${wrapped.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>`
  )
}

function encrypt(cipher: NonNullable<Encrypting['cipher']>, key: Buffer, text: string | Buffer): Buffer {
  if (cipher === 'aes-128-gcm' || cipher === 'aes-256-gcm') {
    const iv = randomBytes(12)
    const machine = createCipheriv(cipher, key, iv)
    return Buffer.concat([iv, machine.update(text), machine.final(), machine.getAuthTag()])
  }
  const iv = randomBytes(cipher === 'des-ede3-cbc' ? 8 : 16)
  const machine = createCipheriv(cipher, key, iv)
  // XML Encryption 5.2 pads with any bytes but the last one; PKCS #7 is one way of that.
  return Buffer.concat([iv, machine.update(text), machine.final()])
}
