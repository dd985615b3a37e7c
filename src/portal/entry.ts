import type { Ask } from '../http/ask.ts'
import type { CookieJar } from '../http/cookies.ts'
import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import type { Directory } from '../people/directory.ts'
import { waysOf } from '../people/factor-ways.ts'
import type { SessionBook } from '../people/session-book.ts'
import type { SignIn } from '../people/sign-in.ts'
import { isBreakGlass } from '../policy/factors.ts'
import type { LearnedFacts } from '../policy/facts.ts'
import type { GateName } from '../policy/gate-name.ts'
import type { Decision, Step } from '../policy/verdict.ts'
import type { CodeSending } from './code-sending.ts'
import type { DeviceRequests } from './device-requests.ts'
import { offerOf } from './factor-added.ts'
import type { Journey, Journeys } from './journey.ts'
import type { PageWriter } from './page-writer.ts'
import { refusedContent } from './pages/refusal.ts'
import type { PasswordGuard } from './password-guard.ts'
import { isSuspicious, type RunningAttempt } from './running-attempt.ts'
import type { SignInPages } from './sign-in-pages.ts'
import { agentOf, originOf, type Visit } from './visit.ts'

export type { RunningAttempt } from './running-attempt.ts'

/**
 * What follows each proof: the entry walk is asked, and its verdict is the next page. There is no other state: a step cannot be
 * skipped, reordered or carried to another attempt, because nothing but the walk over the attempt's proofs opens a session.
 */
export interface Entry {
  proceed(visit: Visit, attempt: RunningAttempt, journey: Journey): Promise<Response>
  /** For showing a page again: asks without acting on the answer. */
  judge(visit: Visit, attempt: RunningAttempt): Promise<Decision>
}

export interface EntryNeeds {
  readonly ask: Ask
  readonly jar: CookieJar
  readonly signIn: SignIn
  readonly sessionBook: SessionBook
  readonly directory: Directory
  readonly deviceRequests: DeviceRequests
  readonly journeys: Journeys
  readonly writer: PageWriter
  readonly pages: SignInPages
  readonly sending: CodeSending
  /** What the suspicious lane has kept back of a right password is given back with the session. */
  readonly passwords: Pick<PasswordGuard, 'confirmed'>
  readonly journal: Journal
  readonly clock: Clock
}

/** As long as an attempt lives in the store. */
const attemptSeconds = 600

export function createEntry(needs: EntryNeeds): Entry {
  const judge: Entry['judge'] = async (visit, { token, browser }) =>
    needs.ask('entry', needs.jar.withCookies(visit.head, { attempt: token, device: browser.token }), {
      receipt: visit.receipt,
    })
  return {
    judge,
    async proceed(visit, running, journey) {
      const decision = await judge(visit, running)
      switch (decision.verdict.kind) {
        case 'allow':
          return open(needs, visit, running, journey, decision.learned)
        case 'challenge':
          return challenge(needs, visit, running, journey, decision.verdict.step)
        case 'deny':
          return refuse(needs, visit, running, journey, decision)
        default:
          return decision.verdict satisfies never
      }
    },
  }
}

