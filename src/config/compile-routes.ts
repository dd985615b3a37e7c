import { compileNetworks, type Network } from '../lib/cidr.ts'
import type { NetworkRules, RouteFact } from '../policy/facts.ts'
import { readBudget } from './limits-schema.ts'
import type { RouteFile } from './policy-schema.ts'
import type { Problem } from './problem.ts'
import type { Route, RouteForwarding, RouteRate } from './route.ts'
import type { Path, YamlSource } from './yaml-source.ts'

/** A route that was read, and where. */
export interface WrittenRoute {
  readonly file: RouteFile
  readonly source: YamlSource
  readonly path: Path
}

/** What gateway.yaml says that routes must fit to. Null: it could not be read. */
export interface RouteSurroundings {
  readonly upstreams: readonly string[] | null
  readonly portalHost: string | null
  readonly ownPrefix: string | null
}

/** Turns a checked route into what is matched, asked and forwarded. */
export function compileRoute({ file, source, path }: WrittenRoute): Route {
  const { line } = source.problemAt(path, '')
  const match = { kind: file.exact === undefined ? 'prefix' : 'exact', path: file.exact ?? file.prefix ?? '' } as const
  const writtenAt = `${source.file}:${line}`
  return {
    fact: factOf(file),
    hosts: file.hosts,
    match,
    forwarding: forwardingOf(file),
    limit: limitOf(file),
    writtenAt,
  }
}

/** Networks ready for look-up, each with the text it came from. */
export function networkRules(networks: readonly Network[]): NetworkRules {
  return { compiled: compileNetworks(networks), rules: networks.map(({ text }) => text) }
}

/** What holds between routes, and between them and gateway.yaml. */
export function checkRoutes(routes: readonly WrittenRoute[], around: RouteSurroundings): readonly Problem[] {
  return [
    ...routes.flatMap(route => fits(route, around)),
    ...repeated(routes, ({ file }) => [`the name ${file.name}`], ['name'], 'another name; rename one'),
    // Two routes for the same host and path would leave it to chance which rule is asked.
    ...repeated(routes, answersFor, [], 'one route for each host and path; remove one, or make a path longer'),
  ]
}

function factOf(file: RouteFile): RouteFact {
  const { name, access, secondFactor } = file
  return {
    name,
    access,
    identityOptional: file.identity === 'optional',
    roles: file.roles ?? null,
    secondFactor,
    secondFactorContexts: file.secondFactorContexts,
    proofAgeMaxMs: file.recentSignIn ?? null,
    networks: file.networks === undefined ? null : networkRules(file.networks),
  }
}

function forwardingOf(file: RouteFile): RouteForwarding {
  const { head, bodyIdle, tunnelIdle } = file.timeouts
  const { upstream, identityHeaders, tokenAs, origins, passAuthorization, preserveHost, cacheable } = file
  return {
    ...{ upstream, identityHeaders, tokenAs, origins, passAuthorization, preserveHost, cacheable },
    timeouts: { headMs: head, bodyIdleMs: bodyIdle, tunnelIdleMs: tunnelIdle },
    bodyBytesMax: file.bodyLimit,
    webSockets: file.websocket,
  }
}

function limitOf({ limits }: RouteFile): RouteRate | null {
  return limits === undefined ? null : { ...readBudget(limits), per: limits.per }
}

function fits({ file, source, path }: WrittenRoute, around: RouteSurroundings): Problem[] {
  const problems: Problem[] = []
  const tell = (part: Path, message: string) => problems.push(source.problemAt([...path, ...part], message))
  const { upstreams, portalHost, ownPrefix } = around
  if (upstreams !== null && !upstreams.includes(file.upstream))
    tell(
      ['upstream'],
      `found "${file.upstream}"; expected an upstream of gateway.yaml: ${upstreams.join(', ')}; add it there or name one of these`,
    )
  file.hosts.forEach((host, i) => {
    if (host === portalHost)
      tell(
        ['hosts', i],
        `found the portal's host "${host}"; expected a host of an application; name another, because the portal answers there itself`,
      )
  })
  const matched = file.exact ?? file.prefix ?? ''
  if (ownPrefix !== null && `${matched}/`.startsWith(ownPrefix))
    tell(
      [file.exact === undefined ? 'prefix' : 'exact'],
      `found "${matched}"; expected a path outside ${ownPrefix}, which the gateway answers itself; choose another`,
    )
  return problems
}

function answersFor({ file }: WrittenRoute): string[] {
  const what = file.exact === undefined ? `paths below ${file.prefix}` : `the path ${file.exact}`
  return file.hosts.map(host => `${what} on ${host}`)
}

/** Tells each but the first of those that claim the same, and where the first one stands. */
function repeated(
  routes: readonly WrittenRoute[],
  claims: (route: WrittenRoute) => string[],
  part: Path,
  expected: string,
): Problem[] {
  const first = new Map<string, WrittenRoute>()
  return routes.flatMap(route =>
    claims(route).flatMap(claim => {
      const other = first.get(claim)
      if (other === undefined) {
        first.set(claim, route)
        return []
      }
      const { file, line } = other.source.problemAt(other.path, '')
      const message = `found ${claim} again, which ${other.file.name} (${file}:${line}) has; expected ${expected}`
      return [route.source.problemAt([...route.path, ...part], message)]
    }),
  )
}
