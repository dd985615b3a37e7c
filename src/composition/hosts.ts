import type { GatewayConfig } from '../config/gateway-config.ts'
import { matchRoute } from '../config/route-table.ts'
import type { RouteFact } from '../policy/facts.ts'
import type { FoundRoute, Hosts } from './front-door.ts'
import { forwardingOf } from './outside.ts'

/** The routes of one load, with what the proxy needs for each made once. */
export interface RoutesInUse {
  find(name: string): FoundRoute | null
  /** Other origins whose pages may open WebSockets on a route. */
  originsOf(rule: RouteFact): readonly string[]
}

export function routesInUse(config: GatewayConfig): RoutesInUse {
  const byName = new Map<string, FoundRoute>(
    config.routes.routes.map(route => [route.fact.name, { rule: route.fact, forwarding: forwardingOf(route, config) }]),
  )
  return {
    find: name => byName.get(name) ?? null,
    originsOf: rule => byName.get(rule.name)?.forwarding.allowedOrigins ?? [],
  }
}

export function createHosts(config: GatewayConfig, routes: RoutesInUse): Hosts {
  return {
    isPortal: host => host === config.portal.host,
    isOwnPath: path => path.startsWith(config.ownPrefix),
    isKeysPath: ({ host, path }) =>
      path === (host === config.portal.host ? '/jwks.json' : `${config.ownPrefix}jwks.json`),
    find(head) {
      const match = matchRoute(config.routes, head.host, head.path)
      return match.kind === 'route' ? routes.find(match.route.fact.name) : null
    },
  }
}
