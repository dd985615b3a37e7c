import { Hono } from 'hono'
import type { Ask } from '../../http/ask.ts'
import type { CookieJar } from '../../http/cookies.ts'
import { type Fields, parseFields } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import { createReturnTo } from '../../http/return-to.ts'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { Random } from '../../lib/random.ts'
import type { RequestHead } from '../../lib/request-head.ts'
import { hashToken } from '../../lib/secret.ts'
import type { SessionBook } from '../../people/session-book.ts'
import { type Step, steps } from '../../policy/verdict.ts'
import { appOriginOf } from '../app-origin.ts'
import type { PortalConfig } from '../config.ts'
import type { PageWriter } from '../page-writer.ts'
import { joinFailedContent } from '../pages/sign-out.ts'
import { agentOf, type Visit, type VisitOf } from '../visit.ts'

export interface JoinRoutesNeeds {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly jar: CookieJar
  readonly sessionBook: Pick<SessionBook, 'redeemJoin' | 'find'>
  readonly writer: PageWriter
  readonly config: PortalConfig
  readonly random: Random
  readonly clock: Clock
}

/**
 * `start` and `join`: how an application's host gets a session of its own. The code in the address is worth nothing without the
 * cookie of the browser that asked, so nobody can be signed in to somebody else's account by a link.
 */
export function joinRoutes(needs: JoinRoutesNeeds): PageApp {
  const { visitOf, ask, jar, writer, config, random } = needs
  const app: PageApp = new Hono<PageEnv>()

  app.get(`${config.ownPrefix}start`, async c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    // Kept when there is one: several tabs of one browser start side by side.
    const known = visit.cookies.join
    const binding = known !== undefined && bindingPattern.test(known) ? known : random.token(24)
    const location = portalAddress(config, visit, parseFields(new URL(c.req.url).search), binding)
    return writer.lead(visit, location, { cookies: [jar.write('join', binding, bindingSeconds)], referrer: 'none' })
  })

  app.get(`${config.ownPrefix}join`, async c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    // A preview or a scanner asks by HEAD: the code is not for them.
    if (visit.head.method !== 'GET') throw new Fault('method_not_allowed')
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    return redeem(needs, visit, parseFields(new URL(c.req.url).search))
  })
  return app
}

const bindingPattern = /^[A-Za-z0-9_-]{32}$/

/** As long as an attempt and then some: a slow sign-in must still find its binding. */
const bindingSeconds = 3_600

function portalAddress(config: PortalConfig, { head }: Visit, query: Fields, binding: string): string {
  const origin = originFor(config, head)
  const step: Step = steps.find(each => each === query.get('step')) ?? 'sign_in'
  const path = pathOn(origin, query.get('return'))
  const target = new URLSearchParams({ return: origin + path, binding: hashToken(binding) })
  if (query.get('again') === '1') target.set('again', '1')
  if (step === 'sign_in' || step === 'email_code' || step === 'device_approval')
    return `${config.portalOrigin}/sign-in?${target.toString()}`
  target.set('step', step)
  return `${config.portalOrigin}/prove-again?${target.toString()}`
}

async function redeem(needs: JoinRoutesNeeds, visit: Visit, query: Fields): Promise<Response> {
  const { config, jar, sessionBook, writer } = needs
  const { head } = visit
  const binding = visit.cookies.join
  const origin = originFor(config, head)
  const path = pathOn(origin, query.get('return'))
  const code = query.get('code')
  const address = head.client.address.text
  const opened =
    code === undefined || binding === undefined
      ? null
      : await sessionBook.redeemJoin({
          code,
          host: head.host,
          binding: hashToken(binding),
          address,
          agent: agentOf(head),
        })
  if (opened === null) return failed(needs, visit, path, query.get('again') === '1')
  const seconds = (opened.session.absoluteEndsAt - needs.clock.now()) / 1000
  // The binding is spent: a sign-in address that names it, shared afterwards, brings no further session into this browser.
  const cookies = [jar.write('session', opened.token, seconds), jar.clear('join')]
  return writer.lead(visit, path, { cookies, referrer: 'none' })
}

/** Once back to the start; the second time the person is told, because a loop of redirects tells nobody anything. */
async function failed(needs: JoinRoutesNeeds, visit: Visit, path: string, again: boolean): Promise<Response> {
  const { config, writer } = needs
  const start = `${config.ownPrefix}start?${new URLSearchParams({ return: path }).toString()}`
  if (!again) return writer.lead(visit, `${start}&again=1`)
  // Of many tabs that start side by side, one joins and spends the binding of all: the browser is signed in, so on they go.
  if (await isSignedIn(needs, visit)) return writer.lead(visit, path)
  const content = joinFailedContent(visit.words, start)
  return writer.write(visit, { title: visit.words.join.title, content, status: 400 })
}

async function isSignedIn({ sessionBook }: JoinRoutesNeeds, { head, cookies }: Visit): Promise<boolean> {
  const session = cookies.session === undefined ? null : await sessionBook.find(cookies.session)
  return session !== null && session.host === head.host
}

function originFor({ appOrigins }: PortalConfig, head: RequestHead): string {
  const origin = appOriginOf(appOrigins, head)
  if (origin === undefined) throw new Fault('misdirected')
  return origin
}

function pathOn(origin: string, value: string | undefined): string {
  return createReturnTo({ ownOrigin: origin, listedOrigins: [] }).parse(value) ?? '/'
}
