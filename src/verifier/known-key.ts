import { type CryptoKey, importJWK, type JWK } from 'jose'
import { isObject, type Json } from './json.ts'
import type { Algorithm } from './token.ts'

/** A key and the one algorithm it may be used with. */
export interface KnownKey {
  readonly key: CryptoKey
  readonly algorithm: Algorithm
}

/** The usable keys of a JWKS by their id; null when there is not one. What we do not understand is left out (RFC 7517 section 5). */
export async function importKeys(jwks: Json): Promise<ReadonlyMap<string, KnownKey> | null> {
  const entries = Array.isArray(jwks['keys']) ? jwks['keys'].slice(0, keysMax) : []
  const keys = new Map<string, KnownKey>()
  for (const entry of entries) {
    const known = isObject(entry) ? await importKey(entry) : null
    if (known !== null && !keys.has(known.kid)) keys.set(known.kid, known)
  }
  return keys.size === 0 ? null : keys
}

// The gateway publishes three (next, current, previous).
const keysMax = 16

async function importKey(jwk: Json): Promise<(KnownKey & { kid: string }) | null> {
  const { kid, use = 'sig' } = jwk
  const shape = readShape(jwk)
  // A private key that stands in public is everybody's: nothing it signs means anything.
  if (shape === null || typeof kid !== 'string' || use !== 'sig' || Object.hasOwn(jwk, 'd')) return null
  if (jwk['alg'] !== undefined && jwk['alg'] !== shape.algorithm) return null
  try {
    const key = await importJWK(shape.jwk, shape.algorithm)
    return key instanceof Uint8Array ? null : { kid, key, algorithm: shape.algorithm }
  } catch {
    return null // coordinates that are no point of the curve
  }
}

/** The algorithm follows from the kind of key alone; only the public members are handed on. */
function readShape({ kty, crv, x, y }: Json): { jwk: JWK; algorithm: Algorithm } | null {
  if (typeof x !== 'string') return null
  if (kty === 'OKP' && crv === 'Ed25519') return { jwk: { kty, crv, x }, algorithm: 'EdDSA' }
  if (kty === 'EC' && crv === 'P-256' && typeof y === 'string') return { jwk: { kty, crv, x, y }, algorithm: 'ES256' }
  return null
}
