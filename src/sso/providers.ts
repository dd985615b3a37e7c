import type { AuditEntry, AuditEvent } from '../journal/audit.ts'
import type { Clock } from '../lib/clock.ts'
import type { OrganizationId } from '../policy/facts.ts'
import { changeSettings, type SettingsBounds } from './change-settings.ts'
import { type FetchedMetadata, problemOfAddress } from './fetch-metadata.ts'
import { contentKey } from './metadata-difference.ts'
import type { MetadataQuestion, MetadataReading } from './metadata-reading.ts'
import {
  defaultSettings,
  type Provider,
  type ProviderMetadata,
  type ProviderSettings,
  type ProviderSource,
  type Providers,
} from './provider.ts'
import type { BringingIn, OfferedMetadata, ProviderChanging, ProviderOrigin, Replace } from './provider-changes.ts'
import { type Beside, bringBeside, nameOf, sourceOf } from './staging.ts'

// What is done to the identity provider of an organization: its metadata comes in, waits beside what speaks, and is promoted or dropped.
// Every change leaves an audit row. It judges documents, not people: who may do this was decided before. Start at `bringIn`.

export interface ProviderService {
  bringIn(organizationId: OrganizationId, metadata: OfferedMetadata, by: ProviderOrigin): Promise<BringingIn>
  /** `digest`: of the document that was looked at; null means whatever waits. */
  promote(organizationId: OrganizationId, digest: string | null, by: ProviderOrigin): Promise<ProviderChanging>
  drop(organizationId: OrganizationId, digest: string | null, by: ProviderOrigin): Promise<ProviderChanging>
  /** Settings as `key=value`. */
  change(
    organizationId: OrganizationId,
    words: readonly string[],
    roles: SettingsBounds['roles'],
    by: ProviderOrigin,
  ): Promise<ProviderChanging>
  remove(organizationId: OrganizationId, by: ProviderOrigin): Promise<boolean>
}

export interface ProviderServiceNeeds extends Pick<Beside, 'tell'> {
  readonly store: Providers
  readonly clock: Clock
  read(question: MetadataQuestion): Promise<MetadataReading>
  fetch(url: string): Promise<FetchedMetadata>
  /** Addresses may be http: the portal itself is, in development. */
  plainHttp(): boolean
}

type Deciding = (before: Provider, staged: ProviderMetadata) => Promise<ProviderChanging>

export function createProviderService(needs: ProviderServiceNeeds): ProviderService {
  const { store, clock } = needs
  const audit = (event: AuditEvent, id: OrganizationId, by: ProviderOrigin, facts: AuditEntry['facts']) =>
    rowOf(event, { id, by, facts, at: clock.now() })
  /** Replaces what was read; false when somebody was faster. */
  const replace: Replace = async (before, next, event, by, { facts = {}, notices = [] } = {}) => {
    const provider = { ...before, ...next, version: before.version + 1 }
    const row = audit(event, provider.organizationId, by, { ...summaryOf(provider), ...facts })
    const endsSessions = stopsBelieving(before, provider)
    return (await store.put(provider, row, { notices, endsSessions })) ? provider : null
  }
  const act = async (id: OrganizationId, work: (provider: Provider) => Promise<ProviderChanging>) => {
    const provider = await store.find(id)
    return provider === null ? { kind: 'unknown' as const } : work(provider)
  }
  /** Something else may have come to wait since the look; between here and the write, the version tells. */
  const decide = (id: OrganizationId, digest: string | null, work: Deciding) =>
    act(id, async before => {
      const { staged } = before
      if (staged === null) return { kind: 'nothing_staged' }
      return digest === null || digest === staged.digest ? work(before, staged) : { kind: 'overtaken' }
    })
  const told = (provider: Provider | null): ProviderChanging =>
    provider === null ? { kind: 'overtaken' } : { kind: 'changed', provider }
  return {
    async bringIn(id, offered, by) {
      const reading = await readOffered(needs, offered)
      if (reading.kind === 'refused') return reading
      const before = await store.find(id)
      const source = sourceOf(offered, before?.source ?? null, clock.now())
      const isWatched = offered.kind === 'url' && offered.watched === true
      if (before !== null) return bringBeside({ tell: needs.tell, replace, before, source, isWatched, by }, reading)
      const provider = newProvider(id, reading.metadata, source, clock.now())
      const row = audit('provider_imported', id, by, summaryOf(provider))
      return (await store.put(provider, row))
        ? { kind: 'imported', provider, notes: reading.notes }
        : { kind: 'overtaken' }
    },
    promote: (id, digest, by) =>
      decide(id, digest, async (before, staged) => {
        const next = { metadata: staged, staged: null, settings: fitting(before.settings, staged) }
        return told(await replace(before, next, 'provider_promoted', by))
      }),
    drop: (id, digest, by) =>
      decide(id, digest, async (before, staged) => {
        const dropped = contentKey(staged)
        const source = before.source.kind === 'url' ? { ...before.source, dropped } : before.source
        return told(await replace(before, { staged: null, source }, 'provider_staged_dropped', by))
      }),
    change: (id, words, roles, by) =>
      act(id, async before => {
        const outcome = changeSettings(before.settings, words, { metadata: before.metadata, roles })
        if (outcome.kind === 'invalid') return outcome
        const facts = { settings: words.join(' ').slice(0, 500) }
        return told(await replace(before, { settings: outcome.settings }, 'provider_changed', by, { facts }))
      }),
    remove: (id, by) => store.remove(id, audit('provider_removed', id, by, {})),
  }
}

