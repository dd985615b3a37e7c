import { Hono } from 'hono'
import type { Ask } from '../../http/ask.ts'
import type { CookieJar } from '../../http/cookies.ts'
import { type Fields, readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import { startBeat } from '../../lib/clock.ts'
import { parseEmail } from '../../people/email.ts'
import type { SignIn } from '../../people/sign-in.ts'
import { readCode } from '../code-field.ts'
import type { Browsers } from '../device-cookie.ts'
import type { Entry } from '../entry.ts'
import type { Journey, Journeys } from '../journey.ts'
import type { PageWriter } from '../page-writer.ts'
import type { SignInCodeGuard } from '../sign-in-code-guard.ts'
import type { SignInPages } from '../sign-in-pages.ts'
import { originOf, type Visit, type VisitOf, visitIn } from '../visit.ts'

export interface SignInCodeRoutesNeeds {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly jar: CookieJar
  readonly signInCodes: SignInCodeGuard
  readonly signIn: Pick<SignIn, 'begin'>
  readonly browsers: Browsers
  readonly entry: Entry
  readonly journeys: Journeys
  readonly pages: SignInPages
  readonly writer: PageWriter
}

type Named = NonNullable<ReturnType<typeof parseEmail>>

/** Three times what it takes to write a code and its mail. */
const beatMs = 25
/** Longer than any code lives, so that a late one reads as wrong and not as lost. */
const cookieSeconds = 600

/** `/sign-in/code`: a mailed code in place of the password. Every name is answered alike; what it is enough for, the entry walk says. */
export function signInCodeRoutes(needs: SignInCodeRoutesNeeds): PageApp {
  const { visitOf, ask, journeys, pages, writer } = needs
  const app: PageApp = new Hono<PageEnv>()

  app.post('/sign-in/code', async c => {
    const visit = visitIn(visitOf, c)
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    const form = await readForm(c.req.raw)
    const journey = journeys.parse(form)
    const typed = form.get('email') ?? ''
    const email = parseEmail(typed)
    if (email === null) return pages.email(visit, journey, { email: typed, error: visit.words.signIn.emailUnreadable })
    return form.has('code') ? prove(needs, visit, journey, email, form) : issue(needs, visit, journey, email)
  })
  return app
}

async function issue(needs: SignInCodeRoutesNeeds, visit: Visit, journey: Journey, named: Named): Promise<Response> {
  const beat = startBeat(beatMs)
  const token = await needs.signInCodes.issue(visit, named.key)
  await beat()
  const cookies = [needs.jar.write('code', token, cookieSeconds)]
  return needs.pages.code(visit, journey, { email: named.email, cookies })
}

async function prove(
  needs: SignInCodeRoutesNeeds,
  visit: Visit,
  journey: Journey,
  { email, key }: Named,
  form: Fields,
): Promise<Response> {
  const { signInCode: words } = visit.words
  const code = readCode(form)
  if (code === null) return needs.pages.code(visit, journey, { email, error: words.malformed })
  const beat = startBeat(beatMs)
  const proved = await needs.signInCodes.prove(visit, key, code)
  await beat()
  if (proved === null) return needs.pages.code(visit, journey, { email, error: words.wrong })
  const { account, proof } = proved
  const browser = await needs.browsers.of(visit, account.id)
  const begun = await needs.signIn.begin(account, proof, browser.device, originOf(visit, account.id))
  return needs.entry.proceed(visit, { ...begun, account, browser, email }, journey)
}
