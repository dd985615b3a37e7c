import type { AuditEntry } from '../journal/audit.ts'

/**
 * Our own key towards identity providers, with the certificate that shows it in our metadata. One key signs and decrypts. `next` is
 * published before it is used, `previous` still decrypts: providers that fetch our metadata now and then meet no gap.
 */
export interface OwnKey {
  readonly id: string
  readonly state: 'next' | 'current' | 'previous' | 'retired'
  /** X.509, DER in base64. */
  readonly certificate: string
  /** PKCS #8, PEM, sealed (context `sso-key:<id>`). */
  readonly sealedPrivateKey: string
  readonly createdAt: number
  readonly endsAt: number
}

export interface OwnKeys {
  list(): Promise<readonly OwnKey[]>
  /** Keeps these when there are none yet, and answers those that stand: two processes that begin at once agree. */
  begin(keys: readonly OwnKey[]): Promise<readonly OwnKey[]>
  /** `fresh` becomes next, next current, current previous, previous retired. */
  rotate(fresh: OwnKey, audit: AuditEntry): Promise<readonly OwnKey[]>
}
