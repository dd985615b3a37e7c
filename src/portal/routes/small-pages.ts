import { Hono } from 'hono'
import type { Ask } from '../../http/ask.ts'
import type { CookieJar } from '../../http/cookies.ts'
import { parseFields, readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { ReturnTo } from '../../http/return-to.ts'
import type { Journal } from '../../journal/journal.ts'
import { Fault } from '../../lib/fault.ts'
import type { Language } from '../../notices/notice.ts'
import type { Organizations } from '../../people/organization.ts'
import type { Session } from '../../people/session.ts'
import type { SessionBook } from '../../people/session-book.ts'
import type { Door } from '../door.ts'
import type { Journeys } from '../journey.ts'
import { languageCookieSeconds } from '../language-cookie.ts'
import type { PageWriter } from '../page-writer.ts'
import { signOutContent } from '../pages/sign-out.ts'
import type { SamlPart } from '../saml-part.ts'
import type { SignInPages } from '../sign-in-pages.ts'
import { originOf, type Visit, type VisitOf } from '../visit.ts'

export interface SmallPagesNeeds {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly jar: CookieJar
  readonly door: Door
  readonly sessionBook: Pick<SessionBook, 'end'>
  readonly organizations: Pick<Organizations, 'findBySlug'>
  readonly returnTo: ReturnTo
  readonly journeys: Journeys
  readonly languages: readonly Language[]
  readonly pages: SignInPages
  readonly samlPart: Pick<SamlPart, 'discovery' | 'pages' | 'signOut' | 'logoutPages'>
  readonly journal: Pick<Journal, 'trouble'>
  readonly writer: PageWriter
}

/** `/`, `/org/<slug>`, `/sign-out`, `/language`. */
export function smallRoutes(needs: SmallPagesNeeds): PageApp {
  const { visitOf, writer, jar, journeys, pages } = needs
  const app: PageApp = new Hono<PageEnv>()
  const entering = async (env: PageEnv['Bindings']) => {
    const visit = visitOf(env.head, env.receipt)
    const { verdict } = await needs.ask('portal', env.head, { receipt: env.receipt })
    return { visit, refused: verdict.kind === 'allow' ? null : await writer.refusal(visit, verdict) }
  }

  app.get('/', c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    return writer.redirect(visit.cookies.session === undefined ? '/sign-in' : '/account')
  })

  app.get('/org/:slug', async c => {
    const { visit, refused } = await entering(c.env)
    if (refused !== null) return refused
    const organization = await needs.organizations.findBySlug(c.req.param('slug'))
    if (organization === null) throw new Fault('not_found')
    const journey = { ...journeys.parse(parseFields(new URL(c.req.url).search)), organization: organization.slug }
    const { discovery, pages: samlPages } = needs.samlPart
    const usesSso = (await discovery.ofSlug(organization.slug)) !== null
    return usesSso ? samlPages.proceed(visit, journey, organization) : pages.email(visit, journey, {})
  })

  app.get('/sign-out', async c => {
    const { visit, refused } = await entering(c.env)
    if (refused !== null) return refused
    const content = signOutContent(visit.words, '/sign-out', journeys.hidden(returning(needs, c.req.query('return'))))
    return writer.write(visit, { title: visit.words.signOut.title, content })
  })

  app.post('/sign-out', async c => {
    const { visit, refused } = await entering(c.env)
    if (refused !== null) return refused
    const { returnTo } = journeys.parse(await readForm(c.req.raw))
    const ended = await endSession(needs, visit)
    const cookies = [jar.clear('session'), jar.clear('attempt')]
    const leaving = ended === null ? null : await leave(needs, visit, ended, cookies)
    return leaving ?? writer.redirect(returnTo ?? '/sign-in?said=signed_out', { cookies })
  })

  app.post('/language', async c => {
    const { refused } = await entering(c.env)
    if (refused !== null) return refused
    const form = await readForm(c.req.raw)
    const language = needs.languages.find(each => each === form.get('language'))
    const cookies = language === undefined ? [] : [jar.write('language', language, languageCookieSeconds)]
    const back = needs.returnTo.parse(form.get('return'))
    return writer.redirect(back === null || !back.startsWith('/') ? '/' : back, { cookies })
  })
  return app
}

/** Whoever holds the cookie may end it: no gate that would keep somebody signed in is asked. */
async function endSession({ door, sessionBook }: SmallPagesNeeds, visit: Visit): Promise<Session | null> {
  const person = await door.holder(visit)
  if (person === null) return null
  await sessionBook.end(person.session, originOf(visit, person.account.id))
  return person.session
}

/** On to the provider that vouched, if there is one to tell. Whatever fails on the way, the session here has ended. */
async function leave(
  { samlPart: { signOut, logoutPages }, journal }: SmallPagesNeeds,
  visit: Visit,
  ended: Session,
  cookies: readonly string[],
): Promise<Response | null> {
  try {
    const signedOut = signOut.of(ended)
    const message = signedOut === null ? null : await signOut.message(signedOut)
    return message === null ? null : await logoutPages.leave(visit, message, cookies)
  } catch (cause) {
    journal.trouble('telling an identity provider of a sign-out', cause)
    return null
  }
}

function returning({ journeys }: SmallPagesNeeds, value: string | undefined) {
  return journeys.parse(new Map(value === undefined ? [] : [['return', value]]))
}
