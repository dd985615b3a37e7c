import { Hono } from 'hono'
import type { Ask } from '../../http/ask.ts'
import type { CookieJar } from '../../http/cookies.ts'
import { parseFields } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { Journal } from '../../journal/journal.ts'
import type { AuditStore } from '../../journal/receipt.ts'
import type { Clock } from '../../lib/clock.ts'
import { startBeat } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { fieldValue } from '../../lib/request-head.ts'
import type { Organizations } from '../../people/organization.ts'
import { rulesAt } from '../../people/organization-rules.ts'
import { auditOf } from '../../people/origin.ts'
import { samlAddresses } from '../../sso/addresses.ts'
import { ownMetadata } from '../../sso/own-metadata.ts'
import type { PortalConfig } from '../config.ts'
import type { PageWriter } from '../page-writer.ts'
import { findProviderAt, type ProviderAt } from '../provider-at.ts'
import { keepProviderMessage, messageBeatMs } from '../provider-messages.ts'
import type { RefusalRows } from '../refusal-rows.ts'
import { type PostedAnswer, readAnswer } from '../saml-form.ts'
import { type Judged, type Refused, refused, type SamlJudge, type Vouched } from '../saml-judge.ts'
import type { SamlPages } from '../saml-pages.ts'
import type { SamlRequest, SamlRequests } from '../saml-requests.ts'
import type { SamlRooms } from '../saml-rooms.ts'
import type { SamlSignIn } from '../saml-sign-in.ts'
import type { SamlStart } from '../saml-start.ts'
import { originOf, type Visit, type VisitOf, visitIn } from '../visit.ts'

export interface SamlRoutesNeeds extends Pick<SamlRooms, 'providers' | 'ownKeys' | 'seenMessages' | 'answered'> {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly jar: CookieJar
  readonly organizations: Pick<Organizations, 'findBySlug'>
  readonly starts: SamlStart
  readonly requests: SamlRequests
  readonly judge: SamlJudge
  readonly signIns: SamlSignIn
  readonly pages: SamlPages
  readonly writer: PageWriter
  readonly refusalRows: RefusalRows
  readonly audit: Pick<AuditStore, 'append'>
  readonly journal: Pick<Journal, 'trouble'>
  readonly config: Pick<PortalConfig, 'portalOrigin'>
  readonly clock: Clock
}

/**
 * `/saml/<slug>/...`: an organization's single sign-on. The ACS is the one form of ours that another site's page may post (see
 * composition/origin.ts), so nothing there is believed because of a cookie that speaks for a session.
 */
export function samlRoutes(needs: SamlRoutesNeeds): PageApp {
  const { visitOf, ask, writer } = needs
  const app: PageApp = new Hono<PageEnv>()

  app.get('/saml/:slug/start', async c => {
    const visit = visitIn(visitOf, c)
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    const from = await findProviderAt(needs, c.req.param('slug'))
    const query = parseFields(new URL(c.req.url).search)
    const response = from === null ? null : await needs.starts.start(visit, from, query)
    if (response === null) throw new Fault('not_found')
    return response
  })

  app.post('/saml/:slug/acs', async c => {
    const visit = visitIn(visitOf, c)
    const beat = startBeat(messageBeatMs)
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    const accepted = await receive(needs, visit, c.req.param('slug'), c.req.raw)
    if (accepted !== null) return accepted
    await beat()
    return needs.pages.refused(inTheirLanguage(needs, visit))
  })

  app.get('/saml/:slug/metadata', async c => {
    const visit = visitIn(visitOf, c)
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    const organization = await needs.organizations.findBySlug(c.req.param('slug'))
    if (organization === null) throw new Fault('not_found')
    const document = ownMetadata(
      samlAddresses(needs.config.portalOrigin, organization.slug),
      await needs.ownKeys.published(),
    )
    return new Response(document, { headers: metadataFields })
  })
  return app
}

/** Read by programs, and by administrators who save it: never by a browser as a page of ours. */
const metadataFields = {
  'Content-Type': 'application/samlmetadata+xml; charset=utf-8',
  'Content-Disposition': 'attachment; filename="metadata.xml"',
  'Cache-Control': 'no-cache',
  'X-Content-Type-Options': 'nosniff',
}

/** Null: refused, for whatever cause; what it was is told where administrators and operators look. */
async function receive(needs: SamlRoutesNeeds, visit: Visit, slug: string, posted: Request): Promise<Response | null> {
  const from = await findProviderAt(needs, slug)
  const answer = await readAnswer(posted)
  if (from === null || answer === null) {
    const outcome =
      from === null
        ? refused('switched_off', 'no provider at this address')
        : refused('unreadable', 'no form with one SAMLResponse')
    tell(needs, visit, { outcome, purpose: 'sign_in', from })
    return null
  }
  const requests = needs.requests.listOf(visit.head.headers, from.organization.id)
  if (comesAlone(needs, visit, { from, answer, requests }))
    return needs.pages.bring(inTheirLanguage(needs, visit), slug, answer)
  const judged = await needs.judge.judge({ ...from, visit, message: answer.message, requests })
  // A refused message is not believed about what it answers; its RelayState may at most choose among this browser's own requests.
  const meant = judged.kind === 'vouched' ? judged.request : requests.find(({ tag }) => tag === answer.relayState)
  if (meant?.purpose === 'test') return showTest(needs, visit, { from, judged, request: meant })
  const outcome = judged.kind === 'refused' ? judged : await accept(needs, visit, judged, from)
  tell(needs, visit, {
    outcome: outcome instanceof Response ? judged : outcome,
    purpose: meant?.purpose ?? 'sign_in',
    from,
  })
  return outcome instanceof Response ? outcome : null
}