interface Done {
  readonly id: OrganizationId
  readonly by: ProviderOrigin
  readonly facts: AuditEntry['facts']
  readonly at: number
}

function rowOf(event: AuditEvent, { id, by, facts, at }: Done): AuditEntry {
  const { actor, address, receipt, device } = by
  const about = { accountId: null, organizationId: id, facts: { device, ...facts } }
  return { event, at, actor, address, receipt, ...about }
}

/**
 * A certificate that waited and is accepted no longer: whoever put it there may have signed in as anybody meanwhile, and which key had signed is
 * not kept. One that spoke and is replaced by a promotion has done nothing wrong.
 */
function stopsBelieving(before: Provider, { metadata, staged }: Provider): boolean {
  const accepted = [...metadata.certificates, ...(staged?.certificates ?? [])]
  const waited = (before.staged?.certificates ?? []).filter(each => !before.metadata.certificates.includes(each))
  return waited.some(each => !accepted.includes(each))
}

async function readOffered(needs: ProviderServiceNeeds, offered: OfferedMetadata): Promise<MetadataReading> {
  const found = offered.kind === 'file' ? offered.document : await fetchOffered(needs, offered.url)
  if (typeof found !== 'string') return found
  const { entityId } = offered
  return needs.read({ document: found, entityId, plainHttp: needs.plainHttp(), now: needs.clock.now() })
}

async function fetchOffered(needs: ProviderServiceNeeds, url: string) {
  const problem = problemOfAddress(url, needs.plainHttp())
  const fetched = problem === null ? await needs.fetch(url) : { kind: 'failed' as const, why: problem }
  if (fetched.kind === 'fetched') return fetched.document
  return { kind: 'refused' as const, problems: [`the document could not be fetched: ${fetched.why}`] }
}

function newProvider(
  organizationId: OrganizationId,
  metadata: ProviderMetadata,
  source: ProviderSource,
  createdAt: number,
): Provider {
  const settings = fitting(defaultSettings, metadata)
  return { organizationId, metadata, staged: null, source, settings, createdAt, version: 1 }
}

/** Requests travel in a way that the provider offers. */
function fitting(settings: ProviderSettings, { signOn }: ProviderMetadata): ProviderSettings {
  const [first] = signOn
  if (first === undefined || signOn.some(({ binding }) => binding === settings.requestBinding)) return settings
  return { ...settings, requestBinding: first.binding }
}

function summaryOf({ metadata, staged, source }: Provider): AuditEntry['facts'] {
  return {
    entityId: metadata.entityId,
    certificates: metadata.certificates.length,
    staged: staged === null ? null : staged.digest,
    digest: metadata.digest,
    source: nameOf(source),
  }
}
