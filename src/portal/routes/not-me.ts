import { type Context, Hono } from 'hono'
import type { Ask } from '../../http/ask.ts'
import type { CookieJar } from '../../http/cookies.ts'
import { readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import type { Clock } from '../../lib/clock.ts'
import { formerAddress } from '../../people/account-notices.ts'
import type { Reported } from '../../people/report-links.ts'
import type { ReportSeen, Reports } from '../../people/reports.ts'
import type { PageWriter } from '../page-writer.ts'
import { reportContent, reportDoneContent, reportGoneContent } from '../pages/not-me.ts'
import { originOf, type Visit, type VisitOf } from '../visit.ts'

export interface NotMeRoutesNeeds {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly jar: CookieJar
  readonly reports: Reports
  readonly writer: PageWriter
  readonly clock: Clock
}

/** Long enough to read the page and to ask somebody. */
const reportSeconds = 1_800

/**
 * `/not-me` and `/put-back`: what the links in mails lead to. Works signed out and from everywhere: neither an organization's networks nor its
 * single sign-on stand before it, because all it does is to shut out. A GET changes nothing, so that whatever opens links in mails does no harm.
 */
export function notMeRoutes(needs: NotMeRoutesNeeds): PageApp {
  const { visitOf, ask, jar, writer } = needs
  const app: PageApp = new Hono<PageEnv>()
  const entering = async (c: Context<PageEnv>) => {
    const { head, receipt } = c.env
    const visit = visitOf(head, receipt)
    const { verdict } = await ask('portal', head, { receipt })
    return { visit, refused: verdict.kind === 'allow' ? null : await writer.refusal(visit, verdict) }
  }

  app.get('/not-me', async c => {
    const { visit, refused } = await entering(c)
    return refused ?? show(needs, visit)
  })

  app.post('/not-me', async c => {
    const { visit, refused } = await entering(c)
    return refused ?? act(needs, visit, (await readForm(c.req.raw)).get('link') ?? '')
  })

  // The addresses from mails. They leave the address bar, the history and every referrer at once (ASVS 14.2.1).
  for (const path of ['/not-me', '/put-back'])
    app.get(`${path}/:token{[A-Za-z0-9_-]{43}}`, async c => {
      const { refused } = await entering(c)
      if (refused !== null) return refused
      const cookies = [jar.write('report', c.req.param('token'), reportSeconds)]
      return writer.redirect('/not-me', { cookies, referrer: 'none' })
    })
  return app
}

async function show(needs: NotMeRoutesNeeds, visit: Visit): Promise<Response> {
  const seen = visit.cookies.report === undefined ? null : await needs.reports.look(visit.cookies.report)
  if (seen === null || seen.state === 'expired') return gone(needs, visit)
  if (seen.state === 'used') return already(needs, visit, seen)
  const title = seen.link.purpose === 'not_me' ? visit.words.report.title : visit.words.report.emailTitle
  return needs.writer.write(visit, { title, content: reportContent(visit, seen, referenceOf(seen)), here: '/not-me' })
}

async function act(needs: NotMeRoutesNeeds, visit: Visit, reference: string): Promise<Response> {
  const token = visit.cookies.report
  const seen = token === undefined ? null : await needs.reports.look(token)
  if (token === undefined || seen === null || seen.state === 'expired') return gone(needs, visit)
  // The page was shown for another link: one that came into this browser meanwhile must not be pressed by who meant the other.
  if (referenceOf(seen) !== reference) return show(needs, visit)
  const reported = await needs.reports.act(token, originOf(visit, seen.account.id))
  switch (reported.kind) {
    case 'gone':
      return gone(needs, visit)
    case 'already':
      return already(needs, visit, seen)
    case 'done':
      return done(needs, visit, (await needs.reports.look(token)) ?? seen, reported)
    default:
      return reported satisfies never
  }
}

/** Names the link on the page without giving it away. */
function referenceOf({ link }: ReportSeen): string {
  return link.tokenHash.slice(0, 16)
}

function done(
  { writer, clock }: NotMeRoutesNeeds,
  visit: Visit,
  { account, isLocal, link }: ReportSeen,
  { undone }: Extract<Reported, { kind: 'done' }>,
): Promise<Response> {
  const text = visit.words.report
  const kept = undone.includes('email_not_free') ? [text.doneNotFree] : []
  const mailed = formerAddress(account, clock.now()) ?? account.email
  const what = link.purpose === 'not_me' ? text.done : text.doneEmail
  const lines = [what, ...kept, isLocal ? text.doneMail(mailed) : text.doneSso]
  const content = reportDoneContent(visit.words, { lines, resets: false })
  return writer.write(visit, { title: text.doneTitle, content, here: '/not-me' })
}

function already({ writer }: NotMeRoutesNeeds, visit: Visit, { isLocal }: ReportSeen): Promise<Response> {
  const text = visit.words.report
  const lines = [isLocal ? text.already : text.alreadySso]
  const content = reportDoneContent(visit.words, { lines, resets: isLocal })
  return writer.write(visit, { title: text.doneTitle, content, here: '/not-me' })
}

function gone({ writer, jar }: NotMeRoutesNeeds, visit: Visit): Promise<Response> {
  return writer.write(visit, {
    title: visit.words.report.goneTitle,
    content: reportGoneContent(visit.words),
    status: 410,
    cookies: visit.cookies.report === undefined ? [] : [jar.clear('report')],
    here: '/not-me',
  })
}