interface Brought {
  readonly from: ProviderAt
  readonly answer: PostedAnswer
  readonly requests: readonly SamlRequest[]
}

/**
 * Where a provider may begin, nobody's request has brought this browser's cookies along, and the form of another site leaves them at home: without
 * them every browser is a new one, to be told of or to be approved. A page of ours then posts the answer once more. Nothing is read or kept for it,
 * so it says nothing about the answer.
 */
function comesAlone({ clock }: SamlRoutesNeeds, visit: Visit, { from, answer, requests }: Brought): boolean {
  const { organization, provider } = from
  if (!provider.settings.unsolicited || !rulesAt(organization, clock.now()).sso.required) return false
  if (answer.isBrought || visit.cookies.device !== undefined) return false
  return !requests.some(({ tag }) => tag === answer.relayState)
}

async function accept(
  needs: SamlRoutesNeeds,
  visit: Visit,
  vouched: Vouched,
  from: ProviderAt,
): Promise<Response | Refused> {
  const { request } = vouched
  const response = await needs.signIns.accept(request === null ? visit : asAsked(needs, visit, request), vouched, from)
  if (!(response instanceof Response)) return response
  if (request !== null) response.headers.append('Set-Cookie', needs.requests.forget(request))
  else if (!isOurForm(visit) && visit.cookies.device === undefined) keepDeviceCookie(needs, response)
  return response
}

/** What no page elsewhere can claim: then the browser has shown all that it has. */
function isOurForm({ head }: Visit): boolean {
  return fieldValue(head.headers, 'sec-fetch-site') === 'same-origin'
}

/** The device cookie, if there is one, stayed at home. The one that was made for the answer must not take its place. */
function keepDeviceCookie({ jar }: SamlRoutesNeeds, { headers }: Response): void {
  const others = headers.getSetCookie().filter(line => !line.startsWith(`${jar.names.device}=`))
  headers.delete('Set-Cookie')
  for (const line of others) headers.append('Set-Cookie', line)
}

/** Says nothing about the message: it is the browser's own cookie that is asked, whatever was posted. */
function inTheirLanguage({ requests, jar, visitOf }: SamlRoutesNeeds, visit: Visit): Visit {
  const language = requests.languageOf(visit.head.headers)
  return language === null ? visit : visitOf(jar.withCookies(visit.head, { language }), visit.receipt)
}

/** As if the browser's own cookies had come along, which a form of another site leaves at home. */
function asAsked({ jar, visitOf }: SamlRoutesNeeds, visit: Visit, { device, language }: SamlRequest): Visit {
  const head = jar.withCookies(visit.head, { device: device ?? '', language, attempt: '' })
  return visitOf(head, visit.receipt)
}

async function showTest(
  needs: SamlRoutesNeeds,
  visit: Visit,
  { from, judged, request }: { from: ProviderAt; judged: Judged; request: SamlRequest },
): Promise<Response> {
  tell(needs, visit, { outcome: judged, purpose: 'test', from })
  const shown = asAsked(needs, visit, request)
  const cookies = [needs.requests.forget(request)]
  if (judged.kind === 'refused') return needs.pages.tested(shown, judged, cookies)
  const { assertion } = judged
  const found = await needs.signIns.preview(shown, judged, from)
  return needs.pages.tested(shown, { kind: 'accepted', assertion, found }, cookies)
}

interface Told {
  readonly outcome: Judged
  readonly purpose: SamlRequest['purpose']
  readonly from: ProviderAt | null
}

function tell(needs: SamlRoutesNeeds, visit: Visit, { outcome, purpose, from }: Told): void {
  const { clock, audit, journal } = needs
  const organizationId = from?.organization.id ?? null
  const [cause, detail] = outcome.kind === 'refused' ? [outcome.cause, outcome.detail] : (['accepted', ''] as const)
  const answer = { organizationId, outcome: cause, purpose, detail, seen: outcome.seen }
  const row = keepProviderMessage(needs, visit, answer)
  if (row === null) return
  const { repeated, leftOut } = row
  const before = { ...(repeated === 0 ? {} : { repeated }), ...(leftOut === 0 ? {} : { leftOut }) }
  const facts = { why: cause, asked: 'saml', purpose, ...before }
  audit
    .append(auditOf('sign_in_refused', { accountId: null, organizationId }, originOf(visit, null), clock.now(), facts))
    .catch((cause: unknown) => journal.trouble('audit of a refused answer of a provider', cause))
}
