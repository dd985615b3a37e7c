import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Ask } from '../../http/ask.ts'
import type { CookieJar } from '../../http/cookies.ts'
import type { PageHeaders } from '../../http/headers.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import { isoInstant } from '../../lib/instant.ts'
import type { SessionBook } from '../../people/session-book.ts'
import type { LearnedFacts } from '../../policy/facts.ts'
import type { PortalConfig } from '../config.ts'
import type { PageWriter } from '../page-writer.ts'
import { signOutContent } from '../pages/sign-out.ts'
import type { ProviderSignOut } from '../provider-sign-out.ts'
import { originOf, type VisitOf } from '../visit.ts'

export interface SessionRoutesNeeds {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly jar: CookieJar
  readonly sessionBook: Pick<SessionBook, 'find' | 'end'>
  readonly signOut: Pick<ProviderSignOut, 'of' | 'address'>
  readonly writer: PageWriter
  readonly headers: PageHeaders
  readonly config: PortalConfig
}

/** `session` (who am I, for scripts of the page) and `sign-out`, on the application's host. */
export function sessionRoutes(needs: SessionRoutesNeeds): PageApp {
  const { visitOf, ask, jar, sessionBook, writer, config } = needs
  const app: PageApp = new Hono<PageEnv>()

  app.get(`${config.ownPrefix}session`, async c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    const decision = await ask('own', visit.head, { receipt: visit.receipt })
    if (decision.verdict.kind !== 'allow') return writer.refusal(visit, decision.verdict)
    return Response.json(whoAmI(decision.learned), { headers: needs.headers.of() })
  })

  app.get(`${config.ownPrefix}sign-out`, async c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    const content = signOutContent(visit.words, `${config.ownPrefix}sign-out`, html``)
    return writer.write(visit, { title: visit.words.signOut.title, content })
  })

  app.post(`${config.ownPrefix}sign-out`, async c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    const token = visit.cookies.session
    const session = token === undefined ? null : await sessionBook.find(token)
    // Ends the root and with it every child: signed out means signed out everywhere in this browser.
    const isHere = session !== null && session.host === visit.head.host
    if (isHere) await sessionBook.end(session, originOf(visit, session.accountId))
    const signedOut = isHere ? needs.signOut.of(session) : null
    const next =
      signedOut === null ? `${config.portalOrigin}/sign-in?said=signed_out` : needs.signOut.address(signedOut)
    return writer.redirect(next, { cookies: [jar.clear('session')] })
  })
  return app
}

function whoAmI({ session, account, organization }: Readonly<LearnedFacts>) {
  if (session == null || account == null) return { signedIn: false }
  return {
    signedIn: true,
    account: { id: account.id, email: account.email, name: account.name, roles: account.roles },
    organization: organization == null ? null : { slug: organization.slug, name: organization.name },
    methods: [...new Set(session.proofs.map(({ kind }) => kind))],
    signedInAt: isoInstant(session.openedAt),
    endsAt: isoInstant(session.endsAt),
  }
}
