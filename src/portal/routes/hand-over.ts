import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import type { Ask } from '../../http/ask.ts'
import type { CookieJar } from '../../http/cookies.ts'
import { type Fields, readForm } from '../../http/forms.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import { budgetKey } from '../../lib/address.ts'
import type { CodeBudgets } from '../../limits/code-budgets.ts'
import type { MailBudgets } from '../../limits/mail-budgets.ts'
import type { Regulation } from '../../limits/regulation.ts'
import { parseEmail } from '../../people/email.ts'
import { waysOf } from '../../people/factor-ways.ts'
import type { Handed, HandOvers } from '../../people/hand-overs.ts'
import { readAnyCode } from '../code-field.ts'
import type { CodeSending } from '../code-sending.ts'
import type { HashPlaces } from '../hash-places.ts'
import type { PageWriter } from '../page-writer.ts'
import { factorContent, goneContent, type ShowCodePage, showCodeContent } from '../pages/hand-over.ts'
import { chooseContent } from '../pages/reset.ts'
import type { MeterPart } from '../password-meter.ts'
import { lengthMinOf, problemWords } from '../password-words.ts'
import { originOf, type Visit, type VisitOf } from '../visit.ts'
import { forgetFailures } from './reset.ts'

export interface HandOverRoutesNeeds {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly jar: CookieJar
  readonly handOvers: HandOvers
  readonly handOverTries: MailBudgets
  readonly regulation: Regulation
  readonly codeBudgets: CodeBudgets
  readonly places: HashPlaces
  readonly sending: Pick<CodeSending, 'send'>
  readonly meter: MeterPart
  readonly writer: PageWriter
}

const here = '/reset/hand-over'

/**
 * `/reset/hand-over`: the way to a new password for who has lost the mailbox. Code, second factor, password: each page carries a sealed pass
 * to the next, so that no step can be skipped, and two tabs cannot be mixed up.
 */
export function handOverRoutes(needs: HandOverRoutesNeeds): PageApp {
  const app: PageApp = new Hono<PageEnv>()
  app.get(here, async c => {
    const { visit, refused } = await enter(needs, c)
    return refused ?? show(needs, visit, { email: '' })
  })
  app.post(here, async c => {
    const { visit, refused } = await enter(needs, c)
    return refused ?? begin(needs, visit, await readForm(c.req.raw))
  })
  app.post(`${here}/factor`, c => withPass(needs, c, proveFactor))
  app.post(`${here}/send`, c => withPass(needs, c, sendCode))
  app.post(`${here}/choose`, c => withPass(needs, c, choose))
  return app
}

async function enter({ visitOf, ask, writer }: HandOverRoutesNeeds, c: Context<PageEnv>) {
  const { head, receipt } = c.env
  const visit = visitOf(head, receipt)
  const { verdict } = await ask('portal', head, { receipt })
  return { visit, refused: verdict.kind === 'allow' ? null : await writer.refusal(visit, verdict) }
}

interface Passing {
  readonly pass: string
  readonly handed: Handed
  readonly form: Fields
}

type Step = (needs: HandOverRoutesNeeds, visit: Visit, passing: Passing) => Promise<Response>

async function withPass(needs: HandOverRoutesNeeds, c: Context<PageEnv>, step: Step): Promise<Response> {
  const { visit, refused } = await enter(needs, c)
  if (refused !== null) return refused
  const form = await readForm(c.req.raw)
  const pass = form.get('pass') ?? ''
  const handed = await needs.handOvers.open(pass)
  return handed === null ? gone(needs, visit) : step(needs, visit, { pass, handed, form })
}

async function begin(needs: HandOverRoutesNeeds, visit: Visit, form: Fields): Promise<Response> {
  const { handOvers, handOverTries } = needs
  const typed = form.get('email') ?? ''
  const email = parseEmail(typed)
  if (email === null) return show(needs, visit, { email: typed, problem: 'email' })
  const text = form.get('code') ?? ''
  if (text.trim() === '') return show(needs, visit, { email: typed, problem: 'code' })
  const code = handOvers.read(email.key, text)
  const address = budgetKey(visit.head.client.address)
  // Codes that were never made for this name count for the address and this pair alone: nobody can use up the owner's tries with them.
  const name = code === null ? `${address} ${email.key}` : email.key
  const { kind } = await handOverTries.ask({ address, name })
  const begun =
    kind === 'closed' || code === null ? null : await handOvers.begin(email.key, code, originOf(visit, null))
  if (begun === null) return show(needs, visit, { email: typed, problem: 'wrong' })
  return next(needs, visit, begun)
}

