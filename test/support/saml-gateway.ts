import { inflateRawSync } from 'node:zlib'
import type { ConfigurationInput } from '../../src/config/write.ts'
import type { Organization, OrganizationRules } from '../../src/people/organization.ts'
import { auditOf } from '../../src/people/origin.ts'
import type { OrganizationId } from '../../src/policy/facts.ts'
import { samlAddresses } from '../../src/sso/addresses.ts'
import { defaultSettings, type Provider, type ProviderSettings } from '../../src/sso/provider.ts'
import { byTest, type GatewaySections, startGateway, type TestGateway } from './gateway.ts'
import { startLiveUpstream } from './live-upstream.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from './portal-visitor.ts'
import {
  encode,
  type MessageParts,
  type MessageSigning,
  makeProvider,
  signedResponse,
  type TestProvider,
} from './saml-messages.ts'
import { createTestClock, type TestClock } from './test-clock.ts'
import { until } from './until.ts'

// The whole gateway with organizations that sign in through identity providers, and browsers that do what browsers do with cookies: a form
// that another site's page posts carries those alone that are SameSite=None.

export interface SamlGateway extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly clock: TestClock
  readonly corp: SamlHouse
  readonly other: SamlHouse
  visitor(options?: Partial<Parameters<typeof createPortalVisitor>[0]>): PortalVisitor
}

/** One organization with its provider. */
export interface SamlHouse {
  readonly slug: string
  readonly id: OrganizationId
  readonly idp: TestProvider
  readonly domain: string
  readonly acs: string
  setRules(change: (rules: OrganizationRules) => OrganizationRules): Promise<void>
  setProvider(change: {
    readonly settings?: Partial<ProviderSettings>
    readonly metadata?: Partial<Provider['metadata']>
  }): Promise<void>
  removeProvider(): Promise<void>
  /** To the provider and no further. `path` begins with the slug's own start. */
  ask(visitor: PortalVisitor, query?: Readonly<Record<string, string>>): Promise<Asked>
  /** What the provider's page would post. */
  answer(asked: Pick<Asked, 'id'> | null, parts?: MessageParts & MessageSigning): string
  /** As the browser posts it from the provider's page. */
  post(visitor: PortalVisitor, message: string, relayState?: string | null): Promise<Reply>
  /** The whole way, up to the answer of the ACS. */
  signIn(visitor: PortalVisitor, nameId: string, parts?: MessageParts & MessageSigning): Promise<Reply>
}

export interface Asked {
  readonly reply: Reply
  readonly id: string
  readonly relayState: string
  readonly xml: string
}

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' }],
}

export async function startSamlGateway(
  policies: Readonly<Record<string, ConfigurationInput>> = { routes },
  more: GatewaySections = {},
): Promise<SamlGateway> {
  const upstream = await startLiveUpstream()
  const clock = createTestClock()
  // The tests' clock stands still, so no budget would ever fill up again.
  const sections = { limits: { traffic: { address: { off: true } } }, ...more }
  const gateway = await startGateway({ upstream: upstream.origin, policies, clock, gateway: sections })
  return {
    gateway,
    clock,
    corp: await openHouse(gateway, clock, 'corp'),
    other: await openHouse(gateway, clock, 'other'),
    visitor: (options = {}) => createPortalVisitor({ port: gateway.port, ...options }),
    async [Symbol.asyncDispose]() {
      await inTime(clock, () => gateway[Symbol.asyncDispose]())
      await upstream[Symbol.asyncDispose]()
    },
  }
}

