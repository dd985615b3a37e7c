import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Ask } from '../../http/ask.ts'
import { type Fields, parseFields, readForm } from '../../http/forms.ts'
import type { Html } from '../../http/layout.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import { budgetKey } from '../../lib/address.ts'
import type { MailBudgets } from '../../limits/mail-budgets.ts'
import type { Directory } from '../../people/directory.ts'
import type { SignIn } from '../../people/sign-in.ts'
import type { Step } from '../../policy/verdict.ts'
import type { AttemptCodes } from '../attempt-codes.ts'
import type { Browsers } from '../device-cookie.ts'
import type { Entry, RunningAttempt } from '../entry.ts'
import type { Journey, Journeys } from '../journey.ts'
import type { PageWriter } from '../page-writer.ts'
import {
  codeContent,
  deviceContent,
  emailCodeContent,
  enrolBeginContent,
  enrolContent,
  proceedContent,
} from '../pages/second-factor.ts'
import { originOf, type Visit, type VisitOf } from '../visit.ts'

export interface SecondFactorRoutesNeeds {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly signIn: SignIn
  readonly directory: Directory
  readonly browsers: Browsers
  readonly entry: Entry
  readonly codes: AttemptCodes
  readonly codeMails: MailBudgets
  readonly journeys: Journeys
  readonly writer: PageWriter
}

/**
 * `/second-factor`: the page for whatever the attempt still lacks, as the entry walk names it. The form names the attempt it was
 * shown for: an answer meant for another one (an older tab, another account) is not tried on this one.
 */
export function secondFactorRoutes(needs: SecondFactorRoutesNeeds): PageApp {
  const { visitOf, ask, entry, journeys, writer } = needs
  const app: PageApp = new Hono<PageEnv>()

  app.get('/second-factor', async c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    const journey = journeys.parse(parseFields(new URL(c.req.url).search))
    const running = await findRunning(needs, visit)
    if (running === null) return startAgain(needs, journey, 'start_again')
    const decision = await entry.judge(visit, running)
    const { verdict } = decision
    if (verdict.kind === 'challenge') return show(needs, visit, running, journey, { step: verdict.step })
    // Refused, or all proved: both are acted on by a POST, so that nothing opens or ends because an address was opened.
    return write(needs, visit, journey, 200, proceedContent(visit.words, hiddenOf(needs, running, journey)))
  })

  app.post('/second-factor', async c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    const form = await readForm(c.req.raw)
    const journey = journeys.parse(form)
    const running = await findRunning(needs, visit)
    if (running === null) return startAgain(needs, journey, 'start_again')
    if (form.get('attempt') !== running.attempt.id) return startAgain(needs, journey, 'other_tab')
    return answer(needs, visit, running, journey, form)
  })
  return app
}

async function answer(
  needs: SecondFactorRoutesNeeds,
  visit: Visit,
  running: RunningAttempt,
  journey: Journey,
  form: Fields,
): Promise<Response> {
  const { codes, entry, signIn } = needs
  switch (form.get('answer')) {
    case 'totp':
    case 'email_code':
    case 'enrolment': {
      const tried = await codes.answer(visit, running, form)
      if (tried.kind === 'ended') return startAgain(needs, journey, 'too_many_codes')
      if (tried.kind === 'wrong') return show(needs, visit, running, journey, tried)
      return entry.proceed(visit, running, journey)
    }
    case 'send_email_code': {
      const { client } = visit.head
      const budget = { address: budgetKey(client.address), name: running.account.emailKey }
      const { kind } = await needs.codeMails.ask(budget)
      if (kind === 'open')
        await signIn.sendEmailCode(running.attempt, running.account, originOf(visit, running.account.id))
      return needs.writer.redirect(`/second-factor${needs.journeys.query(journey)}`)
    }
    default:
      return proceedByHand(needs, visit, running, journey)
  }
}

/** "Continue" on a page that waits for something else than a code: says so when nothing has come yet. */
async function proceedByHand(
  needs: SecondFactorRoutesNeeds,
  visit: Visit,
  running: RunningAttempt,
  journey: Journey,
): Promise<Response> {
  const { verdict } = await needs.entry.judge(visit, running)
  const waits = verdict.kind === 'challenge' && verdict.step === 'device_approval'
  if (waits) return show(needs, visit, running, journey, { step: 'device_approval', error: 'not yet' })
  return needs.entry.proceed(visit, running, journey)
}

export interface Shown {
  readonly step: Step
  readonly error?: string
  /** What was typed into the fields that are no secrets. */
  readonly label?: string
}

async function show(
  needs: SecondFactorRoutesNeeds,
  visit: Visit,
  running: RunningAttempt,
  journey: Journey,
  { step, error, label }: Shown,
): Promise<Response> {
  const { words } = visit
  const hidden = hiddenOf(needs, running, journey)
  const status = error === undefined ? 200 : 422
  const page = (content: Html) => write(needs, visit, journey, status, content)
  switch (step) {
    case 'second_factor':
      return page(codeContent(words, hidden, error))
    case 'enrol_factor': {
      if (running.attempt.sealedEnrolment === null) return page(enrolBeginContent(words, hidden))
      const totp = await needs.signIn.startTotpEnrolment(running.attempt, running.account)
      const fields = html`${hidden}<input type="hidden" name="answer" value="enrolment">`
      const { lead, labelDefault } = words.enrol
      const form = { action: '/second-factor', hidden: fields, lead, label: label ?? labelDefault }
      return page(enrolContent(words, form, totp, error))
    }
    case 'email_code':
      return page(emailCodeContent(words, hidden, running.account.email, error))
    case 'device_approval': {
      const device = { label: running.browser.device.label, address: visit.head.client.address.text }
      return page(deviceContent(words, hidden, { ...device, asked: error !== undefined }))
    }
    case 'sign_in':
    case 'prove_again':
      return startAgain(needs, journey, 'start_again')
    default:
      return step satisfies never
  }
}

function write(
  { writer, journeys }: SecondFactorRoutesNeeds,
  visit: Visit,
  journey: Journey,
  status: number,
  content: Html,
): Promise<Response> {
  const here = `/second-factor${journeys.query(journey)}`
  return writer.write(visit, { title: visit.words.account.factors, content, status, here })
}

function hiddenOf({ journeys }: SecondFactorRoutesNeeds, { attempt }: RunningAttempt, journey: Journey): Html {
  return html`${journeys.hidden(journey)}<input type="hidden" name="attempt" value="${attempt.id}">`
}

function startAgain({ writer, journeys }: SecondFactorRoutesNeeds, journey: Journey, said: string): Response {
  return writer.redirect(`/sign-in${journeys.query(journey, { said })}`)
}

async function findRunning(needs: SecondFactorRoutesNeeds, visit: Visit): Promise<RunningAttempt | null> {
  const token = visit.cookies.attempt
  const attempt = token === undefined ? null : await needs.signIn.find(token)
  if (token === undefined || attempt === null) return null
  const account = await needs.directory.account(attempt.accountId)
  if (account === null) return null
  const browser = await needs.browsers.of(visit, account.id)
  // The attempt was begun in one browser; its cookie alone, in another one, is not that browser.
  if (browser.device.deviceId !== attempt.deviceId) return null
  return { token, attempt, account, browser, email: account.email }
}
