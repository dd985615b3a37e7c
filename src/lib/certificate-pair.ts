import { constants, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'

/** A certificate with its key, both PEM, that TLS towards clients can work with. */
export interface CertificatePair {
  /** The certificate, and those between it and its authority. */
  readonly cert: string
  readonly key: string
  readonly context: SecureContext
  /** DNS names it is for, lower case; `*.` stands for one label. */
  readonly names: readonly string[]
  /** Unix milliseconds. */
  readonly startsAt: number
  readonly endsAt: number
}

export type PairReading =
  | { readonly kind: 'good'; readonly pair: CertificatePair }
  | { readonly kind: 'bad'; readonly why: string }

/** Tries both together, as a handshake would: what is good here is good there. */
export function readCertificatePair(cert: string, key: string): PairReading {
  const certificate = attempt(() => new X509Certificate(cert))
  if (certificate === null) return { kind: 'bad', why: 'the certificate cannot be read' }
  const privateKey = attempt(() => createPrivateKey(key))
  if (privateKey === null) return { kind: 'bad', why: 'the key cannot be read, or has a passphrase' }
  if (!isKeyOf(certificate, privateKey)) return { kind: 'bad', why: 'the key is not the one of the certificate' }
  let context: SecureContext
  try {
    context = createSecureContext({ ...tlsTerms, cert, key })
  } catch (cause) {
    return { kind: 'bad', why: cause instanceof Error ? cause.message : String(cause) }
  }
  const { validFromDate, validToDate } = certificate
  const [startsAt, endsAt] = [validFromDate.getTime(), validToDate.getTime()]
  return { kind: 'good', pair: { cert, key, context, names: namesOf(certificate), startsAt, endsAt } }
}

/** What is wrong with a list of authorities in PEM; null: nothing. */
export function checkAuthorities(pem: string): string | null {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) return 'there is no certificate in it'
  return blocks.every(block => attempt(() => new X509Certificate(block)) !== null)
    ? null
    : 'a certificate in it cannot be read'
}

function isKeyOf(certificate: X509Certificate, key: KeyObject): boolean {
  return attempt(() => certificate.checkPrivateKey(key)) === true
}

/** The common name does not count (RFC 6125 §6.4.4). A name that the runtime had to quote is none that a client asks for. */
function namesOf({ subjectAltName }: X509Certificate): readonly string[] {
  const parts = (subjectAltName ?? '').split(', ')
  return parts.flatMap(part => {
    const name = /^DNS:((?:\*\.)?[A-Za-z0-9_.-]+)$/.exec(part)?.[1]
    return name === undefined ? [] : [name.toLowerCase()]
  })
}

function attempt<Value>(read: () => Value): Value | null {
  try {
    return read()
  } catch {
    return null
  }
}

/** RFC 9325: TLS 1.2 and 1.3, forward secrecy and AEAD alone, no renegotiation. */
export const tlsTerms = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
} as const satisfies SecureContextOptions
