import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Provider, Providers } from '../../src/sso/provider.ts'
import { createProviderRegistry, type ProviderRegistry } from '../../src/sso/provider-registry.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import { anEntry } from '../contracts/samples.ts'
import { aMetadata, aProvider, storedOrganizationId } from '../contracts/sso-samples.ts'
import { auditKey, tempFolder } from '../stores/temp-folder.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'

let clock: TestClock
let folder: ReturnType<typeof tempFolder>
let store: SqliteStore
let registry: ProviderRegistry
let provider: Provider
let reads: number
beforeEach(async () => {
  clock = createTestClock()
  folder = tempFolder()
  store = await openSqliteStore({ file: folder.file('store.db'), auditKey, clock })
  reads = 0
  registry = createProviderRegistry({ store: { find: counted }, changes: store.changes, clock })
  provider = aProvider(await storedOrganizationId(store))
  await store.providers.put(provider, anEntry('provider_imported'))
})
afterEach(async () => {
  registry.close()
  await store.close()
  folder[Symbol.dispose]()
})

const counted: Providers['find'] = id => {
  reads++
  return store.providers.find(id)
}

test('a provider is read once for many messages', async () => {
  const found = await Promise.all(Array.from({ length: 5 }, () => registry.of(provider.organizationId)))

  expect(found).toEqual(Array.from({ length: 5 }, () => provider))
  expect(reads).toBe(1)
})

test('what was changed or removed speaks no longer at the next message', async () => {
  await registry.of(provider.organizationId)
  const staged = { ...provider, staged: aMetadata(), version: 2 }

  await store.providers.put(staged, anEntry('provider_staged'))
  expect(await registry.of(provider.organizationId)).toEqual(staged)

  await store.providers.remove(provider.organizationId, anEntry('provider_removed'))
  expect(await registry.of(provider.organizationId)).toBe(null)

  await store.providers.put(provider, anEntry('provider_imported'))
  expect(await registry.of(provider.organizationId)).toEqual(provider)
})

test('a copy is not believed for longer than half a minute, and a failure is not remembered', async () => {
  await registry.of(provider.organizationId)
  clock.advance(30_000)
  await registry.of(provider.organizationId)
  expect(reads).toBe(2)

  let away = true
  const find: Providers['find'] = id => (away ? Promise.reject(new Error('away')) : store.providers.find(id))
  const other = createProviderRegistry({ store: { find }, changes: store.changes, clock })
  await expect(other.of(provider.organizationId)).rejects.toThrow('away')
  away = false
  expect(await other.of(provider.organizationId)).toEqual(provider)
  other.close()
})
