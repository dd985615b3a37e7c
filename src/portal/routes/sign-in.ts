import { Hono } from 'hono'
import type { Ask } from '../../http/ask.ts'
import { type Fields, parseFields, readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { Journal } from '../../journal/journal.ts'
import { startBeat } from '../../lib/clock.ts'
import type { Account } from '../../people/account.ts'
import { parseEmail } from '../../people/email.ts'
import type { Origin } from '../../people/origin.ts'
import type { SignIn } from '../../people/sign-in.ts'
import type { Browsers } from '../device-cookie.ts'
import type { Door } from '../door.ts'
import type { Entry } from '../entry.ts'
import type { Journey, Journeys } from '../journey.ts'
import type { Lane } from '../lane.ts'
import type { PageWriter } from '../page-writer.ts'
import type { PasswordGuard, TriedPassword } from '../password-guard.ts'
import type { SamlPart } from '../saml-part.ts'
import type { SignInPages } from '../sign-in-pages.ts'
import { originOf, type Visit, type VisitOf } from '../visit.ts'

export interface SignInRoutesNeeds {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly door: Door
  readonly passwords: PasswordGuard
  readonly signIn: Pick<SignIn, 'begin' | 'hold'>
  readonly lane: Lane
  /** Names the attack that is going on: the cause of a hold. */
  readonly threat: () => string
  readonly journal: Pick<Journal, 'trouble'>
  readonly browsers: Browsers
  readonly entry: Entry
  readonly journeys: Journeys
  readonly pages: SignInPages
  readonly samlPart: Pick<SamlPart, 'discovery' | 'pages'>
  readonly writer: PageWriter
}

/**
 * `/sign-in`: the address first, then the password. Forms carry no token of their own: every POST is judged by the origin-allowed gate,
 * which refuses a page of another site and a browser that does not say where it comes from. That also ends login CSRF.
 */
export function signInRoutes(needs: SignInRoutesNeeds): PageApp {
  const { visitOf, ask, door, journeys, pages, writer } = needs
  const app: PageApp = new Hono<PageEnv>()

  app.get('/sign-in', async c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    const query = parseFields(new URL(c.req.url).search)
    const journey = journeys.parse(query)
    const said = query.get('said')
    const way = wayOf(query)
    // A HEAD is somebody's preview: it gets the page, and no join code is spent on it.
    if (visit.cookies.session !== undefined && visit.head.method === 'GET') {
      const welcome = await door.welcome(visit, journey)
      if (welcome.kind === 'answered') return welcome.response
      return pages.email(visit, journey, { email: welcome.email, said: welcome.said ?? said })
    }
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    return pages.email(visit, journey, { said, way })
  })

  app.post('/sign-in', async c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    const form = await readForm(c.req.raw)
    const journey = journeys.parse(form)
    const typed = form.get('email') ?? ''
    const email = parseEmail(typed)
    if (email === null) {
      return pages.email(visit, journey, { email: typed, error: visit.words.signIn.emailUnreadable, way: wayOf(form) })
    }
    const password = form.get('password')
    if (password === undefined) return choose(needs, visit, { journey, email, way: wayOf(form) })
    if (password === '') return pages.password(visit, journey, email.email, visit.words.signIn.passwordMissing)
    return tryPassword(needs, visit, journey, { ...email, password })
  })
  return app
}

/** Longer than a hash and what follows it; known devices and quiet days never wait for it. */
const beatMs = 100

/** Emergency access: the one way round the discovery. Everybody may take it, so that it tells nothing; what it opens, the gates say. */
function wayOf(fields: Fields): 'password' | null {
  return fields.get('way') === 'password' ? 'password' : null
}

interface Choice {
  readonly journey: Journey
  readonly email: NonNullable<ReturnType<typeof parseEmail>>
  readonly way: 'password' | null
}

/** By the domain alone: an address that nobody has leads where every other one of its domain leads. */
async function choose(needs: SignInRoutesNeeds, visit: Visit, { journey, email, way }: Choice): Promise<Response> {
  const { samlPart, pages } = needs
  const organization = way === null ? await samlPart.discovery.ofEmail(email.key) : null
  return organization === null
    ? pages.password(visit, journey, email.email)
    : samlPart.pages.proceed(visit, journey, organization)
}

async function tryPassword(
  needs: SignInRoutesNeeds,
  visit: Visit,
  journey: Journey,
  { email, key, password }: NonNullable<ReturnType<typeof parseEmail>> & { password: string },
): Promise<Response> {
  const beat = startBeat(beatMs)
  const tried = await needs.passwords.check(visit, key, email, password)
  const response = await met(needs, visit, journey, email, tried)
  // Where nothing may tell that a password was right: the hold, its mail and the attempt take longer than a decoy.
  if (tried.met !== 'openly') await beat()
  return response
}

async function met(
  needs: SignInRoutesNeeds,
  visit: Visit,
  journey: Journey,
  email: string,
  { checked, met: manner, exposed }: TriedPassword,
): Promise<Response> {
  if (exposed !== null) holdUnseen(needs, exposed, originOf(visit, exposed.id))
  if (checked.kind === 'wrong')
    return manner === 'code'
      ? needs.lane.lure(visit, journey, { email, account: checked.account })
      : needs.pages.wrong(visit, journey, email)
  const { account, proof } = checked
  const by = originOf(visit, account.id)
  if (manner === 'refuse') {
    holdUnseen(needs, account, by)
    return needs.pages.wrong(visit, journey, email)
  }
  const browser = await needs.browsers.of(visit, account.id)
  // A new attempt, whatever cookie the browser brought: nothing that was planted before is ever filled with proofs.
  const threat = manner === 'code' ? needs.threat() : null
  const begun = await needs.signIn.begin(account, proof, browser.device, by, threat)
  return needs.entry.proceed(visit, { ...begun, account, browser, email }, journey)
}

/** Not waited for, like the row about a wrong password: the answer must not tell by its time that this one was right. */
function holdUnseen({ signIn, threat, journal }: SignInRoutesNeeds, account: Account, by: Origin): void {
  signIn.hold(account, threat(), by).catch((cause: unknown) => journal.trouble('holding an account', cause))
}
