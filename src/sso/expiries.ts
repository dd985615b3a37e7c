import { readCertificate } from './known-certificate.ts'
import type { PublishedKey } from './own-keys.ts'
import type { Provider } from './provider.ts'

/** Something of single sign-on that has an end, for mails and figures. */
export interface Expiry {
  readonly what: 'certificate' | 'metadata' | 'own_certificate'
  /** Fingerprint or entity id. */
  readonly which: string
  readonly endsAt: number
  /** Days before the end at which it is told; 0 is the end itself. */
  readonly stages: readonly number[]
}

/** Each certificate that speaks; the document's own end; our certificates that are in use or next. */
export function expiriesOf({ metadata, source }: Provider, own: readonly PublishedKey[]): readonly Expiry[] {
  const certificates = metadata.certificates.map(
    certificate => ({ what: 'certificate', ...read(certificate), stages: allStages }) as const,
  )
  const ours = own
    .filter(({ state }) => state === 'current' || state === 'next')
    .map(({ certificate }) => ({ what: 'own_certificate', ...read(certificate), stages: allStages }) as const)
  return [...certificates, ...documentEnd(metadata, source), ...ours]
}

/** The stage that is reached, and so is to be told; null while it is far. Only the last of those that were missed. */
export function stageAt({ endsAt, stages }: Expiry, now: number): number | null {
  const reached = stages.filter(days => now >= endsAt - days * dayMs)
  return reached.length === 0 ? null : Math.min(...reached)
}

const dayMs = 24 * 3_600_000
const allStages = [30, 14, 7, 1, 0]

function read(certificate: string): Pick<Expiry, 'which' | 'endsAt'> {
  const { fingerprint, endsAt } = readCertificate(certificate)
  return { which: fingerprint, endsAt }
}

/** A document that is fetched is good for days only, and renewed each time: only that it was not renewed is worth a word. */
function documentEnd({ validUntil, entityId }: Provider['metadata'], { kind }: Provider['source']): readonly Expiry[] {
  if (validUntil === null) return []
  return [{ what: 'metadata', which: entityId, endsAt: validUntil, stages: kind === 'url' ? [0] : allStages }]
}
