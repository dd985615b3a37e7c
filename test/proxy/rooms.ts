import { generateKeyPairSync } from 'node:crypto'
import { compileNetworks, parseNetwork } from '../../src/lib/cidr.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import { secureRandom } from '../../src/lib/random.ts'
import type { RequestHead } from '../../src/lib/request-head.ts'
import { createLiveRegistry, type LiveConnection, type LiveRegistry, type Reasked } from '../../src/live/registry.ts'
import { createTunnelCounts, type TunnelCaps } from '../../src/live/tunnel-counts.ts'
import type { Decision } from '../../src/policy/verdict.ts'
import { createProxy } from '../../src/proxy/forward.ts'
import type { Forwarding, Identity, Timeouts } from '../../src/proxy/forwarding.ts'
import { createIdentityTokens, type SigningKeys } from '../../src/proxy/identity-token.ts'
import { createOwnCookies } from '../../src/proxy/own-cookies.ts'
import type { RefusalPage } from '../../src/proxy/refusals.ts'
import { openUpstreams, type UpstreamOptions } from '../../src/proxy/upstreams.ts'
import type { Exchange } from '../../src/wire/exchange.ts'
import { createListener, type Listener, type ListenerLimits } from '../../src/wire/listener.ts'
import type { PartialHead } from '../../src/wire/partial-head.ts'
import type { TestCertificate } from '../support/test-certificate.ts'

// The rooms wire, proxy and live put together with a decision that the test gives: no stores, no people.

export interface Rooms extends AsyncDisposable {
  readonly port: number
  readonly listener: Listener
  readonly proxy: ReturnType<typeof createProxy>
  readonly live: LiveRegistry
  /** Exchanges that reached the handler, in order. */
  readonly served: readonly Exchange[]
  /** What the listener refused before the handler saw it. */
  readonly refused: readonly { readonly fault: Fault; readonly partial: PartialHead }[]
  readonly faults: readonly Fault[]
  readonly changes: readonly string[]
  /** Lets go of what was served, refused and failed so far. */
  forget(): void
}

export interface RoomsSetup {
  readonly upstreamPort?: number
  readonly upstream?: Partial<UpstreamOptions>
  readonly route?: Partial<Forwarding>
  readonly identity?: (head: RequestHead) => Identity | null
  /** Null forwards. */
  readonly decide?: (head: RequestHead) => Decision
  readonly trusted?: readonly string[]
  readonly limits?: Partial<ListenerLimits>
  readonly tunnelCaps?: Partial<TunnelCaps>
  readonly clock?: Clock
  /** TLS at the listener, with HTTP/2. */
  readonly http2?: TestCertificate
  readonly reask?: (connection: LiveConnection) => Reasked | Promise<Reasked>
  readonly page?: () => RefusalPage
  readonly signInUrl?: string
  /** Serves instead of the proxy. */
  readonly handler?: (exchange: Exchange) => void | Promise<void>
}

export const allow: Decision = {
  verdict: { kind: 'allow' },
  gate: null,
  rule: null,
  notes: [],
  validUntil: Number.POSITIVE_INFINITY,
  learned: {},
}

export function deny(verdict: Decision['verdict']): Decision {
  return { ...allow, verdict }
}

export const alice: Identity = {
  subject: 'alice',
  sessionId: 'session-of-alice',
  accountId: 'account-of-alice',
  organizationId: 'organization-1',
  organization: 'acme',
  email: 'alice@example.com',
  name: 'Alice',
  roles: ['person'],
  proofs: [{ kind: 'password', at: 1_800_000_000_000 }],
}

export const signingKeys: SigningKeys = (() => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty = '', crv = '', x = '', y = '' } = pair.publicKey.export({ format: 'jwk' })
  const jwk = { kty, crv, x, y, kid: 'key-1', alg: 'ES256', use: 'sig' }
  return { current: () => ({ kid: 'key-1', alg: 'ES256', privateKey: pair.privateKey }), published: () => [{ jwk }] }
})()

export const usualTimeouts: Timeouts = { headMs: 30_000, bodyIdleMs: 300_000, tunnelIdleMs: 600_000 }

