import type { ConfigurationInput } from '../../src/config/write.ts'
import type { Account } from '../../src/people/account.ts'
import type { Provider } from '../../src/sso/provider.ts'
import { type OpenConnections, openConnections } from './open-connections.ts'
import type { PortalVisitor, Reply } from './portal-visitor.ts'
import { rooms, type SamlGateway, type SamlHouse, startSamlGateway } from './saml-gateway.ts'
import {
  type LogoutParts,
  logoutRequestXml,
  logoutResponseXml,
  type QuerySigning,
  signLogout,
  signLogoutQuery,
} from './saml-logout-messages.ts'
import type { TestProvider } from './saml-messages.ts'

// Single logout through the whole gateway: people who came through their provider, with sockets open, and what providers send.

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in', websocket: true }],
}

export async function startLogoutGateway(): Promise<SamlGateway> {
  const saml = await startSamlGateway({ routes })
  for (const house of [saml.corp, saml.other]) await house.setProvider({ metadata: { logout: logoutOf(house) } })
  return saml
}

export function logoutOf({ idp }: Pick<SamlHouse, 'idp'>): Provider['metadata']['logout'] {
  const location = new URL('/slo', idp.entityId).href
  return [
    { binding: 'redirect', location, responseLocation: `${location}/done` },
    { binding: 'post', location: `${location}-post`, responseLocation: null },
  ]
}

export interface Guest {
  readonly account: Account
  readonly visitor: PortalVisitor
  readonly connections: OpenConnections
  /** Whether the portal's session is still there. */
  isSignedIn(): Promise<boolean>
}

/** Somebody who has signed in through the provider, on the portal and at the application, with a socket and a stream open there. */
export async function guestOf(
  saml: SamlGateway,
  house: SamlHouse,
  email: string,
  sessionIndex: string,
  account?: Account,
): Promise<Guest> {
  const { gateway } = saml
  const known = account ?? (await gateway.addPerson({ email, organization: house.slug }))
  const visitor = saml.visitor()
  const answered = await house.signIn(visitor, email, { sessionIndex })
  if (answered.location === null) throw new Error(`not signed in: ${answered.status} ${answered.heading}`)
  await visitor.follow(await visitor.get(`${gateway.appOrigin}/room`))
  const connections = await openConnections(visitor, gateway.port)
  const token = visitor.cookie('auth.localhost', 'sekisho') ?? ''
  return {
    account: known,
    visitor,
    connections,
    async isSignedIn() {
      const roots = await rooms(gateway).people.sessionBook.listOf(known.id)
      const session = await rooms(gateway).people.sessionBook.find(token)
      return session !== null && roots.some(({ id }) => id === session.rootId)
    },
  }
}

export interface Sending extends LogoutParts, Pick<QuerySigning, 'relayState' | 'algorithm' | 'deflated'> {
  /** Whose key signs; the house's own provider when nothing is said. */
  readonly signer?: TestProvider
  readonly kind?: 'request' | 'response'
}

/** What the provider's page leads to: the address with its signed query. */
export function logoutAddress(saml: SamlGateway, house: SamlHouse, sending: Sending = {}): string {
  const { xml, signer } = partsOf(saml, house, sending)
  return `${sloOf(house)}?${signLogoutQuery(xml, signer, sending)}`
}

/** What the provider's page posts. */
export function logoutForm(saml: SamlGateway, house: SamlHouse, sending: Sending = {}): Record<string, string> {
  const { xml, signer } = partsOf(saml, house, sending)
  return formOf(signLogout(xml, signer), sending.relayState ?? null)
}

export function formOf(xml: string, relayState: string | null = null): Record<string, string> {
  const parameter = xml.includes(':LogoutResponse') ? 'SAMLResponse' : 'SAMLRequest'
  const message = { [parameter]: Buffer.from(xml).toString('base64') }
  return relayState === null ? message : { ...message, RelayState: relayState }
}

/** The unsigned request of the house's provider. */
export function logoutXml(saml: SamlGateway, house: SamlHouse, parts: Sending = {}): string {
  return partsOf(saml, house, parts).xml
}

export function postLogout(visitor: PortalVisitor, house: SamlHouse, form: Record<string, string>): Promise<Reply> {
  // No cookie at all travels with a form of the provider's page.
  const headers = { Origin: 'https://idp.example.test', 'Sec-Fetch-Site': 'cross-site', Cookie: '' }
  return visitor.post(sloOf(house), form, { headers })
}

export function sloOf({ acs }: SamlHouse): string {
  return acs.replace(/acs$/, 'slo')
}

function partsOf(saml: SamlGateway, house: SamlHouse, { signer = house.idp, kind = 'request', ...parts }: Sending) {
  const write = kind === 'request' ? logoutRequestXml : logoutResponseXml
  const now = saml.clock.now()
  const common = { now, issuer: house.idp.entityId, destination: sloOf(house), id: `_l${unique++}` }
  return { xml: write({ ...common, ...parts }), signer }
}

let unique = 1
