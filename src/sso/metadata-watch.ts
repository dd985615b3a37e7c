import type { Cancel, Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Notice } from '../notices/notice.ts'
import type { OrganizationId } from '../policy/facts.ts'
import { type Expiry, expiriesOf, stageAt } from './expiries.ts'
import type { PublishedKey } from './own-keys.ts'
import type { Provider, Providers } from './provider.ts'
import type { BringingIn, ProviderOrigin } from './provider-changes.ts'
import type { ProviderService } from './providers.ts'

// Looks at providers by itself: fetches again what came from an address, tells in good time what comes to its end, and keeps the figures.
// What it fetches waits beside what speaks, like everything that is brought in; what it cannot fetch takes nothing away. Start at `open`.

export interface MetadataWatch {
  /** For a running gateway: from now on by itself. */
  open(): void
  /** One look at all addresses. */
  refresh(): Promise<void>
  /** One look at everything that ends. */
  warn(): Promise<void>
  figures(): readonly ProviderFigures[]
  close(): void
}

export interface ProviderFigures {
  readonly organizationId: OrganizationId
  readonly createdAt: number
  readonly expiries: readonly Expiry[]
  /** Its address could not be read at the last look. */
  readonly isTroubled: boolean
}

export interface MetadataWatchNeeds {
  readonly store: Pick<Providers, 'list' | 'noteCheck' | 'warn'>
  readonly service: Pick<ProviderService, 'bringIn'>
  readonly ownKeys: { published(): Promise<readonly PublishedKey[]> }
  readonly clock: Clock
  readonly random: Random
  /** A mail to each administrator of the organization. */
  tell(organizationId: OrganizationId, kind: 'provider_expiring', facts: Notice['facts']): Promise<readonly Notice[]>
  trouble(what: string, cause: unknown): void
}

const hourMs = 3_600_000
const warnEveryMs = 10 * 60_000

export function createMetadataWatch(needs: MetadataWatchNeeds): MetadataWatch {
  const { store, clock, random, trouble } = needs
  let closed = false
  const told = new Set<string>()
  let stopWarning: Cancel = () => {}
  let stopRefreshing: Cancel = () => {}
  let figures: readonly ProviderFigures[] = []
  const refresh = async () => {
    for (const provider of await store.list())
      await refreshOne(needs, provider).catch((cause: unknown) => trouble('reading metadata again', cause))
  }
  const warn = async () => {
    const providers = await store.list()
    // Without a provider nobody reads ours, and they need not be made for this.
    const own = providers.length === 0 ? [] : await needs.ownKeys.published()
    figures = providers.map(provider => figuresOf(provider, own))
    for (const each of figures) await warnOf(needs, each, told)
  }
  const quietly = (work: () => Promise<void>) =>
    work().catch((cause: unknown) => {
      if (!closed) trouble('looking after identity providers', cause)
    })
  /** Between nine tenths of an hour and eleven: gateways that were started together do not ask together for ever. */
  const jittered = () => Math.round(hourMs * (0.9 + (0.2 * random.bytes(2).readUInt16BE()) / 0xffff))
  const next = () => {
    stopRefreshing = clock.after(jittered(), () => {
      void quietly(refresh)
        .then(() => quietly(warn))
        .then(() => {
          if (!closed) next()
        })
    })
  }
  return {
    open() {
      stopWarning = clock.every(warnEveryMs, () => void quietly(warn))
      next()
      void quietly(warn)
    },
    refresh,
    warn,
    figures: () => figures,
    close() {
      closed = true
      stopWarning()
      stopRefreshing()
    },
  }
}

/** Who the audit rows name. */
const watch: ProviderOrigin = {
  actor: { kind: 'system', id: 'metadata-watch' },
  address: null,
  receipt: null,
  device: 'gateway',
}

async function refreshOne({ store, service, clock }: MetadataWatchNeeds, provider: Provider): Promise<void> {
  const { source, organizationId, metadata } = provider
  if (source.kind !== 'url') return
  const offered = { kind: 'url', url: source.url, entityId: metadata.entityId, watched: true } as const
  const trouble = troubleIn(await service.bringIn(organizationId, offered, watch))
  await store.noteCheck(organizationId, clock.now(), trouble)
}

const troubleLengthMax = 1_000

function troubleIn(outcome: BringingIn): string | null {
  switch (outcome.kind) {
    case 'refused':
      return outcome.problems.join('; ').slice(0, troubleLengthMax)
    case 'unchanged':
      return outcome.isDropped === true ? 'it still gives out what was dropped' : null
    case 'imported':
    case 'staged':
    case 'withdrawn':
    case 'overtaken':
      return null
    default:
      return outcome satisfies never
  }
}

function figuresOf(provider: Provider, own: readonly PublishedKey[]): ProviderFigures {
  const { organizationId, createdAt, source } = provider
  const isTroubled = source.kind === 'url' && source.trouble !== null
  return { organizationId, createdAt, expiries: expiriesOf(provider, own), isTroubled }
}

const toldMax = 10_000

/** Each stage of each end once, however many gateways look: the store keeps what was told, and this one asks it once. */
async function warnOf({ store, clock, tell }: MetadataWatchNeeds, figures: ProviderFigures, told: Set<string>) {
  const { organizationId, createdAt, expiries } = figures
  const now = clock.now()
  for (const expiry of expiries) {
    const stage = stageAt(expiry, now)
    const { what, which, endsAt } = expiry
    const warning = `${what} ${which} ${endsAt} ${stage}`
    const known = `${organizationId} ${createdAt} ${warning}`
    if (stage === null || told.has(known)) continue
    const notices = await tell(organizationId, 'provider_expiring', { what, which, expiresAt: endsAt })
    await store.warn(organizationId, warning, now, notices)
    if (told.size >= toldMax) told.clear()
    told.add(known)
  }
}
