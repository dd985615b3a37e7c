import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Ask } from '../../http/ask.ts'
import { type Fields, parseFields, readForm } from '../../http/forms.ts'
import type { Html } from '../../http/layout.ts'
import type { PageApp, PageEnv } from '../../http/page-env.ts'
import { startBeat } from '../../lib/clock.ts'
import type { Directory } from '../../people/directory.ts'
import type { SignIn } from '../../people/sign-in.ts'
import type { AttemptCodes } from '../attempt-codes.ts'
import type { AttemptPages, Shown } from '../attempt-pages.ts'
import type { AttemptPhones } from '../attempt-phones.ts'
import type { CodeSending } from '../code-sending.ts'
import type { Browsers } from '../device-cookie.ts'
import type { Entry } from '../entry.ts'
import type { Journey, Journeys } from '../journey.ts'
import type { Lane } from '../lane.ts'
import type { PageWriter } from '../page-writer.ts'
import { isSuspicious, type RunningAttempt } from '../running-attempt.ts'
import type { Visit, VisitOf } from '../visit.ts'

export interface SecondFactorRoutesNeeds {
  readonly visitOf: VisitOf
  readonly ask: Ask
  readonly signIn: SignIn
  readonly directory: Directory
  readonly browsers: Browsers
  readonly entry: Entry
  readonly codes: AttemptCodes
  readonly sending: CodeSending
  readonly attemptPages: AttemptPages
  readonly attemptPhones: Pick<AttemptPhones, 'begin'>
  readonly lane: Lane
  readonly journeys: Journeys
  readonly writer: PageWriter
}

/** Longer than a code takes to be looked at, backup codes with their slow hash aside: those cost the same in the lane. */
const beatMs = 25

/**
 * `/second-factor`: the page for whatever the attempt still lacks, as the entry walk names it. The form names the attempt it was
 * shown for: an answer meant for another one (an older tab, another account) is not tried on this one.
 */
export function secondFactorRoutes(needs: SecondFactorRoutesNeeds): PageApp {
  const { visitOf, ask, lane, journeys, writer } = needs
  const app: PageApp = new Hono<PageEnv>()

  for (const page of ['step', 'help'] as const)
    app.get(page === 'step' ? '/second-factor' : '/second-factor/help', async c => {
      const visit = visitOf(c.env.head, c.env.receipt)
      const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
      if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
      const query = parseFields(new URL(c.req.url).search)
      const journey = journeys.parse(query)
      const running = await findRunning(needs, visit)
      const said = query.get('said')
      const sent = said === 'sent'
      if (running === null)
        return (await lane.show(visit, journey, { page, sent })) ?? startAgain(needs, journey, 'start_again')
      const asked = page === 'step' && (said === 'phone' || said === 'other') ? said : page
      return show(needs, visit, running, journey, { page: asked, sent })
    })

  app.post('/second-factor', async c => {
    const visit = visitOf(c.env.head, c.env.receipt)
    const { verdict } = await ask('portal', visit.head, { receipt: visit.receipt })
    if (verdict.kind !== 'allow') return writer.refusal(visit, verdict)
    const form = await readForm(c.req.raw)
    const journey = journeys.parse(form)
    // A code of an attempt that somebody owns costs more look-ups than one of a decoy in the suspicious lane.
    const beat = startBeat(beatMs)
    const response = await tried(needs, visit, journey, form)
    await beat()
    return response
  })
  return app
}

async function tried(needs: SecondFactorRoutesNeeds, visit: Visit, journey: Journey, form: Fields): Promise<Response> {
  const running = await findRunning(needs, visit)
  if (running === null)
    return (await needs.lane.answer(visit, journey, form)) ?? startAgain(needs, journey, 'start_again')
  if (form.get('attempt') !== running.attempt.id) return startAgain(needs, journey, 'other_tab')
  return answer(needs, visit, running, journey, form)
}

