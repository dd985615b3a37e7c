import type { Ask } from '../http/ask.ts'
import type { Fields } from '../http/forms.ts'
import type { Clock } from '../lib/clock.ts'
import { fieldValue } from '../lib/request-head.ts'
import type { Organization } from '../people/organization.ts'
import { rulesAt } from '../people/organization-rules.ts'
import type { ActFact } from '../policy/facts.ts'
import { samlAddresses } from '../sso/addresses.ts'
import { authnRequest } from '../sso/messages.ts'
import type { Endpoint, Provider } from '../sso/provider.ts'
import type { RequestPurpose } from '../sso/request-ids.ts'
import type { PortalConfig } from './config.ts'
import type { Door, Person } from './door.ts'
import type { Journeys } from './journey.ts'
import type { SamlPages } from './saml-pages.ts'
import type { SamlRequests } from './saml-requests.ts'
import type { SamlRooms } from './saml-rooms.ts'
import type { Visit } from './visit.ts'

/** Sends a browser to the organization's provider with a request of ours. Stores nothing: the browser keeps what belongs to it. */
export interface SamlStart {
  /** Null: there is nothing to start here for whoever asks. */
  start(visit: Visit, from: { organization: Organization; provider: Provider }, query: Fields): Promise<Response | null>
}

export interface SamlStartNeeds extends Pick<SamlRooms, 'ownKeys' | 'testTickets' | 'demandOf'> {
  readonly ask: Ask
  readonly door: Pick<Door, 'holder'>
  readonly requests: SamlRequests
  readonly journeys: Journeys
  readonly pages: SamlPages
  readonly config: Pick<PortalConfig, 'portalOrigin'>
  readonly clock: Clock
}

/** An administrator looks how the provider answers: the precise cause of a refusal is for nobody else. */
const testAct: ActFact = { name: 'test_single_sign_on', proofAgeMaxMs: null, roles: ['administrator'] }

export function createSamlStart(needs: SamlStartNeeds): SamlStart {
  return {
    async start(visit, { organization, provider }, query) {
      if (!isNavigation(visit)) return null
      const person = await needs.door.holder(visit)
      const purpose = await purposeOf(needs, visit, { organization, person, query })
      if (purpose === null) return null
      const journey = needs.journeys.parse(query)
      const demand = needs.demandOf(purpose === 'prove_again' ? journey.returnTo : null)
      // Whatever the provider states would not be enough: the route would send the person back here without end.
      if (demand.secondFactor && demand.contexts.length === 0) return needs.pages.noContext(visit)
      const endpoint = endpointOf(provider)
      if (endpoint === null) return null
      const { request, cookies } = needs.requests.start(visit.head.headers, {
        organizationId: organization.id,
        purpose,
        forced: purpose === 'prove_again',
        contexts: demand.contexts.length > 0 ? demand.contexts : provider.settings.contexts,
        journey,
        device: visit.cookies.device ?? null,
        language: visit.language,
        session: person === null ? null : nameOf(person),
      })
      const { entityId, acs } = samlAddresses(needs.config.portalOrigin, organization.slug)
      const message = await authnRequest({
        ...{ id: request.id, forced: request.forced, contexts: request.contexts },
        ...{ issuer: entityId, acsUrl: acs, relayState: request.tag },
        ...{ binding: endpoint.binding, destination: endpoint.location },
        key: await needs.ownKeys.current(),
        now: needs.clock.now(),
      })
      return needs.pages.send(visit, message, cookies)
    },
  }
}

/** Pictures and frames of a page elsewhere must not fill this browser with requests. */
function isNavigation({ head }: Visit): boolean {
  const destination = fieldValue(head.headers, 'sec-fetch-dest')
  return head.method === 'GET' && (destination === undefined || destination === 'document')
}

interface Wish {
  readonly organization: Organization
  readonly person: Person | null
  readonly query: Fields
}

async function purposeOf(needs: SamlStartNeeds, visit: Visit, wish: Wish): Promise<RequestPurpose | null> {
  const { organization, person, query } = wish
  const test = query.get('test')
  if (test !== undefined) return (await mayTest(needs, visit, wish, test)) ? 'test' : null
  if (!rulesAt(organization, needs.clock.now()).sso.required) return null
  const isTheirs = person !== null && person.account.organizationId === organization.id
  return query.get('prove') === '1' && isTheirs ? 'prove_again' : 'sign_in'
}

async function mayTest(
  { ask, testTickets }: SamlStartNeeds,
  visit: Visit,
  { organization, person }: Wish,
  test: string,
): Promise<boolean> {
  if (testTickets.isGood(test, organization.id)) return true
  if (person === null || person.account.organizationId !== organization.id) return false
  const { verdict } = await ask('own', visit.head, { act: testAct })
  return verdict.kind === 'allow'
}

/** In the way that the organization has chosen, or else in the one that the provider offers. */
function endpointOf({ metadata, settings }: Provider): Endpoint | null {
  return metadata.signOn.find(({ binding }) => binding === settings.requestBinding) ?? metadata.signOn[0] ?? null
}

function nameOf({ session: { rootId, accountId, organizationId } }: Person) {
  return { rootId, accountId, organizationId }
}
