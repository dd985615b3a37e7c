import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Ask } from '../../http/ask.ts'
import type { CookieJar } from '../../http/cookies.ts'
import { type Fields, parseFields, readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { Clock } from '../../lib/clock.ts'
import { waysOf } from '../../people/factor-ways.ts'
import type { SessionBook } from '../../people/session-book.ts'
import type { Decision } from '../../policy/verdict.ts'
import type { CodeSending } from '../code-sending.ts'
import type { Door, Person } from '../door.ts'
import type { Journey, Journeys } from '../journey.ts'
import type { PageWriter } from '../page-writer.ts'
import { proveContent } from '../pages/prove-again.ts'
import type { PasskeyWays } from '../passkey-ways.ts'
import type { SessionProofs } from '../session-proofs.ts'
import { originOf, type Visit, type VisitOf } from '../visit.ts'

export interface ProveAgainRoutesNeeds {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly jar: CookieJar
  readonly door: Door
  readonly proofs: SessionProofs
  readonly sending: CodeSending
  readonly passkeyWays: Pick<PasskeyWays, 'proveAgain'>
  readonly sessionBook: SessionBook
  readonly journeys: Journeys
  readonly writer: PageWriter
  readonly clock: Clock
}

/**
 * `/prove-again`: one more proof for a live session, because the walk (or a route of the application) asks for it. The session gets
 * a new token with it, so what was known of the old one is worth nothing.
 */
export function proveAgainRoutes(needs: ProveAgainRoutesNeeds): PageApp {
  const app: PageApp = new Hono<PageEnv>()

  app.get('/prove-again', async c => {
    const visit = needs.visitOf(c.env.head, c.env.receipt)
    const query = parseFields(new URL(c.req.url).search)
    const journey = needs.journeys.parse(query)
    const arrived = await receive(needs, visit, journey)
    if (arrived instanceof Response) return arrived
    if (query.get('step') === 'enrol_factor') return toEnrolment(needs, journey)
    return show(needs, visit, arrived, journey, { sent: query.get('said') === 'sent' })
  })

  app.post('/prove-again', async c => {
    const visit = needs.visitOf(c.env.head, c.env.receipt)
    const arrived = await receive(needs, visit, needs.journeys.parse(new Map()))
    if (arrived instanceof Response) return arrived
    const form = await readForm(c.req.raw)
    const journey = needs.journeys.parse(form)
    if (form.get('answer') === 'send_code') return send(needs, visit, arrived, journey, form)
    return prove(needs, visit, arrived, journey, form)
  })
  return app
}

/** The person whose proof is wanted, or the answer for everybody else. The walk may ask for more, but must not refuse. */
async function receive(needs: ProveAgainRoutesNeeds, visit: Visit, journey: Journey): Promise<Person | Response> {
  const decision = await needs.ask('own', visit.head, { receipt: visit.receipt })
  if (!mayProve(decision)) {
    const admission = await needs.door.admit(visit, `/prove-again${needs.journeys.query(journey)}`)
    if (admission.kind === 'answered') return admission.response
  }
  const person = await needs.door.holder(visit)
  if (person === null) return needs.writer.redirect(`/sign-in${needs.journeys.query(journey)}`)
  if (!person.usesSso) return person
  // Local proofs do not exist for them; their provider has to vouch anew.
  const { slug } = person.organization ?? { slug: '' }
  return needs.writer.redirect(`/saml/${slug}/start${needs.journeys.query(journey, { prove: '1' })}`)
}

function mayProve({ verdict }: Decision): boolean {
  if (verdict.kind === 'allow') return true
  return verdict.kind === 'challenge' && (verdict.step === 'second_factor' || verdict.step === 'prove_again')
}

/** A route wants a second factor that the account does not have: it is set up on the account page, which asks for a fresh proof first. */
function toEnrolment({ writer, journeys }: ProveAgainRoutesNeeds, journey: Journey): Response {
  return writer.redirect(`/account/factors/add${journeys.query(journey)}`)
}

async function send(
  { sending, writer, journeys }: ProveAgainRoutesNeeds,
  visit: Visit,
  person: Person,
  journey: Journey,
  form: Fields,
): Promise<Response> {
  await sending.sendInside(visit, person, form.get('to') ?? '')
  return writer.redirect(`/prove-again${journeys.query(journey, { said: 'sent' })}`)
}

async function prove(
  needs: ProveAgainRoutesNeeds,
  visit: Visit,
  person: Person,
  journey: Journey,
  form: Fields,
): Promise<Response> {
  const checked = await needs.proofs.check(visit, person, form)
  if (checked.kind === 'wrong') return show(needs, visit, person, journey, { error: visit.words.prove.wrong })
  if (checked.kind === 'ended') return toSignIn(needs, person, journey)
  const by = originOf(visit, person.account.id, person.session)
  const rotated = await needs.sessionBook.rotate(person.session, [checked.proof], by)
  if (rotated === null) return needs.writer.redirect(`/sign-in${needs.journeys.query(journey)}`)
  const seconds = (person.session.absoluteEndsAt - needs.clock.now()) / 1000
  const cookies = [needs.jar.write('session', rotated.token, seconds)]
  const location = await needs.journeys.arrive(journey, person.session)
  return needs.writer.redirect(location, { cookies, referrer: 'none' })
}

/** The session has ended by too many wrong proofs. */
function toSignIn(
  { proofs, journeys, writer, jar }: ProveAgainRoutesNeeds,
  person: Person,
  journey: Journey,
): Response {
  const said = proofs.kindFor(person) === 'code' ? 'too_many_codes' : 'start_again'
  return writer.redirect(`/sign-in${journeys.query(journey, { said })}`, { cookies: [jar.clear('session')] })
}

function show(
  { proofs, journeys, writer, passkeyWays }: ProveAgainRoutesNeeds,
  visit: Visit,
  person: Person,
  journey: Journey,
  { error, sent = false }: { readonly error?: string; readonly sent?: boolean },
): Promise<Response> {
  const hidden = html`${journeys.hidden(journey)}`
  const content = proveContent(visit.words, {
    hidden,
    passkey: proofs.hasPasskey(person) ? passkeyWays.proveAgain(visit.words, hidden) : html``,
    by: proofs.kindFor(person),
    ways: waysOf(person.account),
    email: person.account.email,
    sent,
    error,
  })
  const here = `/prove-again${journeys.query(journey)}`
  return writer.write(visit, { title: visit.words.prove.title, content, status: error === undefined ? 200 : 422, here })
}
