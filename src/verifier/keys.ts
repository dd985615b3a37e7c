import type { CryptoKey } from 'jose'
import type { Json } from './json.ts'
import { type Fetch, fetchKeySet } from './key-set.ts'
import { importKeys, type KnownKey } from './known-key.ts'
import type { Time } from './time.ts'
import type { Algorithm } from './token.ts'

/** The public keys of the gateway: fetched from its address, or given (tests; backends that must not call out). */
export type KeySource =
  | { readonly jwksUrl: string; readonly jwks?: undefined; readonly fetch?: Fetch }
  | { readonly jwks: Json; readonly jwksUrl?: undefined; readonly fetch?: undefined }

export interface Keys {
  find(kid: string, algorithm: Algorithm): Promise<KeySearch>
}

export type KeySearch =
  | { readonly kind: 'found'; readonly key: CryptoKey }
  | { readonly kind: 'unknown' }
  /** Not one set of keys was ever read. */
  | { readonly kind: 'unavailable' }

/** Keeps the published keys. However many tokens arrive, at most one fetch runs, and a flood of invented key ids causes one in 10 s. */
export function createKeys(source: KeySource, clock: Time): Keys {
  const cache =
    source.jwksUrl === undefined ? createGiven(source.jwks) : createFetched(source.jwksUrl, source.fetch, clock)
  return {
    async find(kid, algorithm) {
      const keys = await cache.read(kid)
      if (keys === null) return { kind: 'unavailable' }
      const known = keys.get(kid)
      // RFC 8725 section 3.1: a key speaks one algorithm; what the token asks for must be that one.
      if (known === undefined || known.algorithm !== algorithm) return { kind: 'unknown' }
      return { kind: 'found', key: known.key }
    },
  }
}

type KeyMap = ReadonlyMap<string, KnownKey>

interface Cache {
  /** The keys to search for `kid`, fetched anew first where that may help; null when there are none. */
  read(kid: string): Promise<KeyMap | null>
}

function createGiven(jwks: Json): Cache {
  let keys: Promise<KeyMap | null> | undefined
  return {
    read() {
      keys ??= importKeys(jwks)
      return keys
    },
  }
}

// A withdrawn key is trusted for this long at most while the issuer answers; the gateway's JWKS says the same max-age.
const freshMs = 300_000
const pauseMs = 10_000
// Nothing read yet: a backend that started before its gateway should not refuse everybody for ten seconds.
const firstPauseMs = 1_000

function createFetched(url: string, fetchIt: Fetch = fetch, clock: Time): Cache {
  let keys: KeyMap | null = null
  let readAtMs = 0
  let triedAtMs = Number.NEGATIVE_INFINITY
  let away = false
  let running: Promise<void> | undefined

  const refresh = async (): Promise<void> => {
    triedAtMs = clock.monotonicMs()
    const set = await fetchKeySet(url, fetchIt, clock)
    const fresh = set === null ? null : await importKeys(set)
    away = fresh === null
    if (fresh !== null) {
      keys = fresh
      readAtMs = triedAtMs
    }
    running = undefined
  }

  return {
    async read(kid) {
      const nowMs = clock.monotonicMs()
      const known = keys?.has(kid) === true
      if (known && nowMs - readAtMs < freshMs) return keys
      if (running === undefined && nowMs - triedAtMs >= (keys === null ? firstPauseMs : pauseMs)) running = refresh()
      // While the issuer is away, old keys go on serving and nobody waits for the next try; an unknown key must wait for it.
      if (!known || !away) await running
      return keys
    },
  }
}
