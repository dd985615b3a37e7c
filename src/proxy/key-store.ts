import type { AuditEntry } from '../journal/audit.ts'

/** A signing key of the identity token. `next` is published before it signs, `previous` until the last token it signed has expired. */
export interface StoredKey {
  readonly kid: string
  readonly algorithm: 'ES256' | 'EdDSA'
  readonly state: 'next' | 'current' | 'previous' | 'retired'
  /** Public half as JWK JSON. */
  readonly publicJwk: string
  /** Private half as JWK JSON, sealed (lib/seal.ts, context `key:<kid>`). */
  readonly sealedPrivateJwk: string
  readonly createdAt: number
}

export interface KeyStore {
  list(): Promise<readonly StoredKey[]>
  /** First start: keeps these only while there are none (two processes may start at once); answers what stands then. */
  begin(keys: readonly StoredKey[]): Promise<readonly StoredKey[]>
  /** In one transaction: previous retires, current becomes previous, next becomes current, `fresh` becomes next; commits the audit row. */
  rotate(fresh: StoredKey, audit: AuditEntry): Promise<readonly StoredKey[]>
}
