import type { GatewayConfig } from '../config/gateway-config.ts'
import { matchRoute } from '../config/route-table.ts'
import { Fault } from '../lib/fault.ts'
import type { RouteFact } from '../policy/facts.ts'
import { readingsOf } from '../wire/target.ts'
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
  const keysPath = `${config.ownPrefix}jwks.json`
  return {
    isPortal: host => host === config.portal.host,
    isOwnPath: path => path.startsWith(config.ownPrefix),
    isKeysPath: ({ host, path }) => path === (host === config.portal.host ? '/jwks.json' : keysPath),
    find(head) {
      const name = routeName(config, head.host, head.path)
      const other = otherReading(config, head.host, head.path)
      if (other !== null) throw new Fault('ambiguous_target', { detail: `it may be read as ${other}` })
      return name === null ? null : routes.find(name)
    },
  }
}

/**
 * Routes are compared byte for byte, backends are not that strict: where one of them could read another rule's path (%61dmin, ADMIN, admin;x),
 * no rule is the right one. Answers with such a reading.
 */
export function otherReading(config: GatewayConfig, host: string, path: string): string | null {
  const readings = readingsOf(path)
  if (readings.length === 0) return null
  const name = routeName(config, host, path)
  return readings.find(reading => routeName(config, host, reading) !== name) ?? null
}

function routeName(config: GatewayConfig, host: string, path: string): string | null {
  const match = matchRoute(config.routes, host, path)
  return match.kind === 'route' ? match.route.fact.name : null
}