async function openHouse(gateway: TestGateway, clock: TestClock, slug: string): Promise<SamlHouse> {
  const idp = makeProvider(`https://idp.${slug}.test/metadata`)
  const domain = `${slug}.test`
  const { store } = rooms(gateway)
  const audit = (event: Parameters<typeof auditOf>[0]) =>
    auditOf(event, { accountId: null, organizationId: id }, byTest, clock.now())
  const id = `org-${slug}` as OrganizationId // because no store gives it out
  const organization = anOrganization(id, slug, clock)
  await store.organizations.create(organization, { audit: audit('organization_created'), notices: [] })
  const claim = { domain, organizationId: id, verifiedAt: clock.now(), verifiedBy: 'test', token: 'token', addedAt: 0 }
  await store.emailDomains.claim(claim, audit('email_domain_claimed'))
  await store.providers.put(aProvider(id, idp, clock), audit('provider_imported'))
  const { entityId, acs } = samlAddresses(gateway.portalOrigin, slug)
  const house: SamlHouse = {
    ...{ slug, id, idp, domain, acs },
    async setRules(change) {
      const standing = await rooms(gateway).store.organizations.find(id)
      if (standing === null) throw new Error('no organization')
      const active = change(standing.rules.active)
      const changed = { ...standing, rules: { active, previous: null, revertAt: null, confirmedAt: null } }
      await rooms(gateway).store.organizations.change(changed, { audit: audit('organization_changed'), notices: [] })
    },
    async setProvider({ settings = {}, metadata = {} }) {
      const standing = await rooms(gateway).store.providers.find(id)
      if (standing === null) throw new Error('no provider')
      const changed = {
        ...standing,
        version: standing.version + 1,
        settings: { ...standing.settings, ...settings },
        metadata: { ...standing.metadata, ...metadata },
      }
      await rooms(gateway).store.providers.put(changed, audit('provider_changed'))
    },
    async removeProvider() {
      await rooms(gateway).store.providers.remove(id, audit('provider_removed'))
    },
    async ask(visitor, query = {}) {
      const text = new URLSearchParams(query).toString()
      const reply = await visitor.get(`${gateway.portalOrigin}/saml/${slug}/start${text === '' ? '' : `?${text}`}`)
      return readAsked(reply)
    },
    answer: (asked, parts = {}) =>
      encode(
        signedResponse(idp, {
          now: clock.now(),
          sp: { entityId, acsUrl: acs },
          inResponseTo: asked?.id ?? null,
          assertionId: `_a${unique++}`,
          id: `_r${unique++}`,
          ...parts,
        }),
      ),
    post: (visitor, message, relayState = null) => postAnswer(visitor, acs, message, relayState),
    async signIn(visitor, nameId, parts = {}) {
      const asked = await house.ask(visitor)
      return house.post(visitor, house.answer(asked, { nameId, ...parts }), asked.relayState)
    },
  }
  return house
}

let unique = 1

export function rooms(gateway: TestGateway) {
  return gateway.running.gateway.rooms
}

/** A form of the provider's page: no Lax cookie travels with it. */
export function postAnswer(
  visitor: PortalVisitor,
  acs: string,
  message: string,
  relayState: string | null,
): Promise<Reply> {
  const fields = { SAMLResponse: message, ...(relayState === null ? {} : { RelayState: relayState }) }
  const Cookie = [...(visitor.jar.get(new URL(acs).hostname) ?? new Map<string, string>())]
    .filter(([name]) => name.includes('-saml-'))
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
  const headers = { Origin: 'https://idp.example.test', 'Sec-Fetch-Site': 'cross-site', Cookie }
  return visitor.post(acs, fields, { headers })
}

export function readAsked(reply: Reply): Asked {
  if (reply.location === null) throw new Error(`no redirect: ${reply.status} ${reply.heading}`)
  const query = new URL(reply.location).searchParams
  const xml = inflateRawSync(Buffer.from(query.get('SAMLRequest') ?? '', 'base64')).toString('utf8')
  return { reply, xml, id: / ID="([^"]+)"/.exec(xml)?.[1] ?? '', relayState: query.get('RelayState') ?? '' }
}

function anOrganization(id: OrganizationId, slug: string, clock: TestClock): Organization {
  const active: OrganizationRules = {
    networks: null,
    networksMode: 'enforce',
    sso: { required: true, breakGlassEmails: [] },
    secondFactor: null,
    devices: 'any',
    sessionIdleMs: null,
    sessionAbsoluteMs: null,
    emailedCodes: false,
    codeOnUnknownDevice: false,
  }
  const rules = { active, previous: null, revertAt: null, confirmedAt: null }
  return { id, slug, name: `${slug} Inc`, managedBy: 'store', rules, createdAt: clock.now() }
}

function aProvider(organizationId: OrganizationId, idp: TestProvider, clock: TestClock): Provider {
  return {
    organizationId,
    metadata: {
      entityId: idp.entityId,
      signOn: [
        { binding: 'redirect', location: new URL('/sso', idp.entityId).href },
        { binding: 'post', location: new URL('/sso-post', idp.entityId).href },
      ],
      logout: [],
      certificates: [idp.certificate],
      wantsSignedRequests: true,
      validUntil: null,
      readAt: clock.now(),
      digest: 'digest',
    },
    staged: null,
    source: { kind: 'file', name: 'idp.xml' },
    settings: defaultSettings,
    createdAt: clock.now(),
    version: 1,
  }
}

export function restartInTime({ gateway, clock }: Pick<SamlGateway, 'gateway' | 'clock'>): Promise<void> {
  return inTime(clock, () => gateway.restart())
}

/** What closes waits for time limits, and time is the test's: it has to move meanwhile. */
async function inTime(clock: TestClock, work: () => PromiseLike<void>): Promise<void> {
  let isDone = false
  const working = Promise.resolve(work()).finally(() => {
    isDone = true
  })
  const moving = until(() => {
    clock.advance(1_000)
    return isDone
  })
  // Together: what fails while the time moves is heard at once.
  await Promise.all([working, moving])
}
