import { html } from 'hono/html'
import type { CookieJar } from '../http/cookies.ts'
import type { Fields } from '../http/forms.ts'
import type { Html } from '../http/layout.ts'
import type { Journal } from '../journal/journal.ts'
import { budgetKey } from '../lib/address.ts'
import type { MailBudgets } from '../limits/mail-budgets.ts'
import type { Account } from '../people/account.ts'
import { attemptMs } from '../people/attempt.ts'
import type { BackupCodes } from '../people/backup-codes.ts'
import type { Decoy, DecoySignIns } from '../people/decoys.ts'
import type { Passkeys } from '../people/passkeys.ts'
import type { AccountId } from '../policy/facts.ts'
import { readAnyCode, readPasskey } from './code-field.ts'
import type { Browser, Browsers } from './device-cookie.ts'
import type { Journey, Journeys } from './journey.ts'
import type { PageWriter } from './page-writer.ts'
import { confirmContent, confirmStuckContent, wrongCode } from './pages/confirm.ts'
import { ceremonyOf } from './passkey-ceremony.ts'
import type { PasskeyGuard } from './passkey-guard.ts'
import type { PasskeyWays } from './passkey-ways.ts'
import { originOf, type Visit } from './visit.ts'

/**
 * The suspicious lane for whoever did not type the right password: the same pages, cookies, redirects and ends as for an attempt
 * (routes/second-factor.ts), and nothing behind them. Whoever tries leaked passwords must not learn here which of them are right. Null:
 * the browser brings no decoy.
 */
export interface Lane {
  /** The answer that a right password would get here. */
  lure(visit: Visit, journey: Journey, about: { email: string; account: Account | null }): Promise<Response>
  show(visit: Visit, journey: Journey, shown: DecoyShown): Promise<Response | null>
  answer(visit: Visit, journey: Journey, form: Fields): Promise<Response | null>
}

export interface DecoyShown {
  readonly page: 'step' | 'help'
  readonly sent?: boolean
  readonly error?: string
}

export interface LaneNeeds {
  readonly decoys: DecoySignIns
  readonly browsers: Browsers
  readonly jar: CookieJar
  readonly codeMails: MailBudgets
  readonly journeys: Journeys
  readonly writer: PageWriter
  readonly journal: Journal
  readonly backupCodes: Pick<BackupCodes, 'pretend'>
  readonly passkeys: Pick<Passkeys, 'prove'>
  readonly passkeyGuard: Pick<PasskeyGuard, 'judge'>
  readonly passkeyWays: Pick<PasskeyWays, 'secondFactor'>
}

export function createLane(needs: LaneNeeds): Lane {
  return {
    async lure(visit, journey, { email, account }) {
      const browser = await needs.browsers.of(visit, account?.id ?? nobody)
      const { deviceId } = browser.device
      const { token, decoy } = await needs.decoys.begin({ email, deviceId, account }, originOf(visit, null))
      return goOn(needs, visit, journey, { token, decoy, browser })
    },
    async show(visit, journey, shown) {
      const running = await findRunning(needs, visit)
      return running === null ? null : write(needs, visit, journey, running, shown)
    },
    async answer(visit, journey, form) {
      const running = await findRunning(needs, visit)
      if (running === null) return null
      if (form.get('attempt') !== running.decoy.id) return startAgain(needs, journey, 'other_tab')
      return answer(needs, visit, journey, form, running)
    },
  }
}

interface RunningDecoy {
  readonly token: string
  readonly decoy: Decoy
  readonly browser: Browser
}

async function findRunning({ decoys, browsers }: LaneNeeds, visit: Visit): Promise<RunningDecoy | null> {
  const token = visit.cookies.attempt
  const decoy = token === undefined ? null : await decoys.find(token)
  if (token === undefined || decoy === null) return null
  const browser = await browsers.of(visit, nobody)
  return browser.device.deviceId === decoy.deviceId ? { token, decoy, browser } : null
}

async function answer(
  needs: LaneNeeds,
  visit: Visit,
  journey: Journey,
  form: Fields,
  running: RunningDecoy,
): Promise<Response> {
  switch (form.get('answer')) {
    case 'passkey':
      return tryPasskey(needs, visit, journey, form, running)
    case 'code':
      return tryCode(needs, visit, journey, form, running)
    case 'send_code':
      await pretendToSend(needs, visit, running)
      return needs.writer.redirect(`/second-factor${needs.journeys.query(journey, { said: 'sent' })}`)
    default:
      return goOn(needs, visit, journey, running)
  }
}

