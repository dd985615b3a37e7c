import type { Proof } from '../policy/facts.ts'
import type { IdentityField } from './reserved-fields.ts'

/** How one route forwards. The composition root makes it from configuration, once per load. */
export interface Forwarding {
  readonly route: string
  /** Name of the upstream: the pool that serves it. */
  readonly upstream: string
  /** `aud` of the identity tokens that it gets. */
  readonly audience: string
  readonly access: 'public' | 'signed-in'
  /** Hand on the Host that the client named; else the upstream's own. */
  readonly preserveHost: boolean
  readonly identityFields: readonly IdentityField[]
  /** Field of the signed token; null sends none. In `Authorization` it follows the word Bearer. */
  readonly tokenField: string | null
  /** Hand on the client's own Authorization field. */
  readonly passAuthorization: boolean
  readonly webSockets: boolean
  /** Other protocols that may be switched to, lower case. */
  readonly upgrades: readonly string[]
  /** Origins whose scripts may read our own answers; `scheme://host[:port]`, lower case. */
  readonly allowedOrigins: readonly string[]
  /** Answers made for one person may lie in shared caches: their own words about caching stand. */
  readonly cacheable: boolean
  readonly bodyBytesMax: number
  readonly timeouts: Timeouts
}

export interface Timeouts {
  /** From the last byte of the request to the head of the answer. */
  readonly headMs: number
  /** Between two pieces of an answer; 0 waits for ever. */
  readonly bodyIdleMs: number
  /** Without a byte in either direction through a tunnel; 0 waits for ever. */
  readonly tunnelIdleMs: number
}

/** Who is asking, as an allowed decision has shown. Null where nobody has to be known. */
export interface Identity {
  /** Stable id of the account. */
  readonly subject: string
  readonly sessionId: string
  readonly accountId: string
  readonly organizationId: string | null
  /** What `org` says to backends. */
  readonly organization: string | null
  readonly email: string
  readonly name: string
  readonly roles: readonly string[]
  readonly proofs: readonly Proof[]
}
