import type { Notice } from '../notices/notice.ts'
import type { OrganizationId } from '../policy/facts.ts'
import { contentKey, type MetadataChange, metadataDifference, usesTheSame } from './metadata-difference.ts'
import type { MetadataReading } from './metadata-reading.ts'
import type { Provider, ProviderMetadata, ProviderSource } from './provider.ts'
import type { BringingIn, OfferedMetadata, ProviderOrigin, Replace } from './provider-changes.ts'

export interface Beside {
  /** A mail to each administrator of the organization. */
  tell(organizationId: OrganizationId, kind: 'provider_staged', facts: Notice['facts']): Promise<readonly Notice[]>
  readonly replace: Replace
  readonly before: Provider
  readonly source: ProviderSource
  /** Nobody asked for it: what was dropped stays dropped. */
  readonly isWatched: boolean
  readonly by: ProviderOrigin
}

/** Another document of a provider that stands: it never speaks at once, whoever brings it. */
export async function bringBeside(beside: Beside, { metadata, notes }: GoodReading): Promise<BringingIn> {
  const { tell, replace, before, source, by } = beside
  if (metadata.entityId !== before.metadata.entityId) return anotherProvider(before, metadata)
  if (usesTheSame(before.metadata, metadata)) return keepSpeaking(beside, { kind: 'read', metadata, notes })
  if (beside.isWatched && before.source.kind === 'url' && before.source.dropped === contentKey(metadata))
    return { kind: 'unchanged', provider: before, notes, isDropped: true }
  const difference = metadataDifference(before.metadata, metadata)
  if (before.staged !== null && usesTheSame(before.staged, metadata)) {
    // A fresh copy of what waits already: nobody is told a second time.
    const staged = isFresher(before.staged, metadata) || isOther(before.source, source)
    const provider = staged ? await replace(before, { staged: metadata, source }, 'provider_changed', by) : before
    return provider === null ? { kind: 'overtaken' } : { kind: 'staged', provider, difference, notes }
  }
  const facts = { changes: difference.map(lineOf).join('; ').slice(0, 1_000), at: metadata.readAt }
  const notices = await tell(before.organizationId, 'provider_staged', facts)
  const provider = await replace(before, { staged: metadata, source }, 'provider_staged', by, { notices })
  return provider === null ? { kind: 'overtaken' } : { kind: 'staged', provider, difference, notes }
}

function anotherProvider(before: Provider, metadata: ProviderMetadata): BringingIn {
  const problem = `the document is of ${metadata.entityId}, the provider here is ${before.metadata.entityId}: another provider is not a change of this one; remove this one first, then import the other`
  return { kind: 'refused', problems: [problem] }
}

/** What is brought is what speaks: something else that waits has been taken back by whoever gives the documents out. */
async function keepSpeaking(beside: Beside, { metadata, notes }: GoodReading): Promise<BringingIn> {
  const { replace, before, source, by } = beside
  if (before.staged !== null) {
    const provider = await replace(before, { metadata, staged: null, source }, 'provider_staged_dropped', by)
    return provider === null ? { kind: 'overtaken' } : { kind: 'withdrawn', provider, notes }
  }
  if (!isFresher(before.metadata, metadata) && !isOther(before.source, source))
    return { kind: 'unchanged', provider: before, notes }
  const provider = await replace(before, { metadata, source }, 'provider_changed', by)
  return provider === null ? { kind: 'overtaken' } : { kind: 'unchanged', provider, notes }
}

const dayMs = 86_400_000

/** Some providers move the end with each copy, every minute if asked: a row a day is enough while it is far. */
function isFresher({ validUntil: before }: ProviderMetadata, { validUntil: next, readAt }: ProviderMetadata): boolean {
  if (before === null || next === null) return before !== next
  return Math.abs(next - before) >= dayMs || (next !== before && before - readAt < dayMs)
}

function isOther(before: ProviderSource, now: ProviderSource): boolean {
  return nameOf(before) !== nameOf(now)
}

export function nameOf(source: ProviderSource): string {
  return source.kind === 'file' ? `file ${source.name}` : `url ${source.url}`
}

export function sourceOf(offered: OfferedMetadata, before: ProviderSource | null, now: number): ProviderSource {
  if (offered.kind === 'file') return { kind: 'file', name: offered.name }
  const dropped = offered.watched === true && before?.kind === 'url' ? before.dropped : undefined
  const source = { kind: 'url', url: offered.url, checkedAt: now, trouble: null } as const
  return dropped === undefined ? source : { ...source, dropped }
}

function lineOf({ what, from, to }: MetadataChange): string {
  if (from === null) return `${what} added: ${to}`
  return to === null ? `${what} gone: ${from}` : `${what}: ${from} -> ${to}`
}

type GoodReading = Extract<MetadataReading, { kind: 'read' }>
