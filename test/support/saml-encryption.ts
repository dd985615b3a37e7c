import { constants, createCipheriv, type KeyObject, publicEncrypt, randomBytes } from 'node:crypto'

export interface Encryption {
  /** Whom it is for. */
  readonly publicKey: KeyObject
  readonly cipher?: 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' | 'aes-128-cbc' | 'aes-256-cbc' | 'des-ede3-cbc'
  readonly transport?: 'rsa-oaep-mgf1p' | 'rsa-oaep-sha256' | 'rsa-1_5'
  /** The key stands beside EncryptedData instead of inside its KeyInfo. */
  readonly keyBeside?: boolean
  /** What is really encrypted, instead of the assertion. */
  readonly plaintext?: (assertion: string) => string
}

/** Puts the one Assertion of the text into an EncryptedAssertion. */
export function encryptAssertion(xml: string, how: Encryption): string {
  const found = /<([\w]+):Assertion\b.*<\/\1:Assertion>/s.exec(xml)
  if (found === null) throw new Error('no assertion')
  const [assertion, prefix = ''] = found
  const encrypted = encryptText((how.plaintext ?? (text => text))(assertion), how)
  return xml.replace(assertion, () => `<${prefix}:EncryptedAssertion>${encrypted}</${prefix}:EncryptedAssertion>`)
}

function encryptText(text: string, how: Encryption): string {
  const cipher = how.cipher ?? 'aes-256-gcm'
  const { algorithm, keyBytes, ivBytes } = ciphers[cipher]
  const [key, iv] = [randomBytes(keyBytes), randomBytes(ivBytes)]
  const data = cipher.endsWith('-gcm') ? sealed(cipher, key, iv, text) : blocks(cipher, key, iv, text)
  const { transport = 'rsa-oaep-mgf1p' } = how
  const wrapped = publicEncrypt({ key: how.publicKey, ...transports[transport].padding }, key).toString('base64')
  const encryptedKey = `<xenc:EncryptedKey xmlns:xenc="${xenc}"><xenc:EncryptionMethod Algorithm="${transports[transport].algorithm}">${transports[transport].inner}</xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>${wrapped}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>`
  const keyInfo = `<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${encryptedKey}</ds:KeyInfo>`
  const beside = how.keyBeside === true
  return `<xenc:EncryptedData xmlns:xenc="${xenc}" Type="${xenc}Element"><xenc:EncryptionMethod Algorithm="${algorithm}"/>${beside ? '' : keyInfo}<xenc:CipherData><xenc:CipherValue>${data.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>${beside ? encryptedKey : ''}`
}

function sealed(cipher: string, key: Buffer, iv: Buffer, text: string): Buffer {
  const gcm = createCipheriv(cipher as 'aes-256-gcm', key, iv)
  return Buffer.concat([iv, gcm.update(text, 'utf8'), gcm.final(), gcm.getAuthTag()])
}

/** Padding of XML Encryption 1.1 §5.2: the last byte tells how many, the others are anything. */
function blocks(cipher: string, key: Buffer, iv: Buffer, text: string): Buffer {
  const cbc = createCipheriv(cipher, key, iv).setAutoPadding(false)
  const plain = Buffer.from(text, 'utf8')
  const padding = Buffer.from(randomBytes(iv.length - (plain.length % iv.length)))
  padding[padding.length - 1] = padding.length
  return Buffer.concat([iv, cbc.update(plain), cbc.update(padding), cbc.final()])
}

const xenc = 'http://www.w3.org/2001/04/xmlenc#'
const xenc11 = 'http://www.w3.org/2009/xmlenc11#'
const ciphers = {
  'aes-128-gcm': { algorithm: `${xenc11}aes128-gcm`, keyBytes: 16, ivBytes: 12 },
  'aes-192-gcm': { algorithm: `${xenc11}aes192-gcm`, keyBytes: 24, ivBytes: 12 },
  'aes-256-gcm': { algorithm: `${xenc11}aes256-gcm`, keyBytes: 32, ivBytes: 12 },
  'aes-128-cbc': { algorithm: `${xenc}aes128-cbc`, keyBytes: 16, ivBytes: 16 },
  'aes-256-cbc': { algorithm: `${xenc}aes256-cbc`, keyBytes: 32, ivBytes: 16 },
  'des-ede3-cbc': { algorithm: `${xenc}tripledes-cbc`, keyBytes: 24, ivBytes: 8 },
} as const
const digest = '<ds:DigestMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Algorithm='
const transports = {
  'rsa-oaep-mgf1p': {
    algorithm: `${xenc}rsa-oaep-mgf1p`,
    inner: `${digest}"http://www.w3.org/2000/09/xmldsig#sha1"/>`,
    padding: { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
  },
  'rsa-oaep-sha256': {
    algorithm: `${xenc11}rsa-oaep`,
    inner: `${digest}"http://www.w3.org/2001/04/xmlenc#sha256"/><xenc11:MGF xmlns:xenc11="${xenc11}" Algorithm="${xenc11}mgf1sha256"/>`,
    padding: { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
  },
  'rsa-1_5': { algorithm: `${xenc}rsa-1_5`, inner: '', padding: { padding: constants.RSA_PKCS1_PADDING } },
} as const
