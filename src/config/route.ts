import type { RouteFact } from '../policy/facts.ts'

/** One route: what it demands, how it is forwarded, and where it was written. */
export interface Route {
  readonly fact: RouteFact
  readonly hosts: readonly string[]
  readonly match: { readonly kind: 'exact' | 'prefix'; readonly path: string }
  readonly forwarding: RouteForwarding
  readonly limit: RouteRate | null
  /** `file:line`, for explanations. */
  readonly writtenAt: string
}

export interface RouteForwarding {
  readonly upstream: string
  readonly timeouts: { readonly headMs: number; readonly bodyIdleMs: number; readonly tunnelIdleMs: number }
  readonly bodyBytesMax: number
  /** Plain identity fields that the upstream asks for. */
  readonly identityHeaders: readonly IdentityHeader[]
  /** Where the signed token travels: its own field, `Authorization: Bearer`, or nowhere. */
  readonly tokenAs: 'header' | 'bearer' | 'none'
  readonly webSockets: boolean
  /** Origins beside the host's own whose pages may open WebSockets and read our own answers. */
  readonly origins: readonly string[]
  readonly passAuthorization: boolean
  readonly preserveHost: boolean
  /** Whether answers may be cached by others although they were made for one person. */
  readonly cacheable: boolean
}

export const identityHeaders = ['X-Auth-User', 'X-Auth-Email', 'X-Auth-Org', 'X-Auth-Roles', 'X-Auth-Method'] as const
export type IdentityHeader = (typeof identityHeaders)[number]

export interface Rate {
  readonly quota: number
  readonly windowMs: number
  readonly burst: number
}

export interface RouteRate extends Rate {
  readonly per: 'address' | 'account' | 'route'
}
