import type { Route } from './route.ts'

/** Routes compiled for look-up: by host, then by path, longest first. */
export interface RouteTable {
  readonly routes: readonly Route[]
  readonly byHost: ReadonlyMap<string, HostRoutes>
}

interface HostRoutes {
  readonly exact: ReadonlyMap<string, Route>
  /** By length of the prefix, longest first. */
  readonly prefixes: readonly { readonly length: number; readonly routes: ReadonlyMap<string, Route> }[]
}

export type RouteMatch =
  | { readonly kind: 'route'; readonly route: Route }
  /** The host is served, and this path of it is not. */
  | { readonly kind: 'no_route' }
  /** Nobody serves this host (421). */
  | { readonly kind: 'unknown_host' }

/**
 * Finds the route of a request. `path` is the one canonical path that will be forwarded: it is compared byte for byte, never decoded
 * and never folded, so that no other spelling comes under another rule.
 *
 * An exact path beats every prefix; the longest prefix beats shorter ones. `/public/` holds what lies below it; `/admin` holds itself
 * and what lies below it, and not `/administration`.
 */
export function matchRoute(table: RouteTable, host: string, path: string): RouteMatch {
  // A host of its own name is never served by a wildcard as well, so that its routes are all in one place.
  const routes = table.byHost.get(host) ?? table.byHost.get(wildcardOf(host))
  if (routes === undefined) return unknownHost
  const route = routes.exact.get(path) ?? longestPrefix(routes, path)
  return route === undefined ? noRoute : { kind: 'route', route }
}

/** Whether any route serves this host. */
export function isServed(table: RouteTable, host: string): boolean {
  return table.byHost.has(host) || table.byHost.has(wildcardOf(host))
}

/** Builds the table of routes that were checked: no two of them answer for the same host and path. */
export function buildRouteTable(routes: readonly Route[]): RouteTable {
  const hosts = new Set(routes.flatMap(route => route.hosts))
  return { routes, byHost: new Map([...hosts].map(host => [host, routesOf(routes, host)])) }
}

const unknownHost: RouteMatch = { kind: 'unknown_host' }
const noRoute: RouteMatch = { kind: 'no_route' }

function longestPrefix({ prefixes }: HostRoutes, path: string): Route | undefined {
  for (const { length, routes } of prefixes) {
    if (length > path.length) continue
    const endsSegment = length === path.length || path[length] === '/' || path[length - 1] === '/'
    const route = endsSegment ? routes.get(path.slice(0, length)) : undefined
    if (route !== undefined) return route
  }
  return undefined
}

function wildcardOf(host: string): string {
  const dot = host.indexOf('.')
  return dot < 0 ? '' : `*${host.slice(dot)}`
}

function routesOf(routes: readonly Route[], host: string): HostRoutes {
  const here = routes.filter(route => route.hosts.includes(host))
  const ofKind = (kind: Route['match']['kind']) => here.filter(({ match }) => match.kind === kind)
  const byPath = (some: readonly Route[]) => new Map(some.map(route => [route.match.path, route]))
  const prefixes = ofKind('prefix')
  const lengths = [...new Set(prefixes.map(({ match }) => match.path.length))].toSorted((a, b) => b - a)
  return {
    exact: byPath(ofKind('exact')),
    prefixes: lengths.map(length => ({
      length,
      routes: byPath(prefixes.filter(({ match }) => match.path.length === length)),
    })),
  }
}