export function testRoute(route: Partial<Forwarding> = {}): Forwarding {
  return {
    route: 'everything',
    upstream: 'app',
    audience: 'app',
    access: 'signed-in',
    preserveHost: true,
    identityFields: ['X-Auth-User', 'X-Auth-Email', 'X-Auth-Org', 'X-Auth-Roles', 'X-Auth-Method'],
    tokenField: 'X-Auth-Token',
    passAuthorization: false,
    webSockets: true,
    upgrades: [],
    allowedOrigins: [],
    cacheable: false,
    bodyBytesMax: Number.POSITIVE_INFINITY,
    timeouts: usualTimeouts,
    ...route,
  }
}

export async function startRooms(setup: RoomsSetup = {}): Promise<Rooms> {
  const clock = setup.clock ?? systemClock
  const route = testRoute(setup.route)
  const served: Exchange[] = []
  const refused: { fault: Fault; partial: PartialHead }[] = []
  const faults: Fault[] = []
  const changes: string[] = []
  const upstreams = openUpstreams({
    clock,
    upstreams: [{ name: 'app', addresses: [`http://127.0.0.1:${setup.upstreamPort ?? 1}`], ...setup.upstream }],
    onChange: (upstream, address, aside) => changes.push(`${upstream} ${address} ${aside ? 'aside' : 'back'}`),
  })
  const live = createLiveRegistry({
    clock,
    reask: setup.reask ?? (connection => ({ kind: 'stays', validUntil: connection.validUntil })),
  })
  const proxy = createProxy({
    clock,
    upstreams,
    live,
    tunnels: createTunnelCounts(),
    tunnelCaps: { total: 1000, perSession: 1000, perAccount: 1000, ...setup.tunnelCaps },
    tokens: createIdentityTokens({ issuer: 'https://auth.gw.test', keys: signingKeys, clock, random: secureRandom }),
    cookies: createOwnCookies(['__Host-sekisho']),
    tokenFields: [route.tokenField ?? 'X-Auth-Token'],
    signInUrl: (head, step) =>
      setup.signInUrl ?? `https://auth.gw.test/sign-in?step=${step}&to=${encodeURIComponent(head.path)}`,
    ...(setup.page === undefined ? {} : { page: setup.page }),
  })
  const forward = (exchange: Exchange): void => {
    const receipt = `r-${served.length}`
    if (proxy.preflight(exchange, route)) return
    const decision = setup.decide?.(exchange.head) ?? allow
    if (decision.verdict.kind !== 'allow') {
      proxy.refuse(exchange, decision, { receipt, route })
      return
    }
    const allowed = { route, identity: setup.identity?.(exchange.head) ?? null, decision, receipt }
    proxy.forward(exchange, allowed, cause => {
      const fault = cause instanceof Fault ? cause : new Fault('internal', { cause })
      faults.push(fault)
      proxy.refuse(exchange, fault, { receipt, route })
    })
  }
  const listener = createListener({
    clock,
    limits: { headMs: 2000, ...setup.limits },
    ...(setup.http2 === undefined ? {} : secured(setup.http2)),
    proxies: { trusted: networks(setup.trusted ?? []), mode: 'x-forwarded-for' },
    serves: host => host === 'gw.test' || host === '127.0.0.1',
    refused(fault, partial) {
      refused.push({ fault, partial })
      return 'r-early'
    },
    async handler(exchange) {
      served.push(exchange)
      await (setup.handler ?? forward)(exchange)
    },
  })
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 })
  return {
    port: port ?? 0,
    listener,
    proxy,
    live,
    served,
    forget() {
      for (const list of [served, refused, faults]) list.length = 0
    },
    refused,
    faults,
    changes,
    async [Symbol.asyncDispose]() {
      await listener.close(0)
      live[Symbol.dispose]()
      await upstreams[Symbol.asyncDispose]()
    },
  }
}

function secured({ pem, key }: TestCertificate) {
  const certificates = { fallback: { cert: pem, key }, find: () => null }
  return { certificates: () => certificates, http2: true }
}

export function networks(texts: readonly string[]) {
  return compileNetworks(
    texts.map(text => {
      const network = parseNetwork(text)
      if (network === null) throw new Error(`${text} is no network`)
      return network
    }),
  )
}
