import type { Duplex } from 'node:stream'
import type { Clock } from '../lib/clock.ts'
import type { Fault } from '../lib/fault.ts'
import { fieldValue, type RawHeaders, type RequestHead } from '../lib/request-head.ts'
import type { LiveRegistry } from '../live/registry.ts'
import type { TunnelCaps, TunnelCounts } from '../live/tunnel-counts.ts'
import type { Decision } from '../policy/verdict.ts'
import type { Exchange } from '../wire/exchange.ts'
import { refusal } from '../wire/refusals.ts'
import { isHandshakeKey } from '../wire/ws-frames.ts'
import { answerPreflight } from './cors.ts'
import type { Forwarding, Identity } from './forwarding.ts'
import type { IdentityTokens } from './identity-token.ts'
import type { OwnCookies } from './own-cookies.ts'
import { createRefusals, type RefusalContext, type Refusals, type RefusalsOptions } from './refusals.ts'
import { type Relay, relay } from './relay.ts'
import { type HeaderRules, requestHeaders } from './request-headers.ts'
import { foldName } from './reserved-fields.ts'
import { openTunnel, type Tunnel } from './tunnel.ts'
import type { Upstreams } from './upstreams.ts'

// The proxy passes allowed requests to their upstreams and answers refused ones. It acts on decisions and makes none; every field
// that crosses it goes through request-headers.ts or response-headers.ts, on every route, upgrades too. It keeps no body.
// Start reading at `Proxy`; one request's way is `forward`, the bytes run in relay.ts and tunnel.ts.

export interface Proxy {
  /** Answers a CORS preflight where that is ours to do. True: it is done. Call it before deciding: preflights carry no cookies. */
  preflight(exchange: Exchange, route: Forwarding): boolean
  /** Forwards an allowed request. `failed` is told, at most once, while the exchange can still be answered: hand that to `refuse`. */
  forward(exchange: Exchange, allowed: Allowed, failed: (cause: unknown) => void): void
  /** Answers what is not forwarded: a refusing decision or a Fault. */
  refuse(exchange: Exchange, cause: Decision | Fault, context: RefusalContext): void
}

export interface Allowed {
  readonly route: Forwarding
  /** Null where nobody has to be known. */
  readonly identity: Identity | null
  readonly decision: Decision
  /** The moment of the open connections (live/registry.ts) before the question was asked. */
  readonly askedAt?: number
  readonly receipt: string
  /** RateLimit fields for the answer. */
  readonly rateLimits?: RawHeaders
}

export interface ProxyOptions extends RefusalsOptions {
  readonly clock: Clock
  readonly upstreams: Upstreams
  readonly tokens: IdentityTokens
  readonly live: LiveRegistry
  readonly tunnels: TunnelCounts
  readonly tunnelCaps: TunnelCaps
  readonly cookies: OwnCookies
  /** Names of all fields that tokens travel in, on whichever route: reserved on every route. */
  readonly tokenFields: readonly string[]
  /** Our name in `Via`. */
  readonly pseudonym?: string
}

export function createProxy(options: ProxyOptions): Proxy {
  const { clock, upstreams, live, tunnels, tunnelCaps } = options
  const refusals = createRefusals(options)
  const rules: HeaderRules = {
    cookies: options.cookies,
    tokenFields: new Set(options.tokenFields.map(foldName)),
    pseudonym: options.pseudonym ?? 'sekisho',
  }
  return {
    preflight: answerPreflight,
    refuse: (exchange, cause, context) => refusals.refuse(exchange, cause, context),
    forward(exchange, allowed, failed) {
      const passing = { clock, upstreams, live, tunnels, tunnelCaps, rules, refusals, exchange, allowed, failed }
      try {
        const token = tokenFor(allowed, options.tokens)
        // Awaited only when it has to be signed first: a warm request is forwarded in the turn it came in.
        if (token instanceof Promise) token.then(signed => pass(passing, signed)).catch(failed)
        else pass(passing, token)
      } catch (cause) {
        failed(cause)
      }
    },
  }
}

