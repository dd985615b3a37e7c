import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Ask } from '../../http/ask.ts'
import type { CookieJar } from '../../http/cookies.ts'
import { type Fields, parseFields, readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Passkeys } from '../../people/passkeys.ts'
import type { SessionBook } from '../../people/session-book.ts'
import type { SignIn } from '../../people/sign-in.ts'
import type { AccountWriter } from '../account-writer.ts'
import { ownActs } from '../acts.ts'
import { readLabel } from '../code-field.ts'
import type { Browsers } from '../device-cookie.ts'
import type { Door, Person } from '../door.ts'
import type { Entry } from '../entry.ts'
import { factorAdded } from '../factor-added.ts'
import type { Journey, Journeys } from '../journey.ts'
import type { PageWriter } from '../page-writer.ts'
import { addPasskeyContent } from '../pages/passkeys.ts'
import { defaultLabel } from '../passkey-attempts.ts'
import { ceremonyOf } from '../passkey-ceremony.ts'
import type { PasskeyGuard } from '../passkey-guard.ts'
import type { PasskeyWays } from '../passkey-ways.ts'
import type { SignInPages } from '../sign-in-pages.ts'
import { originOf, type Visit, type VisitOf, visitIn } from '../visit.ts'

export interface PasskeyRoutesNeeds {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly jar: CookieJar
  readonly door: Door
  readonly passkeys: Passkeys
  readonly passkeyGuard: PasskeyGuard
  readonly passkeyWays: PasskeyWays
  readonly signIn: Pick<SignIn, 'begin'>
  readonly browsers: Browsers
  readonly entry: Entry
  readonly journeys: Journeys
  readonly pages: SignInPages
  readonly sessionBook: Pick<SessionBook, 'rotate'>
  readonly writer: PageWriter
  readonly accountWriter: AccountWriter
  readonly clock: Clock
}

/**
 * `/sign-in/passkey`: signing in with nothing else; and `/account/passkeys/add`. As second factor and as a fresh proof, passkeys come to
 * the pages that ask for those.
 */
export function passkeyRoutes(needs: PasskeyRoutesNeeds): PageApp {
  const { visitOf, ask, door, journeys, writer } = needs
  const app: PageApp = new Hono<PageEnv>()
  const adding = '/account/passkeys/add'

  app.post('/sign-in/passkey', async c => {
    const visit = visitIn(visitOf, c)
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    return signIn(needs, visit, await readForm(c.req.raw))
  })

  app.get(adding, async c => {
    const visit = visitIn(visitOf, c)
    const journey = journeys.parse(parseFields(new URL(c.req.url).search))
    const admission = await door.admit(visit, `${adding}${journeys.query(journey)}`, ownActs.add_factor)
    if (admission.kind === 'answered') return admission.response
    return offer(needs, visit, admission.person, journey, {})
  })

  app.post(adding, async c => {
    const visit = visitIn(visitOf, c)
    const admission = await door.admit(visit, adding, ownActs.add_factor)
    if (admission.kind === 'answered') return admission.response
    return add(needs, visit, admission.person, await readForm(c.req.raw))
  })
  return app
}

async function signIn(needs: PasskeyRoutesNeeds, visit: Visit, form: Fields): Promise<Response> {
  const journey = needs.journeys.parse(form)
  const proved = await needs.passkeyGuard.signIn(visit, form.get('credential') ?? '')
  if (proved === null) return needs.pages.passkeyRefused(visit, journey)
  const { account, proof } = proved
  const browser = await needs.browsers.of(visit, account.id)
  const begun = await needs.signIn.begin(account, proof, browser.device, originOf(visit, account.id))
  // No address was typed: a page that says no says it like the one above.
  return needs.entry.proceed(visit, { ...begun, account, browser, email: '' }, journey)
}

interface Offer {
  readonly error?: string
  readonly label?: string
}

function offer(
  needs: PasskeyRoutesNeeds,
  visit: Visit,
  person: Person,
  journey: Journey,
  { error, label }: Offer,
): Promise<Response> {
  const { words } = visit
  const hidden = html`${needs.journeys.hidden(journey)}`
  const query = needs.journeys.query(journey)
  const way = needs.passkeyWays.enrol(words, hidden, label ?? defaultLabel(visit))
  return needs.accountWriter.write(visit, person, {
    title: words.passkeys.addTitle,
    content: addPasskeyContent(words, { way, query, error }),
    status: error === undefined ? 200 : 422,
    here: `/account/passkeys/add${query}`,
  })
}

async function add(needs: PasskeyRoutesNeeds, visit: Visit, person: Person, form: Fields): Promise<Response> {
  const { account, session } = person
  const { passkeys: words } = visit.words
  const journey = needs.journeys.parse(form)
  const label = readLabel(form) ?? defaultLabel(visit)
  const again = (error: string) => offer(needs, visit, person, journey, { error, label })
  const ceremony = ceremonyOf(visit, 'enrol', session)
  if (ceremony === null) return again(words.notAdded)
  const by = originOf(visit, account.id, session)
  const answer = form.get('credential') ?? ''
  const added = await needs.passkeys.add({ account, answer, ceremony, label, by, first: false })
  switch (added.kind) {
    case 'added': {
      // Its authenticator has just verified its user.
      const proof = { kind: 'passkey', at: needs.clock.now() } as const
      return factorAdded({ ...needs, pages: needs.writer }, visit, person, { proof, journey })
    }
    case 'wrong':
      return again(words.notAdded)
    case 'taken':
      return again(words.taken)
    case 'refused':
      return needs.accountWriter.done('not_found')
    default:
      return added satisfies never
  }
}
