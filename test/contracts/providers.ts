import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Provider } from '../../src/sso/provider.ts'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import { aNotice, anEntry, now, organizationId, storedAccount, storedChild, storedSession } from './samples.ts'
import { aMetadata, aProvider, storedOrganizationId } from './sso-samples.ts'

export function describeProviders(open: OpenStore): void {
  describe('identity providers', () => {
    let store: DurablePorts
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const imported = async (about: Partial<Provider> = {}) => {
      const provider = aProvider(await storedOrganizationId(store), about)
      expect(await store.providers.put(provider, anEntry('provider_imported'))).toBe(true)
      return provider
    }
    const events = async () => (await store.audit.list({ limit: 10 })).map(({ entry }) => entry.event)

    test('come back as they were put, and are listed', async () => {
      const provider = await imported({ staged: aMetadata({ validUntil: now + 1 }) })
      const other = await imported({ source: { kind: 'url', url: 'https://idp.test/', checkedAt: now, trouble: null } })

      expect(await store.providers.find(provider.organizationId)).toEqual(provider)
      expect(await store.providers.find(organizationId())).toBe(null)
      expect((await store.providers.list()).toSorted(byOrganization)).toEqual(
        [provider, other].toSorted(byOrganization),
      )
    })

    test('each change is announced as one of the organization, with its audit row and its notices', async () => {
      const provider = await imported()
      const next = { ...provider, staged: aMetadata(), version: 2 }

      const heard = await heardDuring(store, async () => {
        await store.providers.put(next, anEntry('provider_staged'), { notices: [aNotice()] })
        await store.providers.remove(provider.organizationId, anEntry('provider_removed'))
      })

      const change = { kind: 'organization', id: provider.organizationId }
      expect(heard).toEqual([change, change])
      expect((await events()).slice(-2)).toEqual(['provider_staged', 'provider_removed'])
      expect(await store.outbox.list('all', 10)).toHaveLength(1)
      expect(await store.providers.find(provider.organizationId)).toBe(null)
    })

    test('a change that was made of an older one is refused and leaves no trace', async () => {
      const provider = await imported()
      await store.providers.put({ ...provider, version: 2 }, anEntry('provider_changed'))
      const before = await events()

      const late = { ...provider, metadata: aMetadata(), version: 2 }
      const heard = await heardDuring(store, async () => {
        expect(await store.providers.put(late, anEntry('provider_staged'), { notices: [aNotice()] })).toBe(false)
        expect(await store.providers.put({ ...late, version: 1 }, anEntry('provider_imported'))).toBe(false)
        expect(await store.providers.remove(organizationId(), anEntry('provider_removed'))).toBe(false)
      })

      expect(await store.providers.find(provider.organizationId)).toEqual({ ...provider, version: 2 })
      expect([heard, await events()]).toEqual([[], before])
      expect(await store.outbox.list('all', 10)).toEqual([])
    })

    test('a change that ends sessions ends those for which that provider vouched, and the row says how many', async () => {
      const provider = await imported()
      const { organizationId: corp } = provider
      const { id } = await storedAccount(store, { organizationId: corp })
      const stranger = await storedAccount(store, { organizationId: await storedOrganizationId(store) })
      const vouched = { proofs: [{ kind: 'saml', at: now, organization: corp } as const] }
      const root = await storedSession(store, id, vouched)
      const child = await storedChild(store, root)
      const spared = [await storedSession(store, id), await storedSession(store, stranger.id, vouched)]
      await store.providers.put({ ...provider, version: 2 }, anEntry('provider_staged'))

      const heard = await heardDuring(store, async () => {
        const row = anEntry('provider_staged_dropped', { facts: { digest: 'd' } })
        await store.providers.put({ ...provider, version: 3 }, row, { endsSessions: true })
        await store.providers.put({ ...provider, version: 3 }, row, { endsSessions: true })
      })

      expect(heard).toEqual([
        { kind: 'organization', id: corp },
        ...[root, child].map(session => ({ kind: 'session', id: session.id })),
      ])
      for (const { tokenHash } of spared) expect(await store.sessions.findByTokenHash(tokenHash)).not.toBeNull()
      const rows = await store.audit.list({ limit: 10 })
      expect(rows.at(-1)?.entry.facts).toEqual({ digest: 'd', sessions: 1 })
    })

    test('a look at the address is noted without a change of what speaks', async () => {
      const source = { kind: 'url', url: 'https://idp.test/', checkedAt: now, trouble: null } as const
      const provider = await imported({ source })
      const fromFile = await imported()

      await store.providers.noteCheck(provider.organizationId, now + 5, 'no answer')
      await store.providers.noteCheck(fromFile.organizationId, now + 5, 'no answer')
      await store.providers.noteCheck(organizationId(), now + 5, 'no answer')

      const noted = { ...source, checkedAt: now + 5, trouble: 'no answer' }
      expect(await store.providers.find(provider.organizationId)).toEqual({ ...provider, source: noted })
      expect(await store.providers.find(fromFile.organizationId)).toEqual(fromFile)
    })

    test('a warning is told once, and once more when the provider was removed in between', async () => {
      const provider = await imported()
      const { organizationId: id } = provider
      const mails = async () => (await store.outbox.list('all', 10)).length

      expect(await store.providers.warn(id, 'expiry 30', now, [aNotice(), aNotice()])).toBe(true)
      expect(await store.providers.warn(id, 'expiry 30', now, [aNotice()])).toBe(false)
      expect(await store.providers.warn(id, 'expiry 14', now, [aNotice()])).toBe(true)
      expect(await store.providers.warn(organizationId(), 'expiry 30', now, [aNotice()])).toBe(false)
      expect(await mails()).toBe(3)

      await store.providers.remove(id, anEntry('provider_removed'))
      await store.providers.put(provider, anEntry('provider_imported'))
      expect(await store.providers.warn(id, 'expiry 30', now, [aNotice()])).toBe(true)
    })
  })
}

function byOrganization(a: Provider, b: Provider): number {
  return a.organizationId < b.organizationId ? -1 : 1
}
