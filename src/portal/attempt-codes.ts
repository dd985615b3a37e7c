import type { Fields } from '../http/forms.ts'
import type { Journal } from '../journal/journal.ts'
import { budgetKey } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { CodeBudgets, CodeTry } from '../limits/code-budgets.ts'
import type { SignInTry } from '../limits/regulation.ts'
import type { OutboxStore } from '../notices/outbox-store.ts'
import { secondFactorFailed } from '../people/account-notices.ts'
import type { BackupCodes } from '../people/backup-codes.ts'
import { activeKinds } from '../people/directory.ts'
import type { CodeCheck, SignIn } from '../people/sign-in.ts'
import type { AttemptPhones } from './attempt-phones.ts'
import { readAnyCode, readCode, readLabel, readPasskey } from './code-field.ts'
import { wrongCode } from './pages/confirm.ts'
import type { AttemptPasskeys } from './passkey-attempts.ts'
import { keepRegulated, type PasswordBans, shutOutBy } from './regulated.ts'
import { isSuspicious, type RunningAttempt } from './running-attempt.ts'
import { originOf, type Visit } from './visit.ts'

/** The codes of a sign-in under way. A right one adds its proof to the attempt; what that is enough for, the entry walk says. */
export interface AttemptCodes {
  answer(visit: Visit, running: RunningAttempt, form: Fields): Promise<Tried>
}

export type Tried =
  | { readonly kind: 'proved' }
  | { readonly kind: 'wrong'; readonly error: string; readonly label?: string }
  | { readonly kind: 'ended' }

type CodeStep = 'code' | 'enrol_factor' | 'passkey' | 'enrol_passkey' | 'enrol_phone'

export interface AttemptCodesNeeds {
  readonly signIn: SignIn
  readonly attemptPasskeys: AttemptPasskeys
  readonly attemptPhones: Pick<AttemptPhones, 'confirm'>
  readonly budgets: CodeBudgets
  readonly bans: PasswordBans
  readonly backupCodes: Pick<BackupCodes, 'pretend'>
  readonly outbox: Pick<OutboxStore, 'add'>
  readonly journal: Journal
  readonly clock: Clock
}

export function createAttemptCodes(needs: AttemptCodesNeeds): AttemptCodes {
  return {
    async answer(visit, running, form) {
      const step = stepOf(form)
      const code = readAnswer(form, step)
      const label = readLabel(form)
      const wrong = (error: string): Tried => ({ kind: 'wrong', error, ...(label === null ? {} : { label }) })
      if (code === null) return wrong(unreadable(visit, step))
      const attempt = tryOf(running)
      // Nobody guesses a passkey: what wrong codes have used up must not close the account to it. The attempt's own tries still end it.
      const answer = step === 'passkey' ? open : await needs.budgets.ask(attempt)
      const by = shutOutBy(answer, needs.bans.find(signInTryOf(visit, running)))
      // Opaque: a closed budget and a ban read as a wrong code.
      const blind = by !== null
      if (by !== null) keepRegulated(needs, visit, { by, account: running.account })
      // The slow hash of what looks like a backup code is computed all the same: its absence would tell.
      if (blind && step === 'code') await needs.backupCodes.pretend(code, { lane: 'account', key: running.account.id })
      if (blind && !isSuspicious(running.attempt)) return wrong(errorOf(visit, step, null))
      // In the suspicious lane it also ends like one: a decoy has no budget that could close.
      const check = blind
        ? await needs.signIn.countWrongCode(running.attempt)
        : await verify(needs, visit, running, step, code, label)
      if (check.kind === 'proved')
        await (step === 'passkey' ? needs.budgets.release(attempt.accountId) : needs.budgets.succeeded(attempt))
      else await tellFailure(needs, visit, running, step)
      if (check.kind !== 'wrong') return { kind: check.kind }
      return check.triesLeft === 0 ? { kind: 'ended' } : wrong(errorOf(visit, step, check.triesLeft))
    },
  }
}