async function tryCode(
  needs: LaneNeeds,
  visit: Visit,
  journey: Journey,
  form: Fields,
  running: RunningDecoy,
): Promise<Response> {
  const wrong = showAgain(needs, visit, journey, form, running)
  const code = readAnyCode(form)
  if (code === null) return wrong(visit.words.code.malformed)
  // What looks like a backup code costs a slow hash, as it does for an attempt that somebody owns.
  await needs.backupCodes.pretend(code, { lane: 'account', key: running.decoy.id })
  return countTry(needs, visit, journey, { ...running, answer: 'code' }, wrong)
}

/** Looked at like one of an attempt, so that it costs the same; nobody's passkey is the right one. */
async function tryPasskey(
  needs: LaneNeeds,
  visit: Visit,
  journey: Journey,
  form: Fields,
  running: RunningDecoy,
): Promise<Response> {
  const wrong = showAgain(needs, visit, journey, form, running)
  const answer = readPasskey(form)
  if (answer === null) return wrong(visit.words.passkeys.failed)
  const ceremony = ceremonyOf(visit, 'second_factor')
  if (ceremony !== null) await needs.passkeyGuard.judge(visit, needs.passkeys.prove(answer, ceremony, nobody))
  return countTry(needs, visit, journey, { ...running, answer: 'passkey' }, wrong)
}

/** The page that the answer came from, with what is wrong. */
function showAgain(needs: LaneNeeds, visit: Visit, journey: Journey, form: Fields, running: RunningDecoy) {
  const page = form.get('from') === 'help' ? 'help' : 'step'
  return (error: string) => write(needs, visit, journey, running, { page, error })
}

async function countTry(
  needs: LaneNeeds,
  visit: Visit,
  journey: Journey,
  { decoy, answer }: RunningDecoy & { readonly answer: 'code' | 'passkey' },
  wrong: (error: string) => Promise<Response>,
): Promise<Response> {
  needs.journal.signedIn('wrong_code', { receipt: visit.receipt, accountId: null, organizationId: null })
  const tried = await needs.decoys.tryCode(decoy)
  const isOver = tried.kind === 'ended' || tried.triesLeft === 0
  return isOver ? startAgain(needs, journey, 'too_many_codes') : wrong(wrongCode(visit.words, tried.triesLeft, answer))
}

/** The address pays like any other. The name does not: who knows it alone must not use up the mails of its owner. */
async function pretendToSend({ codeMails, decoys }: LaneNeeds, visit: Visit, { decoy }: RunningDecoy): Promise<void> {
  const { kind } = await codeMails.ask({ address: budgetKey(visit.head.client.address), name: `decoy ${decoy.email}` })
  if (kind === 'open') await decoys.pretendToSend(decoy, originOf(visit, null))
}

function goOn(needs: LaneNeeds, visit: Visit, journey: Journey, { token, browser }: RunningDecoy): Response {
  needs.journal.signedIn('challenged', { receipt: visit.receipt, accountId: null, organizationId: null })
  const cookies = [needs.jar.write('attempt', token, attemptMs / 1000), browser.cookie]
  return needs.writer.redirect(`/second-factor${needs.journeys.query(journey)}`, { cookies })
}

function write(
  needs: LaneNeeds,
  visit: Visit,
  journey: Journey,
  { decoy }: RunningDecoy,
  { page, sent = false, error }: DecoyShown,
): Promise<Response> {
  const { words } = visit
  const { journeys, writer } = needs
  const query = journeys.query(journey)
  const hidden: Html = html`${journeys.hidden(journey)}<input type="hidden" name="attempt" value="${decoy.id}">`
  const content =
    page === 'help'
      ? confirmStuckContent(words, hidden, error, query)
      : confirmContent(words, hidden, error, {
          ...{ sent, query },
          passkey: needs.passkeyWays.secondFactor(words, hidden),
        })
  const here = `/second-factor${page === 'help' ? '/help' : ''}${query}`
  return writer.write(visit, { title: words.account.factors, content, status: error === undefined ? 200 : 422, here })
}

function startAgain({ writer, journeys }: LaneNeeds, journey: Journey, said: string): Response {
  return writer.redirect(`/sign-in${journeys.query(journey, { said })}`)
}

// No account has this id; the cast is made because only stores make real ones.
const nobody = 'nobody' as AccountId
