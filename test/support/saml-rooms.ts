import { createSamlRooms } from '../../src/composition/saml.ts'
import type { Clock } from '../../src/lib/clock.ts'
import { secureRandom } from '../../src/lib/random.ts'
import { createSeal } from '../../src/lib/seal.ts'
import type { RouteDemand, SamlRooms } from '../../src/portal/saml-rooms.ts'
import { openOwnKeys } from '../../src/sso/own-keys.ts'
import { createProviderRegistry } from '../../src/sso/provider-registry.ts'
import { createProviderService, type ProviderService } from '../../src/sso/providers.ts'
import { createXmlPool } from '../../src/sso/xml-pool.ts'
import type { SqliteStore } from '../../src/stores/sqlite/client.ts'

/** Single sign-on over a test's store, as the gateway has it. */
export interface TestSaml extends AsyncDisposable {
  readonly rooms: SamlRooms
  readonly service: ProviderService
}

export function openTestSaml(
  store: SqliteStore,
  clock: Clock,
  demandOf: () => RouteDemand = () => ({ secondFactor: false, contexts: [] }),
): TestSaml {
  const random = secureRandom
  const seal = createSeal(Buffer.alloc(32, 8), random)
  const registry = createProviderRegistry({ store: store.providers, changes: store.changes, clock })
  const ownKeys = openOwnKeys({ store: store.ownKeys, seal, clock, random, commonName: () => 'auth.localhost' })
  const xml = createXmlPool({ clock })
  const sso = { registry, ownKeys, xml }
  const offline = { kind: 'refused', problems: ['no metadata is brought in here'] } as const
  return {
    service: createProviderService({
      ...{ store: store.providers, clock, tell: async () => [], read: async () => offline },
      ...{ fetch: async () => ({ kind: 'failed', why: 'no network' }), plainHttp: () => true },
    }),
    rooms: createSamlRooms({ store, sso, key: Buffer.alloc(32, 9), random, clock, demandOf, answered: () => {} }),
    async [Symbol.asyncDispose]() {
      registry.close()
      await xml.close()
    },
  }
}
