import type { GatewayConfig } from '../config/gateway-config.ts'
import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import { type OwnKeyRing, openOwnKeys } from '../sso/own-keys.ts'
import { createProviderRegistry, type ProviderRegistry } from '../sso/provider-registry.ts'
import { createXmlPool, type XmlPool } from '../sso/xml-pool.ts'
import type { SqliteStore } from '../stores/sqlite/client.ts'

/** Single sign-on, as far as it stands with or without a gateway in front. */
export interface Sso {
  readonly ownKeys: OwnKeyRing
  readonly registry: ProviderRegistry
  readonly xml: XmlPool
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
  const stopHearing = store.changes.subscribe(changes => {
    if (changes.some(({ kind }) => kind === 'keys' || kind === 'everything'))
      ownKeys.refresh().catch((cause: unknown) => journal.trouble('reading the keys for identity providers', cause))
  })
  return {
    ownKeys,
    registry,
    xml,
    async close() {
      stopHearing()
      registry.close()
      await xml.close()
    },
  }
}