async function answer(
  needs: SecondFactorRoutesNeeds,
  visit: Visit,
  running: RunningAttempt,
  journey: Journey,
  form: Fields,
): Promise<Response> {
  const { codes, entry, sending, writer, journeys } = needs
  switch (answerOf(form, running)) {
    case 'code':
    case 'passkey':
    case 'passkey_enrolment':
    case 'phone_enrolment':
    case 'enrolment': {
      const tried = await codes.answer(visit, running, form)
      if (tried.kind === 'ended') return startAgain(needs, journey, 'too_many_codes')
      const page = form.get('from') === 'help' ? 'help' : 'step'
      if (tried.kind === 'wrong') return show(needs, visit, running, journey, { ...tried, page })
      return entry.proceed(visit, running, journey)
    }
    case 'phone':
      return beginPhone(needs, visit, running, journey, form)
    case 'send_code':
      await sending.send(visit, running, form.get('to') ?? 'any')
      return writer.redirect(`/second-factor${journeys.query(journey, { said: 'sent' })}`)
    default:
      return proceedByHand(needs, visit, running, journey)
  }
}

/** Before the code is given, the suspicious lane knows no page for setting a factor up: an answer to it is none. */
function answerOf(form: Fields, { attempt }: RunningAttempt): string | undefined {
  const answer = form.get('answer')
  return answer !== undefined && settingUp.has(answer) && isSuspicious(attempt) && attempt.proofs.length === 1
    ? undefined
    : answer
}

const settingUp: ReadonlySet<string> = new Set(['enrolment', 'passkey_enrolment', 'phone', 'phone_enrolment'])

/** A number is taken only while the walk demands a factor: an owner's account has one already, and the lane never gets there. */
async function beginPhone(
  needs: SecondFactorRoutesNeeds,
  visit: Visit,
  running: RunningAttempt,
  journey: Journey,
  form: Fields,
): Promise<Response> {
  const { entry, attemptPhones, writer, journeys } = needs
  const { verdict } = await entry.judge(visit, running)
  if (verdict.kind !== 'challenge' || verdict.step !== 'enrol_factor') return entry.proceed(visit, running, journey)
  const error = await attemptPhones.begin(visit, running, form)
  if (error === null) return writer.redirect(`/second-factor${journeys.query(journey)}`)
  return show(needs, visit, running, journey, { page: 'phone', error, number: form.get('number') ?? '' })
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
  if (waits) return show(needs, visit, running, journey, { page: 'step', error: 'not yet' })
  return needs.entry.proceed(visit, running, journey)
}

async function show(
  needs: SecondFactorRoutesNeeds,
  visit: Visit,
  running: RunningAttempt,
  journey: Journey,
  shown: Omit<Shown, 'hidden' | 'query'>,
): Promise<Response> {
  const { entry, attemptPages, journeys, writer } = needs
  const decision = await entry.judge(visit, running)
  const query = journeys.query(journey)
  const content = await attemptPages.contentFor(visit, running, decision, {
    ...shown,
    hidden: hiddenOf(needs, running, journey),
    query,
  })
  if (content === null) return startAgain(needs, journey, 'start_again')
  const here = `/second-factor${shown.page === 'help' ? '/help' : ''}${query}`
  const status = shown.error === undefined ? 200 : 422
  return writer.write(visit, { title: visit.words.account.factors, content, status, here })
}

function hiddenOf({ journeys }: SecondFactorRoutesNeeds, { attempt }: RunningAttempt, journey: Journey): Html {
  return html`${journeys.hidden(journey)}<input type="hidden" name="attempt" value="${attempt.id}">`
}

function startAgain({ writer, journeys }: SecondFactorRoutesNeeds, journey: Journey, said: string): Response {
  return writer.redirect(`/sign-in${journeys.query(journey, { said })}`)
}

export async function findRunning(
  needs: Pick<SecondFactorRoutesNeeds, 'signIn' | 'directory' | 'browsers'>,
  visit: Visit,
): Promise<RunningAttempt | null> {
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
