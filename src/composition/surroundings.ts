import { createAdmin } from '../admin/admin.ts'
import type { GatewayConfig } from '../config/gateway-config.ts'
import { isServed, matchRoute } from '../config/route-table.ts'
import { type AskAbout, askForOwnPages, createAsk, createLook, type FactSources } from '../facts.ts'
import type { Refusal } from '../http/answer.ts'
import { createBridge } from '../http/bridge.ts'
import { type CookieJar, createCookieJar } from '../http/cookies.ts'
import type { Fault } from '../lib/fault.ts'
import type { RequestHead } from '../lib/request-head.ts'
import type { LiveRegistry } from '../live/registry.ts'
import type { Mailbox } from '../notices/mailbox.ts'
import type { RouteFact } from '../policy/facts.ts'
import { buildWalks } from '../policy/plan.ts'
import { createAppPages } from '../portal/app-pages.ts'
import { createPortal } from '../portal/portal.ts'
import { portalBodyBytesMax } from '../portal/saml-form.ts'
import { createSignInUrl } from '../portal/sign-in-url.ts'
import { type Proxy as ApplicationProxy, createProxy } from '../proxy/forward.ts'
import { createIdentityTokens } from '../proxy/identity-token.ts'
import { jwksAnswer } from '../proxy/jwks.ts'
import { createOwnCookies } from '../proxy/own-cookies.ts'
import { openUpstreams, type Upstreams } from '../proxy/upstreams.ts'
import type { TrustedProxies } from '../wire/client-address.ts'
import type { ListenerLimits } from '../wire/listener.ts'
import { createFrontDoor, type FrontDoor } from './front-door.ts'
import type { Guards } from './guards.ts'
import { createHosts, type RoutesInUse, routesInUse } from './hosts.ts'
import type { RouteSeen } from './local-entrances.ts'
import { createOriginReader } from './origin.ts'
import {
  cookieNames,
  listenerLimits,
  ownOrigins,
  portalConfig,
  trustedProxies,
  tunnelCaps,
  upstreamOptions,
} from './outside.ts'
import { recordRefusals } from './own-pages.ts'
import { createRecordMaker, type RecordMaker } from './records.ts'
import type { Rooms } from './rooms.ts'
import { samlRoomsOf } from './saml.ts'

/** Everything that is built from one load of the configuration, and swapped as a whole by a reload. */
export interface Surroundings {
  readonly config: GatewayConfig
  readonly frontDoor: FrontDoor
  readonly records: RecordMaker
  readonly sources: FactSources
  /** Asks without spending. */
  readonly look: AskAbout
  readonly routes: RoutesInUse
  /** Every page of our own, as the routers have them. */
  readonly pageRoutes: readonly RouteSeen[]
  /** Whose word about the client's address is taken. */
  readonly proxies: TrustedProxies
  readonly listenerLimits: Partial<ListenerLimits>
  serves(host: string): boolean
  /** Another one speaks: what is on its way over this one's upstream connections comes to its end. */
  retire(): void
  /** Ends its upstream connections now. */
  close(): Promise<void>
}

/** What outlives a reload. */
export interface Lasting {
  readonly rooms: Rooms
  readonly guards: Guards
  readonly live: LiveRegistry
  readonly mailbox: Mailbox
}

export function buildSurroundings(config: GatewayConfig, lasting: Lasting): Surroundings {
  const { rooms, guards } = lasting
  const { clock, journal, receipts, people } = rooms
  const jar = createCookieJar({ secure: !config.development.insecureCookies })
  const walks = buildWalks()
  const routes = routesInUse(config)
  const sources: FactSources = {
    clock,
    walks,
    cookies: jar,
    directory: people.directory,
    sessions: people.sessionBook,
    attempts: people.signIn,
    traffic: guards.traffic,
    originOf: createOriginReader(rule => routes.originsOf(rule), ownOrigins(config)),
  }
  const ask = createAsk(sources)
  const look = createLook(sources)
  const records = createRecordMaker({ walks, now: () => clock.now(), policyVersion: () => config.digest })
  const { refusalPage, pageRoutes, ...pages } = buildPages(config, lasting, { ask, records, jar })
  const upstreams = openUpstreams({
    clock,
    upstreams: upstreamOptions(config),
    onChange: (upstream, address, aside) => journal.upstreamChanged({ upstream, address, aside }),
  })
  const keys = () => jwksAnswer(rooms.keyRing)
  const proxy = buildProxy(config, lasting, { upstreams, jar, page: refusalPage })
  return {
    config,
    records,
    sources,
    look,
    routes,
    pageRoutes,
    proxies: trustedProxies(config),
    listenerLimits: listenerLimits(config),
    frontDoor: createFrontDoor({
      clock,
      receipts,
      journal,
      records,
      ask,
      look,
      hosts: createHosts(config, routes),
      proxy,
      live: lasting.live,
      keys,
      ...pages,
    }),
    serves: host => host === config.portal.host || isServed(config.routes, host),
    retire: () => upstreams.retire(),
    close: async () => upstreams[Symbol.asyncDispose](),
  }
}

