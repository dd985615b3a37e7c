import { secureRandom } from '../../src/lib/random.ts'
import type { Notice } from '../../src/notices/notice.ts'
import type { OrganizationId } from '../../src/policy/facts.ts'
import type { FetchedMetadata } from '../../src/sso/fetch-metadata.ts'
import type { Provider } from '../../src/sso/provider.ts'
import { createProviderService, type ProviderService } from '../../src/sso/providers.ts'
import { readMetadata } from '../../src/sso/read-metadata.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import { storedOrganizationId } from '../contracts/sso-samples.ts'
import { auditKey, tempFolder } from '../stores/temp-folder.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'

export const mika = {
  actor: { kind: 'operator', id: 'mika' },
  address: null,
  receipt: null,
  device: 'operator',
} as const

/** Documents by the address that gives them out. */
export type Web = Map<string, FetchedMetadata>

export interface SsoHouse extends AsyncDisposable {
  readonly clock: TestClock
  readonly store: SqliteStore
  readonly web: Web
  readonly id: OrganizationId
  readonly service: ProviderService
  serviceWith(about: Partial<Parameters<typeof createProviderService>[0]>): ProviderService
  provider(): Promise<Provider>
  events(): Promise<readonly string[]>
  mails(): Promise<readonly Notice[]>
}

/** A store, one organization, and the service over them; the web is a table. */
export async function openSsoHouse(): Promise<SsoHouse> {
  const clock = createTestClock()
  const folder = tempFolder()
  const store = await openSqliteStore({ file: folder.file(`${secureRandom.token(4)}.db`), auditKey, clock })
  const id = await storedOrganizationId(store)
  const web: Web = new Map()
  const serviceWith: SsoHouse['serviceWith'] = about =>
    createProviderService({
      ...{ store: store.providers, clock, plainHttp: () => false },
      read: async question => readMetadata(question),
      fetch: async url => web.get(url) ?? { kind: 'failed', why: 'no answer within 10 s' },
      tell: async (_id, kind, facts): Promise<readonly Notice[]> => [
        { kind, to: 'root@example.com', language: 'en', facts: { ...facts, name: 'Root', organization: 'Acme' } },
      ],
      ...about,
    })
  return {
    ...{ clock, store, web, id, serviceWith, service: serviceWith({}) },
    async provider() {
      const provider = await store.providers.find(id)
      if (provider === null) throw new Error('there is no provider')
      return provider
    },
    events: async () => (await store.audit.list({ limit: 100 })).map(({ entry }) => entry.event).slice(1),
    mails: async () => (await store.outbox.list('all', 100)).map(({ notice }) => notice),
    async [Symbol.asyncDispose]() {
      await store.close()
      folder[Symbol.dispose]()
    },
  }
}
