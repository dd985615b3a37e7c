import type { GatewayConfig } from '../config/gateway-config.ts'
import type { Journal } from '../journal/journal.ts'
import type { Metrics } from '../journal/metrics.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import type { Notice, NoticeKind } from '../notices/notice.ts'
import { createOutgoing } from '../outgoing/outgoing.ts'
import { findAdministrators } from '../people/administrators.ts'
import type { OrganizationId } from '../policy/facts.ts'
import { fetchMetadata } from '../sso/fetch-metadata.ts'
import type { MetadataQuestion, MetadataReading } from '../sso/metadata-reading.ts'
import { createMetadataWatch, type MetadataWatch } from '../sso/metadata-watch.ts'
import { type OwnKeyRing, openOwnKeys } from '../sso/own-keys.ts'
import { createProviderRegistry, type ProviderRegistry } from '../sso/provider-registry.ts'
import { createProviderService, type ProviderService } from '../sso/providers.ts'
import { createXmlPool, type XmlPool } from '../sso/xml-pool.ts'
import type { SqliteStore } from '../stores/sqlite/client.ts'

/** Single sign-on, as far as it stands with or without a gateway in front. */
export interface Sso {
  readonly ownKeys: OwnKeyRing
  readonly registry: ProviderRegistry
  readonly xml: XmlPool
  readonly providers: ProviderService
  readonly watch: MetadataWatch
  close(): Promise<void>
}

export interface SsoNeeds {
  readonly config: () => GatewayConfig
  readonly store: SqliteStore
  readonly seal: Seal
  readonly journal: Journal
  readonly metrics: Metrics
  readonly clock: Clock
  readonly random: Random
}

export function openSso({ config, store, seal, journal, metrics, clock, random }: SsoNeeds): Sso {
  const ownKeys = openOwnKeys({
    ...{ store: store.ownKeys, seal, clock, random },
    commonName: () => config().portal.host,
  })
  const registry = createProviderRegistry({ store: store.providers, changes: store.changes, clock })
  const xml = createXmlPool({ clock, onTrouble: cause => journal.trouble('reading XML', cause) })
  const outgoing = createOutgoing({ clock, rules: () => config().outgoing })
  const tell = tellAdministrators(store)
  const ending = new AbortController()
  const providers = createProviderService({
    ...{ store: store.providers, clock, tell },
    read: question => readInPool(xml, question),
    fetch: url => fetchMetadata(outgoing, url, ending.signal),
    plainHttp: () => config().portal.origin.startsWith('http:'),
  })
  const watch = createMetadataWatch({
    ...{ store: store.providers, service: providers, ownKeys, clock, random, tell },
    trouble: (what, cause) => journal.trouble(what, cause),
  })
  showFigures(metrics, watch)
  const stopHearing = store.changes.subscribe(changes => {
    if (changes.some(({ kind }) => kind === 'keys' || kind === 'everything'))
      ownKeys.refresh().catch((cause: unknown) => journal.trouble('reading the keys for identity providers', cause))
  })
  return {
    ownKeys,
    registry,
    xml,
    providers,
    watch,
    async close() {
      watch.close()
      ending.abort(new Error('stopping'))
      stopHearing()
      registry.close()
      await xml.close()
    },
  }
}

/** Alerts in docs/operations.md stand on these. */
function showFigures(metrics: Metrics, watch: MetadataWatch): void {
  const help = 'When a certificate or document of single sign-on ends, in seconds since 1970'
  metrics.gauges('sso_ends_seconds', help, ['organization', 'what', 'which'], () =>
    watch
      .figures()
      .flatMap(({ organizationId: organization, expiries }) =>
        expiries.map(({ what, which, endsAt }) => [{ organization, what, which }, endsAt / 1000] as const),
      ),
  )
  metrics.gauges('sso_metadata_trouble', 'Whether metadata could not be read at the last look', ['organization'], () =>
    watch
      .figures()
      .map(({ organizationId: organization, isTroubled }) => [{ organization }, isTroubled ? 1 : 0] as const),
  )
}

async function readInPool(xml: XmlPool, question: MetadataQuestion): Promise<MetadataReading> {
  const ran = await xml.run('metadata', question)
  switch (ran.kind) {
    case 'done':
      return ran.value
    case 'busy':
      return { kind: 'refused', problems: ['too many messages are being read at this moment: try again'] }
    case 'given_up':
      return { kind: 'refused', problems: [`the document could not be read: ${ran.detail}`] }
    default:
      return ran satisfies never
  }
}

/** A mail to each of a hundred administrators would be a nuisance. */
const administratorsMax = 20

function tellAdministrators({ accounts, organizations }: Pick<SqliteStore, 'accounts' | 'organizations'>) {
  return async (id: OrganizationId, kind: NoticeKind, facts: Notice['facts']): Promise<readonly Notice[]> => {
    const organization = (await organizations.find(id))?.name ?? id
    const administrators = await findAdministrators(accounts, id, administratorsMax)
    return administrators.map(({ email, language, name }) => {
      return { kind, to: email, language, facts: { ...facts, name, organization } }
    })
  }
}
