import type { Clock } from '../lib/clock.ts'
import type { OrganizationId } from '../policy/facts.ts'
import type { Provider, Providers } from './provider.ts'

/** Providers for those who ask at each message: from memory, emptied by what the store announces. */
export interface ProviderRegistry {
  of(organizationId: OrganizationId): Promise<Provider | null>
  /** From the store: a copy is as old as the last change that was heard of, and another process may have made one. */
  afresh(organizationId: OrganizationId): Promise<Provider | null>
  close(): void
}

export interface ProviderRegistryNeeds {
  readonly store: Pick<Providers, 'find'>
  readonly changes: ProviderChanges
  readonly clock: Clock
}

/** The announcements of the store, as far as they matter here. */
export interface ProviderChanges {
  subscribe(listener: (changes: readonly { readonly kind: string; readonly id?: string }[]) => void): () => void
}

/** A store that cannot be heard may have changed: as long as everywhere else in the house. */
const trustMs = 30_000
const providersMax = 10_000

export function createProviderRegistry({ store, changes, clock }: ProviderRegistryNeeds): ProviderRegistry {
  const copies = new Map<string, { readonly readAt: number; readonly provider: Promise<Provider | null> }>()
  const close = changes.subscribe(heard => {
    for (const { kind, id } of heard) {
      if (kind === 'organization' && id !== undefined) copies.delete(id)
      if (kind === 'everything') copies.clear()
    }
  })
  const read = (id: OrganizationId) => {
    const copy = { readAt: clock.monotonicMs(), provider: store.find(id) }
    if (copies.size >= providersMax) copies.clear()
    copies.set(id, copy)
    copy.provider.catch(() => {
      if (copies.get(id) === copy) copies.delete(id)
    })
    return copy.provider
  }
  return {
    of(id) {
      const copy = copies.get(id)
      return copy !== undefined && clock.monotonicMs() - copy.readAt < trustMs ? copy.provider : read(id)
    },
    afresh: read,
    close,
  }
}