interface Passing extends Pick<ProxyOptions, 'clock' | 'upstreams' | 'live' | 'tunnels' | 'tunnelCaps'> {
  readonly rules: HeaderRules
  readonly refusals: Refusals
  readonly exchange: Exchange
  readonly allowed: Allowed
  readonly failed: (cause: unknown) => void
}

function tokenFor({ route, identity }: Allowed, tokens: IdentityTokens): string | null | Promise<string> {
  return identity === null || route.tokenField === null ? null : tokens.tokenFor(identity, route.audience)
}

function pass(passing: Passing, token: string | null): void {
  const { exchange, allowed, rules, clock, refusals } = passing
  const { route, identity } = allowed
  const { head } = exchange
  if (exchange.began) return
  if (typeof head.bodyLength === 'number' && head.bodyLength > route.bodyBytesMax)
    throw refusal('body-bytes', { detail: `more than ${route.bodyBytesMax}` })
  if (head.bodyLength !== 0) exchange.limitBody(route.bodyBytesMax)
  const upgrade = upgradeFor(head, route)
  if (upgrade !== undefined) countTunnel(passing)
  const running: { relay: Relay | null; tunnel: Tunnel | null } = { relay: null, tunnel: null }
  const release = passing.live.register({
    sessionId: identity?.sessionId ?? null,
    accountId: identity?.accountId ?? null,
    organizationId: identity?.organizationId ?? null,
    head,
    route: route.route,
    validUntil: allowed.decision.validUntil,
    askedAt: allowed.askedAt,
    cut(code, reason) {
      if (running.tunnel !== null) running.tunnel.cut(code, reason)
      else if (running.relay?.stop() === true) refusals.refuseCut(exchange, code, { receipt: allowed.receipt, route })
    },
  })
  exchange.onEnd(release)
  running.relay = relay({
    clock,
    exchange,
    upstream: passing.upstreams.find(route.upstream),
    rules,
    timeouts: route.timeouts,
    headersFor: upstreamAuthority => requestHeaders({ head, route, identity, token, upstreamAuthority }, rules),
    personal: !route.cacheable && (route.access === 'signed-in' || identity !== null),
    added: allowed.rateLimits ?? [],
    failed: passing.failed,
    upgrade,
    onUpgrade(socket, fields) {
      running.tunnel = switchOver(exchange, socket, fields, upgrade, route, clock)
    },
  })
}

/** One that is asked for counts: whoever asks a slow upstream for many at once must not get more than others. */
function countTunnel({ exchange, allowed: { identity }, tunnels, tunnelCaps }: Passing): void {
  const { sessionId = null, accountId = null } = identity ?? {}
  const entered = tunnels.enter({ sessionId, accountId }, tunnelCaps)
  if (typeof entered === 'string') throw refusal(entered, { retryAfterSeconds: 5 })
  exchange.onEnd(entered)
}

/** The protocol to ask the upstream for; undefined forwards the request as an ordinary one, without its wish (RFC 9110 §7.8). */
function upgradeFor(head: RequestHead, route: Forwarding): string | undefined {
  const { upgrade, headers } = head
  if (upgrade === undefined) return undefined
  if (upgrade !== 'websocket') return route.upgrades.includes(upgrade) ? upgrade : undefined
  if (!route.webSockets) return undefined
  if (!isHandshakeKey(fieldValue(headers, 'sec-websocket-key') ?? '')) throw refusal('handshake-key')
  return upgrade
}

function switchOver(
  exchange: Exchange,
  upstream: Duplex,
  fields: string[],
  upgrade: string | undefined,
  route: Forwarding,
  clock: Clock,
): Tunnel | null {
  const client = exchange.acceptUpgrade(upgrade ?? '', fields)
  if (client === null) {
    upstream.destroy()
    return null
  }
  const isWebSocket = upgrade === 'websocket'
  return openTunnel({ client, upstream, isWebSocket, clock, idleMs: route.timeouts.tunnelIdleMs })
}