async function proveFactor(
  needs: HandOverRoutesNeeds,
  visit: Visit,
  { pass, handed, form }: Passing,
): Promise<Response> {
  const { handOvers, codeBudgets } = needs
  const { words } = visit
  if (handed.lacks === 'nothing') return next(needs, visit, { pass, handed })
  const again = (error: string) => askFactor(needs, visit, { pass, handed }, error)
  const code = readAnyCode(form)
  if (code === null) return again(words.code.malformed)
  const { id: accountId } = handed.account
  const budget = { attemptId: handed.attempt.id, accountId, deviceLane: 'unknown' } as const
  const { kind } = await codeBudgets.ask(budget)
  // Opaque: a closed budget reads as a wrong code.
  if (kind === 'closed') return again(words.code.wrong)
  const proved = await handOvers.proveFactor(handed, code, originOf(visit, accountId))
  if (proved === 'gone') return gone(needs, visit)
  if (proved === 'wrong') return again(words.code.wrong)
  await codeBudgets.succeeded(budget)
  const now = await handOvers.open(pass)
  return now === null ? gone(needs, visit) : next(needs, visit, { pass, handed: now })
}

/** To a phone of the account; whether one went out is not told. */
async function sendCode(needs: HandOverRoutesNeeds, visit: Visit, { pass, handed, form }: Passing): Promise<Response> {
  if (handed.lacks === 'nothing') return next(needs, visit, { pass, handed })
  await needs.sending.send(visit, handed, form.get('to') ?? '')
  return askFactor(needs, visit, { pass, handed }, undefined, true)
}

async function choose(needs: HandOverRoutesNeeds, visit: Visit, { pass, handed, form }: Passing): Promise<Response> {
  const { handOvers, jar, writer } = needs
  const { account } = handed
  if (handed.lacks !== 'nothing') return askFactor(needs, visit, { pass, handed }, undefined)
  const password = form.get('password') ?? ''
  if (password === '') return choosePage(needs, visit, { pass, handed }, [visit.words.passwordProblems.missing])
  using _place = needs.places.ofAddress(budgetKey(visit.head.client.address))
  const redeemed = await handOvers.redeem(handed, password, originOf(visit, account.id))
  switch (redeemed.kind) {
    case 'gone':
      return await gone(needs, visit)
    case 'refused': {
      const errors = problemWords(visit.words, redeemed.problems, lengthMinOf(account))
      return await choosePage(needs, visit, { pass, handed }, errors)
    }
    case 'done':
      await forgetFailures(needs, visit, account)
      return writer.redirect('/sign-in?said=reset', {
        cookies: [jar.clear('reset'), jar.clear('session'), jar.clear('attempt')],
      })
    default:
      return redeemed satisfies never
  }
}

type Begun = Pick<Passing, 'pass' | 'handed'>

function next(needs: HandOverRoutesNeeds, visit: Visit, begun: Begun): Promise<Response> {
  return begun.handed.lacks === 'nothing'
    ? choosePage(needs, visit, begun, [])
    : askFactor(needs, visit, begun, undefined)
}

function show({ writer }: HandOverRoutesNeeds, visit: Visit, page: ShowCodePage): Promise<Response> {
  const status = page.problem === undefined ? 200 : 422
  return writer.write(visit, {
    title: visit.words.handOver.title,
    content: showCodeContent(visit.words, page),
    status,
    here,
  })
}

function askFactor(
  { writer }: HandOverRoutesNeeds,
  visit: Visit,
  { pass, handed }: Begun,
  error: string | undefined,
  sent = false,
): Promise<Response> {
  const page = { hidden: hiddenPass(pass), ways: waysOf(handed.account), error, sent }
  const status = error === undefined ? 200 : 422
  return writer.write(visit, {
    title: visit.words.handOver.factorTitle,
    content: factorContent(visit.words, page),
    status,
    here,
  })
}

function choosePage(
  { writer, meter }: HandOverRoutesNeeds,
  visit: Visit,
  { pass, handed: { account } }: Begun,
  errors: readonly string[],
): Promise<Response> {
  const page = {
    ...{ email: account.email, lengthMin: lengthMinOf(account), errors },
    ...{ action: `${here}/choose`, hidden: hiddenPass(pass), meter: meter(visit.words, 'hand-over', 'password') },
  }
  const status = errors.length === 0 ? 200 : 422
  return writer.write(visit, {
    title: visit.words.reset.title,
    content: chooseContent(visit.words, page),
    status,
    here,
  })
}

function hiddenPass(pass: string) {
  return html`<input type="hidden" name="pass" value="${pass}">`
}

function gone({ writer }: HandOverRoutesNeeds, visit: Visit): Promise<Response> {
  const { words } = visit
  return writer.write(visit, { title: words.handOver.goneTitle, content: goneContent(words), status: 410, here })
}