function buildProxy(
  config: GatewayConfig,
  { rooms: { clock, random, keyRing }, live, guards: { tunnels } }: Lasting,
  { upstreams, jar, page }: { upstreams: Upstreams; jar: CookieJar; page: ShowRefusal },
): ApplicationProxy {
  const { issuer, lifetimeSeconds, header } = config.identityToken
  return createProxy({
    clock,
    upstreams,
    tokens: createIdentityTokens({ ...{ issuer, lifetimeSeconds }, keys: keyRing, clock, random }),
    live,
    tunnels,
    tunnelCaps: tunnelCaps(config),
    cookies: createOwnCookies(cookieNames(jar.names)),
    tokenFields: [header],
    signInUrl: createSignInUrl(portalConfig(config)),
    page: ({ status, code }, head, receipt) => page({ status, code }, head, receipt),
  })
}

type ShowRefusal = ReturnType<typeof buildPages>['refusalPage']

function buildPages(
  config: GatewayConfig,
  { rooms, guards, mailbox }: Lasting,
  shared: { ask: AskAbout; records: RecordMaker; jar: CookieJar },
) {
  const { clock, random, journal, store, people } = rooms
  const { jar, records } = shared
  const onFault = (fault: Fault, head: RequestHead, receipt: string) =>
    journal.faulted(records.fault(receipt, head, fault.code, fault.message), fault)
  const common = {
    config: portalConfig(config),
    ask: recordRefusals(askForOwnPages(shared.ask), records, journal),
    jar,
    clock,
    onFault,
    sessionBook: people.sessionBook,
  }
  const saml = samlRoomsOf(rooms, config, records)
  const portal = createPortal({
    ...common,
    random,
    ...people,
    ...guards,
    ...rooms.defence,
    journal,
    audit: store.audit,
    accounts: store.accounts,
    devices: store.devices,
    signInHistory: store.signInHistory,
    organizations: store.organizations,
    outbox: store.outbox,
    saml,
    guests: host => createAdmin({ ...store, ...people, host, providerService: rooms.sso.providers, clock }),
    // A page of everybody's reset links and codes: only where the whole gateway is for development (never behind a real origin).
    mailbox: config.mail.transport.kind === 'mailbox' && config.development.insecureCookies ? mailbox : null,
  })
  const appPages = createAppPages({ ...common, random, saml })
  return {
    pageRoutes: [...portal.app.routes, ...appPages.app.routes]
      .map(({ method, path }) => ({ method, path: path.replace(config.ownPrefix, 'PREFIX/') }))
      .filter(({ path }) => !path.startsWith('/assets/') && !path.startsWith('PREFIX/assets/')),
    refusalPage: (refusal: Refusal, head: RequestHead, receipt: string) => {
      const page = appPages.refusalPage(refusal, head, receipt)
      // Nothing in this page is waited for; the type of a template allows it.
      return page instanceof Promise
        ? null
        : { html: String(page), contentSecurityPolicy: appPages.contentSecurityPolicy }
    },
    portal: createBridge({ app: portal.app, answerFault: portal.answers.fault, bodyBytesMax: portalBodyBytesMax }),
    appPages: createBridge({ app: appPages.app, answerFault: appPages.answers.fault }),
  }
}

/** The rule that a request would stand under now. By its address: the name of a route may be another one's after a reload. */
export function ruleFor({ config }: Surroundings, { host, path }: RequestHead): RouteFact | null {
  const match = matchRoute(config.routes, host, path)
  return match.kind === 'route' ? match.route.fact : null
}
