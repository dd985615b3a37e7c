import { isoInstant } from '../lib/instant.ts'
import { daysLeft, readCertificate } from '../sso/known-certificate.ts'
import { type MetadataChange, metadataDifference } from '../sso/metadata-difference.ts'
import type { PublishedKey } from '../sso/own-keys.ts'
import type { Provider, ProviderMetadata, ProviderSource } from '../sso/provider.ts'
import { samlRemedies } from '../sso/remedies.ts'
import { measuredOffset, type SeenMessage } from '../sso/seen-message.ts'

// Single sign-on as operators read it. Nothing here is secret: certificates are public, names in answers are redacted where they are kept.

type View = Readonly<Record<string, unknown>>

export function describeProvider(provider: Provider, answers: readonly SeenMessage[], now: number): View {
  const { metadata, staged, source, settings } = provider
  return {
    entityId: metadata.entityId,
    source: sourceText(source),
    ...(source.kind === 'url' ? { checked: isoInstant(source.checkedAt), trouble: source.trouble } : {}),
    imported: isoInstant(provider.createdAt),
    signOn: metadata.signOn.map(({ binding, location }) => `${binding} ${location}`),
    logout: metadata.logout.map(({ binding, location }) => `${binding} ${location}`),
    wantsSignedRequests: metadata.wantsSignedRequests,
    validUntil: metadata.validUntil === null ? null : isoInstant(metadata.validUntil),
    certificates: certificates(metadata, staged, now),
    settings,
    staged: staged && { digest: staged.digest, read: isoInstant(staged.readAt) },
    difference: staged === null ? [] : describeChanges(metadataDifference(metadata, staged)),
    clockOffsetMs: measuredOffset(answers),
    answers: describeAnswers(answers),
  }
}

export function describeAnswers(answers: readonly SeenMessage[]): readonly View[] {
  return answers.map(({ at, organizationId: _organizationId, outcome, since, ...rest }) => ({
    at: isoInstant(at),
    outcome,
    ...rest,
    since: isoInstant(since),
    remedy: outcome === 'accepted' ? null : samlRemedies[outcome],
  }))
}

export function describeChanges(changes: readonly MetadataChange[]): readonly View[] {
  return changes.map(({ what, from, to }) => ({ what, from, to }))
}

export function describeKeys(keys: readonly PublishedKey[], now: number): readonly View[] {
  return keys.map(({ id, state, certificate, createdAt, endsAt }) => ({
    ...{ id, state, fingerprint: readCertificate(certificate).fingerprint },
    ...{ created: isoInstant(createdAt), ends: isoInstant(endsAt), daysLeft: daysLeft(endsAt, now) },
  }))
}

function certificates(metadata: ProviderMetadata, staged: ProviderMetadata | null, now: number): readonly View[] {
  const all = [...new Set([...metadata.certificates, ...(staged?.certificates ?? [])])]
  return all.map(certificate => {
    const { fingerprint, subject, endsAt, key } = readCertificate(certificate)
    const speaks = metadata.certificates.includes(certificate)
    const waits = staged?.certificates.includes(certificate) === true
    return {
      fingerprint,
      of: speaks ? (waits || staged === null ? 'speaking' : 'speaking, not staged') : 'staged',
      key,
      ends: isoInstant(endsAt),
      daysLeft: daysLeft(endsAt, now),
      subject,
    }
  })
}

function sourceText(source: ProviderSource): string {
  return source.kind === 'file' ? `file ${source.name}` : source.url
}
