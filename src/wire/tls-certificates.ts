import type { SecureContext } from 'node:tls'
import type { CertificatePair } from '../lib/certificate-pair.ts'

/** The certificates in force. Another object is another set: it counts from the next handshake on. */
export interface TlsCertificates {
  /** For a client that names no host, or one that no certificate is for. */
  readonly fallback: Pick<CertificatePair, 'cert' | 'key'>
  /** For a host name as the client sent it, whatever bytes that are; null: the fallback. */
  find(serverName: string): SecureContext | null
}

/** The exact name before the wildcard, the certificate that is named earlier before a later one, and the first of all for everybody else. */
export function chooseAmong(first: CertificatePair, others: readonly CertificatePair[]): TlsCertificates {
  const byName = new Map<string, SecureContext>()
  for (const { names, context } of [first, ...others])
    for (const name of names) if (!byName.has(name)) byName.set(name, context)
  return {
    fallback: first,
    find(serverName) {
      const name = serverName.toLowerCase()
      return byName.get(name) ?? byName.get(`*${name.slice(Math.max(0, name.indexOf('.')))}`) ?? null
    },
  }
}
