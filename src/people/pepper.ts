import { deriveKey, hashToken } from '../lib/secret.ts'

/** A key that goes into every hash (SP 800-63B-4 §3.1.1.2): whoever has the store alone cannot try passwords against it. */
export interface PepperKey {
  /** Stands before the hash. Made from the key itself, so that no hash can be filed under the wrong one. */
  readonly id: string
  readonly key: Buffer
}

/** The key of new hashes, and those that old hashes were made with. */
export interface Pepper {
  readonly current: PepperKey
  find(id: string): PepperKey | null
  ids(): readonly string[]
}

export function createPepper(current: Buffer, previous: readonly Buffer[]): Pepper {
  const keys = [current, ...previous].map(keyOf)
  const [first = keyOf(current)] = keys
  return {
    current: first,
    find: id => keys.find(each => each.id === id) ?? null,
    ids: () => [...new Set(keys.map(({ id }) => id))],
  }
}

/** How a hash is kept: which key it was made with, and the PHC string. `keyId` null: from before there was a key. */
export interface StoredHash {
  readonly keyId: string | null
  readonly phc: string
}

export function readStoredHash(hash: string): StoredHash {
  const keyed = /^k1:([A-Za-z0-9_-]{8})(\$.*)$/s.exec(hash)
  return keyed === null ? { keyId: null, phc: hash } : { keyId: keyed[1] ?? '', phc: keyed[2] ?? '' }
}

export function writeStoredHash(keyId: string, phc: string): string {
  return `k1:${keyId}${phc}`
}

function keyOf(secret: Buffer): PepperKey {
  const key = deriveKey(secret, 'password hashes')
  // 48 bits of a key derived for this alone: enough to tell a handful of keys apart, and nothing about them.
  return {
    id: hashToken(deriveKey(secret, 'name of the key of password hashes').toString('base64url')).slice(0, 8),
    key,
  }
}
