import { Hono } from 'hono'
import type { Ask } from '../../http/ask.ts'
import { parseFields } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { Journal } from '../../journal/journal.ts'
import { type Clock, startBeat } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { Random } from '../../lib/random.ts'
import type { Organizations } from '../../people/organization.ts'
import type { Origin } from '../../people/origin.ts'
import type { SessionBook } from '../../people/session-book.ts'
import { samlAddresses } from '../../sso/addresses.ts'
import type { LogoutMessage, LogoutReading } from '../../sso/logout-reading.ts'
import { logoutResponse } from '../../sso/messages.ts'
import type { Provider } from '../../sso/provider.ts'
import type { PortalConfig } from '../config.ts'
import type { PageWriter } from '../page-writer.ts'
import { findProviderAt, type ProviderAt } from '../provider-at.ts'
import { keepProviderMessage, messageBeatMs } from '../provider-messages.ts'
import { type ProviderSignOut, providerSignOutPath } from '../provider-sign-out.ts'
import type { RefusalRows } from '../refusal-rows.ts'
import { readLogoutForm } from '../saml-form.ts'
import { refusedLogout, type SamlLogoutJudge } from '../saml-logout-judge.ts'
import type { SamlLogoutPages } from '../saml-logout-pages.ts'
import type { SamlPages } from '../saml-pages.ts'
import type { SamlRooms } from '../saml-rooms.ts'
import { originOf, type Visit, type VisitOf, visitIn } from '../visit.ts'

export interface SamlSloRoutesNeeds extends Pick<SamlRooms, 'providers' | 'ownKeys' | 'seenMessages' | 'answered'> {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly organizations: Pick<Organizations, 'findBySlug'>
  readonly sessionBook: Pick<SessionBook, 'endOfSubject'>
  readonly judge: SamlLogoutJudge
  readonly signOut: ProviderSignOut
  readonly pages: Pick<SamlPages, 'send'>
  readonly logoutPages: SamlLogoutPages
  readonly writer: PageWriter
  readonly refusalRows: RefusalRows
  readonly journal: Pick<Journal, 'trouble'>
  readonly config: Pick<PortalConfig, 'portalOrigin'>
  readonly random: Random
  readonly clock: Clock
}

/**
 * `/saml/<slug>/slo`: what a provider says about the end of its own session. Its signature speaks and nothing else: the browser that carries
 * it need not be the person's, and no cookie is asked. `/saml/sign-out` leads from an application's host to the provider.
 */
export function samlSloRoutes(needs: SamlSloRoutesNeeds): PageApp {
  const { visitOf, ask, writer } = needs
  const app: PageApp = new Hono<PageEnv>()

  const receive = async (visit: Visit, slug: string, readMessage: () => Promise<LogoutMessage | null>) => {
    const beat = startBeat(messageBeatMs)
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    const response = await judge(needs, visit, slug, await readMessage())
    if (response !== null) return response
    await beat()
    return needs.logoutPages.refused(visit)
  }

  app.get('/saml/:slug/slo', c => {
    const visit = visitIn(visitOf, c)
    // The one GET that changes something: whoever only looks whether the address is there ends nothing.
    if (visit.head.method !== 'GET') throw new Fault('method_not_allowed')
    const { target } = visit.head
    const mark = target.indexOf('?')
    const query = mark < 0 ? '' : target.slice(mark + 1)
    return receive(visit, c.req.param('slug'), async () => ({ binding: 'redirect', query }))
  })

  app.post('/saml/:slug/slo', c => receive(visitIn(visitOf, c), c.req.param('slug'), () => readLogoutForm(c.req.raw)))

  app.get(providerSignOutPath, async c => {
    const visit = visitIn(visitOf, c)
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    const signedOut = needs.signOut.open(parseFields(new URL(c.req.url).search).get('ticket') ?? '')
    const message = signedOut === null ? null : await needs.signOut.message(signedOut)
    return message === null ? writer.redirect(signedOutPage) : needs.logoutPages.leave(visit, message, [])
  })
  return app
}