async function open(
  needs: EntryNeeds,
  visit: Visit,
  { attempt, account, browser, ...running }: RunningAttempt,
  journey: Journey,
  learned: Readonly<LearnedFacts>,
): Promise<Response> {
  const { directory, sessionBook, jar, journeys, writer } = needs
  const organization = account.organizationId === null ? null : await directory.organization(account.organizationId)
  const opening = {
    account,
    organization,
    proofs: learned.proofs ?? [], // exactly those that were judged
    host: visit.head.host,
    device: browser.device,
    address: visit.head.client.address.text,
    agent: agentOf(visit.head),
    attemptId: attempt.id,
    breakGlass: usesBreakGlass(learned),
  }
  const held = visit.cookies.session === undefined ? null : await sessionBook.find(visit.cookies.session)
  const former = held ?? running.former ?? null
  const by = originOf(visit, account.id)
  const opened = await sessionBook.open(opening, by, needs.signIn.newsFor(account, opening.proofs))
  if (opened === null) return writer.redirect(`/sign-in${journeys.query(journey, { said: 'start_again' })}`)
  // One browser, one session: what was signed in here before must not live on unseen.
  if (former !== null) await sessionBook.end(former, by)
  if (isSuspicious(attempt)) await needs.passwords.confirmed(visit, account)
  const { token, session } = opened
  const seconds = (session.absoluteEndsAt - needs.clock.now()) / 1000
  const cookies = [jar.write('session', token, seconds), jar.clear('attempt'), browser.cookie]
  const { id: accountId, organizationId } = account
  needs.journal.signedIn('opened', { receipt: visit.receipt, accountId, organizationId })
  // A first factor was set up on the way in: the codes for the day without it come next.
  const enrolled = opening.proofs.some(({ kind }) => kind === 'totp' || kind === 'sms_code' || kind === 'passkey')
  const offer = enrolled ? offerOf(account, journeys, journey) : null
  return writer.redirect(offer ?? (await journeys.arrive(journey, session)), { cookies, referrer: 'none' })
}

async function challenge(
  needs: EntryNeeds,
  visit: Visit,
  running: RunningAttempt,
  journey: Journey,
  step: Step,
): Promise<Response> {
  const { attempt, account, browser, token, email } = running
  switch (step) {
    case 'second_factor':
      if (!isSuspicious(attempt)) await textOnlyWay(needs, visit, running)
      break
    case 'enrol_factor':
      await needs.signIn.startTotpEnrolment(attempt, account)
      break
    case 'email_code':
      // In the suspicious lane the one mail has gone out with the hold; more are sent when they are asked for.
      if (attempt.emailCode === null && !isSuspicious(attempt)) await needs.sending.send(visit, running, 'email')
      break
    case 'device_approval':
      await needs.deviceRequests.ask(visit, account, browser.device)
      break
    case 'sign_in':
    case 'prove_again':
      return needs.pages.wrong(visit, journey, email)
    default:
      return step satisfies never
  }
  const { id: accountId, organizationId } = account
  needs.journal.signedIn('challenged', { receipt: visit.receipt, accountId, organizationId })
  const cookies = [needs.jar.write('attempt', token, attemptSeconds), browser.cookie]
  return needs.writer.redirect(`/second-factor${needs.journeys.query(journey)}`, { cookies })
}

/** A named account that came without its provider: written down loudly. Whoever came through it used no special right. */
function usesBreakGlass({ account, organization, proofs = [] }: Readonly<LearnedFacts>): boolean {
  if (account == null || organization == null || !isBreakGlass(account, organization)) return false
  return !proofs.some(({ kind }) => kind === 'saml')
}

/** Where a phone is the only second factor, nobody has to ask for its code. */
async function textOnlyWay({ sending }: EntryNeeds, visit: Visit, running: RunningAttempt): Promise<void> {
  const { app, passkey, phones } = waysOf(running.account)
  const [phone] = phones
  if (!app && !passkey && phone !== undefined) await sending.send(visit, running, phone.id)
}

/** Gates that speak when every demanded proof has been given. What any other refuses must read like a wrong password. */
const afterProofs: ReadonlySet<GateName> = new Set(['account-open', 'from-organization-network', 'on-allowed-device'])

async function refuse(
  needs: EntryNeeds,
  visit: Visit,
  { attempt, account, email }: RunningAttempt,
  journey: Journey,
  { verdict, gate }: Decision,
): Promise<Response> {
  const { id: accountId, organizationId } = account
  needs.journal.signedIn('refused', { receipt: visit.receipt, accountId, organizationId })
  if (verdict.kind === 'deny' && verdict.reason === 'unavailable' && gate !== null && afterProofs.has(gate))
    return needs.writer.refusal(visit, verdict)
  await needs.signIn.end(attempt)
  if (gate === null || !afterProofs.has(gate)) return needs.pages.wrong(visit, journey, email)
  return needs.writer.write(visit, {
    title: visit.words.refused.title,
    content: refusedContent(visit.words, visit.receipt),
    status: 403,
    cookies: [needs.jar.clear('attempt')],
    here: '/sign-in',
  })
}
