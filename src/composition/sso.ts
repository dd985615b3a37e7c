import type { GatewayConfig } from '../config/gateway-config.ts'
import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import type { Notice, NoticeKind } from '../notices/notice.ts'
import { createOutgoing } from '../outgoing/outgoing.ts'
import { findAdministrators } from '../people/administrators.ts'
import type { OrganizationId } from '../policy/facts.ts'
import { fetchMetadata } from '../sso/fetch-metadata.ts'
import type { MetadataQuestion, MetadataReading } from '../sso/metadata-reading.ts'
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
  close(): Promise<void>
}

export interface SsoNeeds {
  readonly config: () => GatewayConfig
  readonly store: SqliteStore
  readonly seal: Seal
  readonly journal: Journal
  readonly clock: Clock
  readonly random: Random
}

export function openSso({ config, store, seal, journal, clock, random }: SsoNeeds): Sso {
  const ownKeys = openOwnKeys({
    ...{ store: store.ownKeys, seal, clock, random },
    commonName: () => config().portal.host,
  })
  const registry = createProviderRegistry({ store: store.providers, changes: store.changes, clock })
  const xml = createXmlPool({ clock, onTrouble: cause => journal.trouble('reading XML', cause) })
  const outgoing = createOutgoing({ clock, rules: () => config().outgoing })
  const providers = createProviderService({
    ...{ store: store.providers, clock, tell: tellAdministrators(store) },
    read: question => readInPool(xml, question),
    fetch: url => fetchMetadata(outgoing, url),
    plainHttp: () => config().portal.origin.startsWith('http:'),
  })
  const stopHearing = store.changes.subscribe(changes => {
    if (changes.some(({ kind }) => kind === 'keys' || kind === 'everything'))
      ownKeys.refresh().catch((cause: unknown) => journal.trouble('reading the keys for identity providers', cause))
  })
  return {
    ownKeys,
    registry,
    xml,
    providers,
    async close() {
      stopHearing()
      registry.close()
      await xml.close()
    },
  }
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

export function tellAdministrators({ accounts, organizations }: Pick<SqliteStore, 'accounts' | 'organizations'>) {
  return async (id: OrganizationId, kind: NoticeKind, facts: Notice['facts']): Promise<readonly Notice[]> => {
    const organization = (await organizations.find(id))?.name ?? id
    const administrators = await findAdministrators(accounts, id, administratorsMax)
    return administrators.map(({ email, language, name }) => {
      return { kind, to: email, language, facts: { ...facts, name, organization } }
    })
  }
}
