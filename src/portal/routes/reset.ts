import { Hono } from 'hono'
import type { Ask } from '../../http/ask.ts'
import type { CookieJar } from '../../http/cookies.ts'
import { type Fields, readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import { budgetKey } from '../../lib/address.ts'
import { startBeat } from '../../lib/clock.ts'
import type { CodeBudgets } from '../../limits/code-budgets.ts'
import type { Regulation } from '../../limits/regulation.ts'
import type { Account } from '../../people/account.ts'
import { parseEmail } from '../../people/email.ts'
import type { Resets } from '../../people/resets.ts'
import type { HashPlaces } from '../hash-places.ts'
import type { PageWriter } from '../page-writer.ts'
import { askContent, chooseContent, goneContent, sentContent } from '../pages/reset.ts'
import type { MeterPart } from '../password-meter.ts'
import { lengthMinOf, problemWords } from '../password-words.ts'
import type { ResetRequests } from '../reset-requests.ts'
import { originOf, type Visit, type VisitOf } from '../visit.ts'

export interface ResetRoutesNeeds {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly jar: CookieJar
  readonly resets: Resets
  readonly requests: ResetRequests
  readonly regulation: Regulation
  readonly codeBudgets: Pick<CodeBudgets, 'release'>
  readonly places: HashPlaces
  readonly meter: MeterPart
  readonly writer: PageWriter
}

/** Five times what it takes to write a ticket and its mail. */
const beatMs = 25
/** As long as a ticket lives. */
const resetSeconds = 1_800

/** `/reset`: the one way to a new password. The old one is never asked for here, and a GET uses nothing up. */
export function resetRoutes(needs: ResetRoutesNeeds): PageApp {
  const { visitOf, ask, jar, resets, writer } = needs
  const app: PageApp = new Hono<PageEnv>()
  const entering = async (head: Visit['head'], receipt: string) => {
    const visit = visitOf(head, receipt)
    const { verdict } = await ask('portal', head, { receipt })
    const refused = verdict.kind === 'allow' ? null : await writer.refusal(visit, verdict)
    return { visit, refused }
  }

  app.get('/reset', async c => {
    const { visit, refused } = await entering(c.env.head, c.env.receipt)
    // Filled in by the mail of a reset campaign; whoever reads it there decides to send it.
    const email = parseEmail(c.req.query('email'))?.email ?? ''
    return (
      refused ??
      writer.write(visit, {
        title: visit.words.reset.title,
        content: askContent(visit.words, email, markOf(c.req.query('mark')), undefined),
      })
    )
  })

  app.post('/reset', async c => {
    const { visit, refused } = await entering(c.env.head, c.env.receipt)
    return refused ?? requestMail(needs, visit, await readForm(c.req.raw))
  })

  app.get('/reset/choose', async c => {
    const { visit, refused } = await entering(c.env.head, c.env.receipt)
    if (refused !== null) return refused
    const token = visit.cookies.reset
    const found = token === undefined ? null : await resets.look(token)
    if (found === null) return gone(needs, visit)
    return choose(needs, visit, { email: found.account.email, lengthMin: lengthMinOf(found.account), errors: [] })
  })

  app.post('/reset/choose', async c => {
    const { visit, refused } = await entering(c.env.head, c.env.receipt)
    return refused ?? redeem(needs, visit, await readForm(c.req.raw))
  })

  // The address from the mail. It leaves the address bar, the history and every referrer at once (ASVS 14.2.1).
  app.get('/reset/:ticket{[A-Za-z0-9_-]{16,128}}', async c => {
    const { refused } = await entering(c.env.head, c.env.receipt)
    if (refused !== null) return refused
    const cookies = [jar.write('reset', c.req.param('ticket'), resetSeconds)]
    return writer.redirect('/reset/choose', { cookies, referrer: 'none' })
  })
  return app
}

/** Kept from the address to the form; anything of another form is none. */
function markOf(text: string | undefined): string {
  return text !== undefined && /^[A-Za-z0-9_-]{22}$/.test(text) ? text : ''
}

async function requestMail(needs: ResetRoutesNeeds, visit: Visit, form: Fields): Promise<Response> {
  const { words } = visit
  const typed = form.get('email') ?? ''
  const mark = markOf(form.get('mark'))
  const email = parseEmail(typed)
  if (email === null) {
    const content = askContent(words, typed, mark, words.signIn.emailUnreadable)
    return needs.writer.write(visit, { title: words.reset.title, content, status: 422 })
  }
  const beat = startBeat(beatMs)
  // Over the budget nothing is sent, and the page says what it always says.
  await needs.requests.ask(visit, { name: email.key, email: email.email, mark })
  await beat()
  return needs.writer.write(visit, { title: words.reset.sentTitle, content: sentContent(words, email.email) })
}

async function redeem(needs: ResetRoutesNeeds, visit: Visit, form: Fields): Promise<Response> {
  const { resets, jar, writer } = needs
  const token = visit.cookies.reset
  const found = token === undefined ? null : await resets.look(token)
  if (token === undefined || found === null) return gone(needs, visit)
  const { account } = found
  // The page was shown for another account: a link that came into this browser meanwhile must not get the password that was meant for that one.
  if (form.get('email') !== account.email) return gone(needs, visit)
  const password = form.get('password') ?? ''
  const lengthMin = lengthMinOf(account)
  const again = (errors: readonly string[]) => choose(needs, visit, { email: account.email, lengthMin, errors })
  if (password === '') return again([visit.words.passwordProblems.missing])
  using _place = needs.places.ofAddress(budgetKey(visit.head.client.address))
  const redeemed = await resets.redeem(token, password, originOf(visit, account.id))
  switch (redeemed.kind) {
    case 'gone':
      return await gone(needs, visit)
    case 'refused':
      return await again(problemWords(visit.words, redeemed.problems, lengthMin, redeemed.advice))
    case 'done':
      await forgetFailures(needs, visit, account)
      // The sessions have ended on the server; their cookies go with them.
      return writer.redirect('/sign-in?said=reset', {
        cookies: [jar.clear('reset'), jar.clear('session'), jar.clear('attempt')],
      })
    default:
      return redeemed satisfies never
  }
}

/** The mailbox was proved, and what was guessed before was guessed at another password: who used up the tries must not keep the owner out. */
export async function forgetFailures(
  { regulation, codeBudgets }: Pick<ResetRoutesNeeds, 'regulation' | 'codeBudgets'>,
  { head }: Visit,
  { id, emailKey }: Account,
): Promise<void> {
  const attempt = { address: budgetKey(head.client.address), name: emailKey }
  await regulation.succeeded({ ...attempt, deviceLane: 'unknown' })
  await regulation.succeeded({ ...attempt, deviceLane: 'known-device' })
  await codeBudgets.release(id)
}

function choose(
  { writer, meter }: ResetRoutesNeeds,
  visit: Visit,
  page: Parameters<typeof chooseContent>[1],
): Promise<Response> {
  const status = page.errors.length === 0 ? 200 : 422
  return writer.write(visit, {
    title: visit.words.reset.title,
    content: chooseContent(visit.words, { ...page, meter: meter(visit.words, 'reset', 'password') }),
    status,
    here: '/reset/choose',
  })
}

function gone({ writer, jar }: ResetRoutesNeeds, visit: Visit): Promise<Response> {
  return writer.write(visit, {
    title: visit.words.reset.goneTitle,
    content: goneContent(visit.words),
    status: 410,
    cookies: visit.cookies.reset === undefined ? [] : [jar.clear('reset')],
    here: '/reset',
  })
}
