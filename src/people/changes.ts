import type { Cancel } from '../lib/clock.ts'

/**
 * What changed in the store, told to whoever keeps copies: the caches of people and keys, and the open connections.
 * Written in the transaction of the change, heard by its own process at once and by others on the same store within a second.
 */
export type Change =
  | { readonly kind: 'session'; readonly id: string }
  | { readonly kind: 'account'; readonly id: string }
  | { readonly kind: 'organization'; readonly id: string }
  | { readonly kind: 'keys' }
  /** Whom operators have shut out. */
  | { readonly kind: 'bans' }
  /** Attacks that were noticed. */
  | { readonly kind: 'threats' }
  /** What was missed can no longer be told one by one (a process that slept for a day): every copy is void. */
  | { readonly kind: 'everything' }

export interface Changes {
  /** The listener must not throw and must not wait. */
  subscribe(listener: (changes: readonly Change[]) => void): Cancel
}
