import { html } from 'hono/html'
import type { Html } from '../http/layout.ts'
import { waysOf } from '../people/factor-ways.ts'
import type { SignIn } from '../people/sign-in.ts'
import type { Decision, Step } from '../policy/verdict.ts'
import type { AttemptPhones } from './attempt-phones.ts'
import { type CodePage, codeContent, emailCodeContent, stuckContent } from './pages/code.ts'
import { confirmContent, confirmStuckContent } from './pages/confirm.ts'
import { deviceContent, enrolBeginContent, enrolContent, proceedContent } from './pages/second-factor.ts'
import type { PasskeyWays } from './passkey-ways.ts'
import { isSuspicious, type RunningAttempt } from './running-attempt.ts'
import type { Visit } from './visit.ts'

/** Which page an attempt gets: that of the step which the walk names, or the one page of the suspicious lane. */
export interface AttemptPages {
  /** Null where nothing can be shown: the person begins again. */
  contentFor(visit: Visit, running: RunningAttempt, decision: Decision, shown: Shown): Promise<Html | null>
}

export interface Shown {
  /** The page of the step, or "I cannot get a code"; while a factor is set up: the page for a number, or that of all ways. */
  readonly page: 'step' | 'help' | 'phone' | 'other'
  /** The journey, and the attempt that the page is shown for. */
  readonly hidden: Html
  readonly query: string
  readonly error?: string
  /** What was typed into the fields that are no secrets. */
  readonly label?: string
  readonly number?: string
  /** "Send me a code" was pressed. */
  readonly sent?: boolean
}

export interface AttemptPagesNeeds {
  readonly signIn: Pick<SignIn, 'startTotpEnrolment'>
  readonly passkeyWays: Pick<PasskeyWays, 'secondFactor' | 'enrolFirst'>
  readonly attemptPhones: Pick<AttemptPhones, 'offer' | 'page'>
}

export function createAttemptPages(needs: AttemptPagesNeeds): AttemptPages {
  const { passkeyWays, attemptPhones } = needs
  return {
    async contentFor(visit, running, { verdict }, shown) {
      const { words } = visit
      const { hidden, query, error, sent = false } = shown
      const step = verdict.kind === 'challenge' ? verdict.step : null
      // Until every proof is given, a refusal of the suspicious lane looks like a code that is still wanted.
      if (isSuspicious(running.attempt) && (asksForCode(step) || verdict.kind === 'deny'))
        return shown.page === 'help'
          ? confirmStuckContent(words, hidden, error, query)
          : confirmContent(words, hidden, error, { sent, query, passkey: passkeyWays.secondFactor(words, hidden) })
      // Refused, or all proved: both are acted on by a POST, so that nothing opens or ends because an address was opened.
      if (step === null) return proceedContent(words, hidden)
      const ways = waysOf(running.account)
      const passkey = passkeyFor(passkeyWays, visit, step, { ways, hidden })
      const page = { hidden, query, error, sent, ways, passkey }
      if (asksForCode(step) && shown.page === 'help') return stuckContent(words, page)
      const phone = step === 'enrol_factor' ? await attemptPhones.page(visit, running, shown) : null
      return phone ?? contentOf(needs, visit, running, { ...shown, ...page, step })
    },
  }
}

function passkeyFor(
  passkeyWays: AttemptPagesNeeds['passkeyWays'],
  { words }: Visit,
  step: Step,
  { ways, hidden }: Pick<CodePage, 'ways' | 'hidden'>,
): Html {
  if (step === 'enrol_factor') return passkeyWays.enrolFirst(words, hidden)
  return ways.passkey ? passkeyWays.secondFactor(words, hidden) : html``
}

function asksForCode(step: Step | null): boolean {
  return step === 'second_factor' || step === 'email_code'
}

async function contentOf(
  { signIn, attemptPhones }: AttemptPagesNeeds,
  visit: Visit,
  { attempt, account, browser }: RunningAttempt,
  page: CodePage & { readonly step: Step; readonly label?: string },
): Promise<Html | null> {
  const { words } = visit
  const { hidden, error } = page
  switch (page.step) {
    case 'second_factor':
      return codeContent(words, page)
    case 'email_code':
      return emailCodeContent(words, page, account.email)
    case 'enrol_factor': {
      const others = html`${page.passkey}${attemptPhones.offer(visit, page.query)}`
      if (attempt.sealedEnrolment === null) return html`${enrolBeginContent(words, hidden)}${others}`
      const totp = await signIn.startTotpEnrolment(attempt, account)
      const fields = html`${hidden}<input type="hidden" name="answer" value="enrolment">`
      const { lead, labelDefault } = words.enrol
      const form = { action: '/second-factor', hidden: fields, lead, label: page.label ?? labelDefault }
      return html`${enrolContent(words, form, totp, error)}${others}`
    }
    case 'device_approval': {
      const device = { label: browser.device.label, address: visit.head.client.address.text }
      return deviceContent(words, hidden, { ...device, asked: error !== undefined })
    }
    case 'sign_in':
    case 'prove_again':
      return null
    default:
      return page.step satisfies never
  }
}
