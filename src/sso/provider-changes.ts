import type { Actor, AuditEntry, AuditEvent } from '../journal/audit.ts'
import type { Notice } from '../notices/notice.ts'
import type { MetadataChange } from './metadata-difference.ts'
import type { Provider } from './provider.ts'

// What can be done to a provider, and what comes of it.

export type OfferedMetadata = (
  | { readonly kind: 'file'; readonly name: string; readonly document: string }
  /** `watched`: nobody asked; it is looked at again by itself. */
  | { readonly kind: 'url'; readonly url: string; readonly watched?: true }
) & {
  /** Which provider of a document of several. */
  readonly entityId: string | null
}

/** Who asks and from where; what people/origin.ts calls an Origin fits. */
export interface ProviderOrigin {
  readonly actor: Actor
  readonly address: string | null
  readonly receipt: string | null
  readonly device: string
}

export type BringingIn =
  /** There was none: it speaks from now on. */
  | { readonly kind: 'imported'; readonly provider: Provider; readonly notes: readonly string[] }
  /** It waits beside what speaks. Both are accepted. */
  | {
      readonly kind: 'staged'
      readonly provider: Provider
      readonly difference: readonly MetadataChange[]
      readonly notes: readonly string[]
    }
  /** It is what speaks already; `withdrawn`: what was staged has been taken back by this. */
  | {
      readonly kind: 'unchanged' | 'withdrawn'
      readonly provider: Provider
      readonly notes: readonly string[]
      /** The address still gives out what somebody dropped. */
      readonly isDropped?: true
    }
  | { readonly kind: 'refused'; readonly problems: readonly string[] }
  | { readonly kind: 'overtaken' }

export type ProviderChanging =
  | { readonly kind: 'changed'; readonly provider: Provider }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }
  | { readonly kind: 'nothing_staged' | 'unknown' | 'overtaken' }

/** Writes a provider in place of the one that was read; null when somebody was faster. */
export type Replace = (
  before: Provider,
  next: Partial<Provider>,
  event: AuditEvent,
  by: ProviderOrigin,
  more?: { readonly facts?: AuditEntry['facts']; readonly notices?: readonly Notice[] },
) => Promise<Provider | null>
