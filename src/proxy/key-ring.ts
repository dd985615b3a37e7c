import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { AuditEntry } from '../journal/audit.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Seal } from '../lib/seal.ts'
import type { KeyStore, StoredKey } from './key-store.ts'

/**
 * The signing keys in memory: the current one signs, the next one is already published, the previous one still is. So a rotation
 * costs no backend a single refused token, whatever it has cached.
 */
export interface KeyRing {
  current(): SigningKey
  /** Public JWKs of next, current and previous. */
  published(): readonly PublicKey[]
  rotate(audit: AuditEntry): Promise<readonly PublicKey[]>
  /** Reads the store again: after another process rotated. */
  refresh(): Promise<void>
}

export interface SigningKey {
  readonly kid: string
  readonly alg: 'ES256' | 'EdDSA'
  readonly privateKey: KeyObject
}

export interface PublicKey {
  readonly kid: string
  readonly state: StoredKey['state']
  readonly createdAt: number
  readonly jwk: Readonly<Record<string, string>>
}

export interface KeyRingOptions {
  readonly store: KeyStore
  readonly seal: Seal
  readonly clock: Clock
  /** Of new keys; asked at each rotation, because a reload may change it. */
  readonly algorithm: () => SigningKey['alg']
}

export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const { store, seal } = options
  const existing = await store.list()
  let ring = readKeys(
    existing.length > 0 ? existing : await store.begin([newKey(options, 'current'), newKey(options, 'next')]),
    seal,
  )
  return {
    current: () => ring.current,
    published: () => ring.published,
    async rotate(audit) {
      ring = readKeys(await store.rotate(newKey(options, 'next'), audit), seal)
      return ring.published
    },
    async refresh() {
      ring = readKeys(await store.list(), seal)
    },
  }
}

interface Ring {
  readonly current: SigningKey
  readonly published: readonly PublicKey[]
}

function readKeys(stored: readonly StoredKey[], seal: Seal): Ring {
  const current = stored.find(key => key.state === 'current')
  // Without a key nothing may be signed, and nothing is forwarded unsigned.
  if (current === undefined) throw new Fault('unavailable', { detail: 'the store holds no current signing key' })
  return {
    current: { kid: current.kid, alg: current.algorithm, privateKey: openPrivateKey(current, seal) },
    published: stored
      .filter(key => key.state !== 'retired')
      .map(key => ({ kid: key.kid, state: key.state, createdAt: key.createdAt, jwk: readJwk(key.publicJwk) })),
  }
}

function openPrivateKey(key: StoredKey, seal: Seal): KeyObject {
  try {
    return createPrivateKey({ key: readJwk(seal.open(key.sealedPrivateJwk, `key:${key.kid}`)), format: 'jwk' })
  } catch (cause) {
    throw new Fault('unavailable', {
      detail: `signing key ${key.kid} cannot be opened: is it the root key it was sealed with?`,
      cause,
    })
  }
}

function newKey(options: KeyRingOptions, state: StoredKey['state']): StoredKey {
  const { seal, clock } = options
  const algorithm = options.algorithm()
  const pair =
    algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  const { d: _private, ...jwk } = pair.privateKey.export({ format: 'jwk' })
  const kid = thumbprint(jwk)
  const publicJwk = { ...jwk, kid, alg: algorithm, use: 'sig' }
  return {
    kid,
    algorithm,
    state,
    publicJwk: JSON.stringify(publicJwk),
    sealedPrivateJwk: seal.close(JSON.stringify(pair.privateKey.export({ format: 'jwk' })), `key:${kid}`),
    createdAt: clock.now(),
  }
}

/** RFC 7638 §3: SHA-256 over the required members in lexicographic order. */
function thumbprint(jwk: { crv?: string; kty?: string; x?: string; y?: string }): string {
  const { crv, kty, x, y } = jwk
  return createHash('sha256')
    .update(JSON.stringify(y === undefined ? { crv, kty, x } : { crv, kty, x, y }))
    .digest('base64url')
}

function readJwk(json: string): Record<string, string> {
  const parsed: unknown = JSON.parse(json)
  if (typeof parsed !== 'object' || parsed === null)
    throw new Fault('internal', { detail: 'a stored JWK is no object' })
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]))
}
