import { createHash } from 'node:crypto'
import { isoInstant } from '../lib/instant.ts'
import { readCertificate } from './known-certificate.ts'
import type { ProviderMetadata } from './provider.ts'

/** One thing that another document says otherwise. `from` null: it is new; `to` null: it is gone. */
export interface MetadataChange {
  readonly what: 'certificate' | 'sign-on address' | 'logout address' | 'signed requests' | 'end of the document'
  readonly from: string | null
  readonly to: string | null
}

/** What changes when `next` speaks instead of `before`. The order of certificates and addresses means nothing. */
export function metadataDifference(before: ProviderMetadata, next: ProviderMetadata): readonly MetadataChange[] {
  return [...differenceInUse(before, next), ...one('end of the document', endOf(before), endOf(next))]
}

/** Many providers write a new end, id and signature into each copy: that alone is no change of what we use. */
export function usesTheSame(before: ProviderMetadata, next: ProviderMetadata): boolean {
  return differenceInUse(before, next).length === 0
}

/** Names what we use of a document, whatever copy of it. */
export function contentKey({ certificates, signOn, logout, wantsSignedRequests }: ProviderMetadata): string {
  const addresses = [signOn.map(addressText).toSorted(), logout.map(addressText).toSorted()]
  const content = JSON.stringify([certificates.toSorted(), ...addresses, wantsSignedRequests])
  return createHash('sha256').update(content).digest('base64url')
}

function differenceInUse(before: ProviderMetadata, next: ProviderMetadata): readonly MetadataChange[] {
  return [
    ...lists('certificate', before.certificates.map(certificateText), next.certificates.map(certificateText)),
    ...lists('sign-on address', before.signOn.map(addressText), next.signOn.map(addressText)),
    ...lists('logout address', before.logout.map(addressText), next.logout.map(addressText)),
    ...one('signed requests', wish(before), wish(next)),
  ]
}

function lists(what: MetadataChange['what'], before: readonly string[], next: readonly string[]) {
  const gone = before.filter(each => !next.includes(each)).map(from => ({ what, from, to: null }))
  const added = next.filter(each => !before.includes(each)).map(to => ({ what, from: null, to }))
  return [...gone, ...added]
}

function one(what: MetadataChange['what'], from: string, to: string): readonly MetadataChange[] {
  return from === to ? [] : [{ what, from, to }]
}

function certificateText(base64: string): string {
  const { fingerprint, endsAt } = readCertificate(base64)
  return `${fingerprint} (ends ${isoInstant(endsAt)})`
}

function addressText(address: ProviderMetadata['logout'][number] | ProviderMetadata['signOn'][number]): string {
  const answers =
    'responseLocation' in address && address.responseLocation !== null ? ` (answers: ${address.responseLocation})` : ''
  return `${address.binding} ${address.location}${answers}`
}

function wish({ wantsSignedRequests }: ProviderMetadata): string {
  return wantsSignedRequests ? 'wanted' : 'not asked for'
}

function endOf({ validUntil }: ProviderMetadata): string {
  return validUntil === null ? 'none' : isoInstant(validUntil)
}