const signedOutPage = '/sign-in?said=signed_out'
/** Says no more than is known. Whoever is still signed in is led on to their account from there. */
const signedOutHerePage = '/sign-in?said=signed_out_here'

/** Null: refused, for whatever cause; what it was is told where administrators and operators look. */
async function judge(
  needs: SamlSloRoutesNeeds,
  visit: Visit,
  slug: string,
  message: LogoutMessage | null,
): Promise<Response | null> {
  const from = await findProviderAt(needs, slug)
  const reading = await readingOf(needs, visit, { from, message })
  tell(needs, visit, { from, reading })
  if (reading.kind === 'request' && from !== null) return obey(needs, visit, { ...from, request: reading })
  if (reading.kind === 'response') return needs.writer.redirect(reading.done ? signedOutPage : signedOutHerePage)
  // Ours ended before we asked: that the provider's answer is worth nothing does not change that.
  return message !== null && isAnswer(message) ? needs.writer.redirect(signedOutHerePage) : null
}

async function readingOf(
  needs: SamlSloRoutesNeeds,
  visit: Visit,
  { from, message }: { from: ProviderAt | null; message: LogoutMessage | null },
): Promise<LogoutReading> {
  if (from === null) return refusedLogout('switched_off', 'no provider at this address')
  if (message === null) return refusedLogout('unreadable', 'no form with one SAMLRequest or one SAMLResponse')
  return needs.judge.judge({ ...from, visit, message })
}

function isAnswer(message: LogoutMessage): boolean {
  if (message.binding === 'post') return message.parameter === 'SAMLResponse'
  return /(?:^|&)SAMLResponse=/.test(message.query) && !/(?:^|&)SAMLRequest=/.test(message.query)
}

interface Asked extends ProviderAt {
  readonly request: Extract<LogoutReading, { kind: 'request' }>
}

/** Ends what is meant and says so. The answer is the same when there was nothing to end: the provider learns no more than it knew. */
async function obey(needs: SamlSloRoutesNeeds, visit: Visit, asked: Asked): Promise<Response> {
  const { organization, provider, request } = asked
  const by: Origin = { ...originOf(visit, null), actor: { kind: 'system', id: 'identity provider' } }
  const { entityId: issuer } = provider.metadata
  const { subject, issuedAt: at } = request
  await needs.sessionBook.endOfSubject({ ...subject, organizationId: organization.id, issuer, at }, by)
  const endpoint = answerTo(provider)
  if (endpoint === null) return needs.writer.redirect(signedOutPage)
  const message = await logoutResponse({
    ...endpoint,
    id: `_${needs.random.token(16)}`,
    issuer: samlAddresses(needs.config.portalOrigin, organization.slug).entityId,
    inResponseTo: request.id,
    relayState: request.relayState,
    key: await needs.ownKeys.current(),
    now: needs.clock.now(),
  })
  return needs.pages.send(visit, message, [])
}

/** By redirect where that is possible: it needs no script and works in the frames in which providers ask many applications at once. */
function answerTo({ metadata: { logout } }: Provider) {
  const endpoint = logout.find(({ binding }) => binding === 'redirect') ?? logout[0]
  if (endpoint === undefined) return null
  return { binding: endpoint.binding, destination: endpoint.responseLocation ?? endpoint.location }
}

function tell(
  needs: SamlSloRoutesNeeds,
  visit: Visit,
  { from, reading }: { from: ProviderAt | null; reading: LogoutReading },
): void {
  const [outcome, detail] = reading.kind === 'refused' ? [reading.cause, reading.detail] : (['accepted', ''] as const)
  const organizationId = from?.organization.id ?? null
  keepProviderMessage(needs, visit, { organizationId, outcome, detail, purpose: 'logout', seen: reading.seen })
}
