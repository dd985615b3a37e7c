import { X509Certificate } from 'node:crypto'

/** A certificate of metadata as people speak of it: what it holds is a key, so that its fingerprint and its end are all that matters. */
export interface KnownCertificate {
  /** SHA-256 over the whole certificate, in capitals with colons, as providers show it. */
  readonly fingerprint: string
  readonly subject: string
  readonly startsAt: number
  readonly endsAt: number
  /** `RSA 2048`, `EC prime256v1`. */
  readonly key: string
}

/** Throws for anything but an X.509 certificate. */
export function readCertificate(base64: string): KnownCertificate {
  const certificate = new X509Certificate(Buffer.from(base64, 'base64'))
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey
  const size = asymmetricKeyDetails?.modulusLength ?? asymmetricKeyDetails?.namedCurve ?? ''
  return {
    fingerprint: certificate.fingerprint256,
    subject: certificate.subject.replaceAll('\n', ', '),
    startsAt: certificate.validFromDate.getTime(),
    endsAt: certificate.validToDate.getTime(),
    key: `${(asymmetricKeyType ?? 'unknown').toUpperCase()} ${size}`.trim(),
  }
}

const dayMs = 24 * 3_600_000

/** Whole days; negative when it is over. */
export function daysLeft(endsAt: number, now: number): number {
  return Math.floor((endsAt - now) / dayMs)
}
