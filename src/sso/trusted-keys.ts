import { type KeyObject, verify, X509Certificate } from 'node:crypto'
import type { SignatureAlgorithm } from './signature-shape.ts'

/** Keys of the certificates that the metadata names. A certificate there is the cover of a key: neither its end nor who signed it is asked. */
export function trustedKeys(certificates: readonly string[]): readonly KeyObject[] {
  return certificates
    .slice(0, certificatesMax)
    .map(keyOf)
    .filter(key => key !== null)
}

/** Whether one of the keys made this signature over these bytes. Each is tried: which one signs changes while a provider rolls over. */
export function isSignedByOne(
  keys: readonly KeyObject[],
  bytes: Buffer,
  value: Buffer,
  algorithm: SignatureAlgorithm,
): boolean {
  return keys.some(
    key =>
      key.asymmetricKeyType === algorithm.key &&
      verify(algorithm.hash, bytes, { key, dsaEncoding: 'ieee-p1363' }, value),
  )
}

function keyOf(certificate: string): KeyObject | null {
  try {
    const key = new X509Certificate(Buffer.from(certificate, 'base64')).publicKey
    return isStrong(key) ? key : null
  } catch {
    return null // the metadata's reader has said so; the others still speak
  }
}

function isStrong({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === 'rsa') return (asymmetricKeyDetails?.modulusLength ?? 0) >= rsaBitsMin
  return asymmetricKeyType === 'ec' && curves.includes(asymmetricKeyDetails?.namedCurve ?? '')
}

const certificatesMax = 10
/** NIST SP 800-131A: less is not allowed since 2014. */
const rsaBitsMin = 2_048
const curves = ['prime256v1', 'secp384r1', 'secp521r1']
