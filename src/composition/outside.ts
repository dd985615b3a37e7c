import type { GatewayConfig, HealthCheck, Route } from '../config/gateway-config.ts'
import type { CookieNames } from '../http/cookies.ts'
import { createListedOrigins } from '../http/listed-origins.ts'
import type { TunnelCaps } from '../live/tunnel-counts.ts'
import type { PortalConfig } from '../portal/config.ts'
import type { Forwarding } from '../proxy/forwarding.ts'
import type { HealthCheckOptions } from '../proxy/health-check.ts'
import type { UpstreamOptions } from '../proxy/upstreams.ts'
import type { TrustedProxies } from '../wire/client-address.ts'
import { http2Defaults } from '../wire/http2-options.ts'
import type { ListenerLimits } from '../wire/listener.ts'
import { type OwnOrigin, originAsAsked } from './origin.ts'

// Configuration in the words of the rooms that act on it. Each speaks its own language, so that none has to know the files.

/** Where people find the application: its hosts, wildcards too, under the portal's scheme and port. */
function applicationOrigins(config: GatewayConfig): readonly string[] {
  const { protocol, port } = new URL(config.portal.origin)
  const hosts = new Set(config.routes.routes.flatMap(route => route.hosts))
  return [...hosts].map(host => `${protocol}//${host}${port === '' ? '' : `:${port}`}`)
}

/**
 * The origin of each served host, from configuration: the portal may be reached under another name than people know it by, and what a
 * proxy in front says about TLS must not decide whose pages may speak to us.
 */
export function ownOrigins(config: GatewayConfig): OwnOrigin {
  const listed = createListedOrigins(applicationOrigins(config))
  return head =>
    head.host === config.portal.host ? config.portal.origin : (listed.ofHost(head) ?? originAsAsked(head))
}

/** What clients may cost the listener. */
export function listenerLimits({
  limits: { connections, heads, deadlines, http2 },
}: GatewayConfig): Partial<ListenerLimits> {
  return {
    connectionsMax: connections.total,
    connectionsPerAddressMax: connections.perAddress,
    pipelinedMax: connections.pipelined,
    headBytesMax: heads.bytes,
    fieldsMax: heads.fields,
    targetBytesMax: heads.target,
    headMs: deadlines.head,
    bodyIdleMs: deadlines.body,
    keepAliveMs: deadlines.idle,
    sendIdleMs: deadlines.send,
    http2: {
      streamsMax: http2.streams,
      windowBytes: http2.window,
      unreadMax: http2.unread,
      unreadPerAddressMax: http2.unreadPerAddress,
      floods: {
        ...http2Defaults.floods,
        streams: { burst: http2.opened, perSecond: http2.openedPerSecond },
        broken: { burst: http2.broken, perSecond: http2.brokenPerSecond },
      },
    },
  }
}

export function tunnelCaps({ limits: { connections } }: GatewayConfig): TunnelCaps {
  const { tunnels, tunnelsPerSession, tunnelsPerAccount } = connections
  return { total: tunnels, perSession: tunnelsPerSession, perAccount: tunnelsPerAccount }
}

export function portalConfig(config: GatewayConfig): PortalConfig {
  return {
    portalOrigin: config.portal.origin,
    appOrigins: applicationOrigins(config),
    productName: config.pages.productName,
    accent: config.pages.accent,
    support: config.pages.support,
    languages: config.pages.languages,
    ownPrefix: config.ownPrefix,
    passkeySignIn: config.passkeys.signIn,
  }
}

export function forwardingOf(route: Route, config: GatewayConfig): Forwarding {
  const { forwarding, fact } = route
  return {
    route: fact.name,
    upstream: forwarding.upstream,
    audience: config.upstreams.get(forwarding.upstream)?.audience ?? forwarding.upstream,
    access: fact.access,
    preserveHost: forwarding.preserveHost,
    identityFields: forwarding.identityHeaders,
    tokenField: tokenFieldOf(route, config),
    passAuthorization: forwarding.passAuthorization,
    webSockets: forwarding.webSockets,
    upgrades: [],
    allowedOrigins: forwarding.origins,
    cacheable: forwarding.cacheable,
    bodyBytesMax: forwarding.bodyBytesMax,
    timeouts: forwarding.timeouts,
  }
}

function tokenFieldOf(route: Route, config: GatewayConfig): string | null {
  switch (route.forwarding.tokenAs) {
    case 'header':
      return config.identityToken.header
    case 'bearer':
      return 'Authorization'
    case 'none':
      return null
    default:
      return route.forwarding.tokenAs satisfies never
  }
}

export function upstreamOptions(config: GatewayConfig): readonly UpstreamOptions[] {
  return [...config.upstreams.values()].map(upstream => ({
    name: upstream.name,
    addresses: upstream.addresses.map(({ text }) => text),
    connectMs: upstream.timeouts.connectMs,
    connectionsMax: upstream.connectionsMax,
    ...(upstream.ca === null ? {} : { ca: upstream.ca }),
    ...(upstream.healthCheck === null ? {} : { health: healthOf(upstream.healthCheck) }),
  }))
}

function healthOf({ intervalMs, ...check }: HealthCheck): HealthCheckOptions {
  return { ...check, everyMs: intervalMs }
}

export function cookieNames(names: CookieNames): readonly string[] {
  return Object.values(names)
}

export function trustedProxies({ trustedProxies: { networks, hops, header } }: GatewayConfig): TrustedProxies {
  // Nobody is trusted when no field is read: an empty list of networks says the same.
  if (header === 'none') return { trusted: { hops: 0 }, mode: 'x-forwarded-for' }
  return { trusted: hops === null ? networks : { hops }, mode: header }
}
