import type { GatewayConfig } from '../config/gateway-config.ts'
import { matchRoute } from '../config/route-table.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { createSeal } from '../lib/seal.ts'
import { deriveKey } from '../lib/secret.ts'
import { createProvisioning } from '../people/provisioning.ts'
import type { ProviderAnswer, RouteDemand, SamlRooms } from '../portal/saml-rooms.ts'
import type { Visit } from '../portal/visit.ts'
import { createLogoutIds } from '../sso/logout-ids.ts'
import { createRequestIds } from '../sso/request-ids.ts'
import { createTestTickets, type TestTickets } from '../sso/test-tickets.ts'
import type { SqliteStore } from '../stores/sqlite/client.ts'
import type { RecordMaker } from './records.ts'
import type { Rooms } from './rooms.ts'
import type { Sso } from './sso.ts'

export interface SamlRoomsNeeds {
  readonly store: Pick<SqliteStore, 'accounts' | 'emailDomains' | 'seenMessages' | 'spentOnce'>
  readonly sso: Pick<Sso, 'registry' | 'ownKeys' | 'xml'>
  /** Of the attempts at signing in; those of single sign-on are made from it. */
  readonly key: Buffer
  readonly random: Random
  readonly clock: Clock
  readonly demandOf: SamlRooms['demandOf']
  readonly answered: SamlRooms['answered']
}

/** Single sign-on in the words of the portal. */
export function createSamlRooms({ store, sso, key, random, clock, demandOf, answered }: SamlRoomsNeeds): SamlRooms {
  const { accounts, emailDomains, seenMessages, spentOnce } = store
  return {
    providers: sso.registry,
    ...{ ownKeys: sso.ownKeys, xml: sso.xml, emailDomains, seenMessages, spentOnce },
    requestIds: createRequestIds(deriveKey(key, 'saml request ids')),
    logoutIds: createLogoutIds({ key: deriveKey(key, 'saml logout ids'), random, clock }),
    requestSeal: createSeal(deriveKey(key, 'saml request cookies'), random),
    testTickets: testTickets(key, clock),
    provisioning: createProvisioning({ accounts, random, clock }),
    demandOf,
    answered,
  }
}

/** Tickets for test sign-ins: the operators' side makes them, the portal takes them. */
export function testTickets(key: Buffer, clock: Clock): TestTickets {
  return createTestTickets({ key: deriveKey(key, 'saml test tickets'), clock })
}

/** The same for a gateway: what a route asks for stands in its configuration, what is told goes to its journal. */
export function samlRoomsOf(
  { store, sso, keys, random, clock, journal }: Rooms,
  config: GatewayConfig,
  records: RecordMaker,
) {
  const answered = ({ head, receipt }: Visit, { outcome, detail, purpose, organizationId }: ProviderAnswer) => {
    const record =
      outcome === 'accepted' ? null : { ...records.fault(receipt, head, `saml_${outcome}`, detail), organizationId }
    journal.providerAnswered(record, { receipt, outcome, purpose, organizationId })
  }
  const demandOf = (returnTo: string | null) => demandAt(config, returnTo)
  return createSamlRooms({ store, sso, key: keys.attempts, random, clock, demandOf, answered })
}

const nothing: RouteDemand = { secondFactor: false, contexts: [] }

/** Of the route on which the person was held up. A path of the portal's own asks for none. */
function demandAt({ routes }: GatewayConfig, returnTo: string | null): RouteDemand {
  const url = returnTo === null ? null : URL.parse(returnTo)
  const match = url === null ? null : matchRoute(routes, url.hostname, url.pathname)
  if (match?.kind !== 'route') return nothing
  const { secondFactor, secondFactorContexts } = match.route.fact
  return { secondFactor, contexts: secondFactor ? secondFactorContexts : [] }
}
