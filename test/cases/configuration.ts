/** What the suites ask of a gateway; how that is written down in its configuration is known here alone. */
export interface GatewaySetup {
  readonly upstreamPort: number
  readonly portalOrigin: string
  readonly apps: readonly { readonly origin: string; readonly routes: readonly RouteSetup[] }[]
  readonly trustedProxies?: TrustedProxies
  /** Where mail goes; without it, into the development mailbox. */
  readonly smtpPort?: number
  /** Requests of one address at once; unset: so many that no suite meets the limit. */
  readonly addressBudget?: number
}

export interface RouteSetup {
  readonly path: string
  readonly exact?: boolean
  readonly access: 'public' | 'signed-in'
  readonly roles?: readonly string[]
  /** Networks the client must come from. */
  readonly networks?: readonly string[]
  /** Plain identity fields that the application is given. */
  readonly identityFields?: readonly string[]
}

export type TrustedProxies = { readonly mode: 'x-forwarded-for' | 'forwarded' } & (
  | { readonly networks: readonly string[] }
  | { readonly hops: number }
)

/** The files of a deployment, by their paths within its folder. YAML is a superset of JSON, so JSON is what they are. */
export function configurationFiles(setup: GatewaySetup): Readonly<Record<string, string>> {
  return {
    [configurationPath]: JSON.stringify(gatewayFile(setup), null, 2),
    [routesPath]: JSON.stringify(routesFile(setup), null, 2),
  }
}

export const configurationPath = 'config/gateway.yaml'
export const routesPath = 'policies/routes.yaml'

function gatewayFile(setup: GatewaySetup): object {
  return {
    listen: { address: '127.0.0.1', port: 0 },
    portal: { origin: setup.portalOrigin },
    operator: { listen: { address: '127.0.0.1', port: 0 } },
    dataDir: '../data',
    trustedProxies: trustOf(setup.trustedProxies),
    upstreams: { application: { addresses: [`http://127.0.0.1:${setup.upstreamPort}`] } },
    mail: mailOf(setup.smtpPort),
    limits: {
      traffic: { address: addressBudgetOf(setup.addressBudget), account: { off: true } },
      // What the suites try often is not what they are about.
      signIn: Object.fromEntries(signInLimits.map(name => [name, '100000/1h'])),
    },
  }
}

const signInLimits = ['address', 'account', 'pair', 'resetMailsPerAccount', 'resetMailsPerAddress']

function trustOf(trust: TrustedProxies | undefined): object {
  if (trust === undefined) return {}
  if ('hops' in trust) return { hops: trust.hops, header: trust.mode }
  const everyone = trust.networks.some(network => network.endsWith('/0'))
  return { networks: trust.networks, header: trust.mode, trustEveryone: everyone }
}

function mailOf(smtpPort: number | undefined): object {
  const from = 'gate@example.com'
  return smtpPort === undefined
    ? { transport: 'mailbox', from }
    : { transport: 'smtp', smtp: { host: '127.0.0.1', port: smtpPort, tls: 'off' }, from }
}

function addressBudgetOf(budget: number | undefined): object {
  return budget === undefined ? { off: true } : { rate: `${budget}/1h`, burst: budget }
}

const plainIdentityFields = ['X-Auth-User', 'X-Auth-Email', 'X-Auth-Org', 'X-Auth-Roles', 'X-Auth-Method']

function routesFile({ apps }: GatewaySetup): object {
  const routes = apps.flatMap(({ origin, routes: some }) => some.map(route => ({ origin, route })))
  return { kind: 'routes', routes: routes.map(({ origin, route }, i) => routeEntry(origin, route, i)) }
}

function routeEntry(origin: string, route: RouteSetup, index: number): object {
  return {
    name: `route-${index + 1}`,
    hosts: [new URL(origin).hostname],
    [route.exact === true ? 'exact' : 'prefix']: route.path,
    upstream: 'application',
    access: route.access,
    ...(route.roles === undefined ? {} : { roles: route.roles }),
    ...(route.networks === undefined ? {} : { networks: route.networks }),
    // The signed token is no plain field: every route carries it.
    ...(route.identityFields === undefined
      ? {}
      : { identityHeaders: route.identityFields.filter(name => plainIdentityFields.includes(name)) }),
  }
}