const open = { kind: 'open' } as const

function signInTryOf({ head }: Visit, { account, browser }: RunningAttempt): SignInTry {
  const deviceLane = browser.device.known ? 'known-device' : 'unknown'
  return { address: budgetKey(head.client.address), name: account.emailKey, deviceLane }
}

function stepOf(form: Fields): CodeStep {
  switch (form.get('answer')) {
    case 'enrolment':
      return 'enrol_factor'
    case 'passkey':
      return 'passkey'
    case 'passkey_enrolment':
      return 'enrol_passkey'
    case 'phone_enrolment':
      return 'enrol_phone'
    default:
      return 'code'
  }
}

function readAnswer(form: Fields, step: CodeStep): string | null {
  if (step === 'passkey' || step === 'enrol_passkey') return readPasskey(form)
  return step === 'code' ? readAnyCode(form) : readCode(form)
}

function unreadable({ words }: Visit, step: CodeStep): string {
  if (step === 'passkey' || step === 'enrol_passkey') return words.passkeys.failed
  return step === 'code' ? words.code.malformed : words.code.notSixDigits
}

function verify(
  { signIn, attemptPasskeys, attemptPhones }: AttemptCodesNeeds,
  visit: Visit,
  running: RunningAttempt,
  step: CodeStep,
  code: string,
  label: string | null,
): Promise<CodeCheck | { readonly kind: 'wrong'; readonly triesLeft: null }> {
  const { attempt, account } = running
  switch (step) {
    case 'passkey':
      return attemptPasskeys.prove(visit, running, code)
    case 'enrol_passkey':
      return attemptPasskeys.enrol(visit, running, code, label)
    case 'enrol_phone':
      return attemptPhones.confirm(visit, running, code)
    case 'code':
      return signIn.proveCode(attempt, account, code, originOf(visit, account.id))
    case 'enrol_factor': {
      const by = originOf(visit, account.id)
      const name = label ?? visit.words.enrol.labelDefault
      return signIn
        .confirmTotpEnrolment(attempt, account, code, name, by)
        .then(check => (check.kind === 'wrong' ? { kind: 'wrong', triesLeft: null } : check))
    }
    default:
      return step satisfies never
  }
}

function tryOf({ attempt, account, browser }: RunningAttempt): CodeTry {
  const deviceLane = browser.device.known ? 'known-device' : 'unknown'
  return { attemptId: attempt.id, accountId: account.id, deviceLane }
}

function errorOf({ words }: Visit, step: CodeStep, triesLeft: number | null): string {
  switch (step) {
    case 'enrol_factor':
      return words.enrol.wrong
    case 'enrol_phone':
      return words.phones.wrong
    case 'enrol_passkey':
      return words.passkeys.notAdded
    case 'passkey':
    case 'code':
      return wrongCode(words, triesLeft, step)
    default:
      return step satisfies never
  }
}

/** Somebody knows the password and not the second factor: the owner has to hear of it (ASVS 6.3.7). */
async function tellFailure(
  { outbox, journal, clock }: AttemptCodesNeeds,
  visit: Visit,
  { account, attempt }: RunningAttempt,
  step: CodeStep,
): Promise<void> {
  const { id: accountId, organizationId } = account
  journal.signedIn('wrong_code', { receipt: visit.receipt, accountId, organizationId })
  // An account without a second factor was asked for a mailed code, or is only now setting a factor up.
  const sets = step === 'enrol_factor' || step === 'enrol_passkey' || step === 'enrol_phone'
  if (sets || activeKinds(account).length === 0) return
  const now = clock.now()
  const notices = secondFactorFailed(account, attempt, originOf(visit, null), now)
  const written = Promise.all(notices.map(notice => outbox.add(notice, now)))
  // A decoy tells nobody: in the suspicious lane the answer must not wait for it.
  if (isSuspicious(attempt)) written.catch((cause: unknown) => journal.trouble('mail about a wrong code', cause))
  else await written
}
