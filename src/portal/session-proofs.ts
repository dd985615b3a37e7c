import type { Fields } from '../http/forms.ts'
import type { Journal } from '../journal/journal.ts'
import type { AuditStore } from '../journal/receipt.ts'
import type { Clock } from '../lib/clock.ts'
import type { CodeBudgets } from '../limits/code-budgets.ts'
import type { SessionFailures } from '../limits/session-failures.ts'
import type { OutboxStore } from '../notices/outbox-store.ts'
import { secondFactorFailedInside } from '../people/account-notices.ts'
import type { BackupCodes } from '../people/backup-codes.ts'
import { activeKinds } from '../people/directory.ts'
import { auditOf } from '../people/origin.ts'
import type { Passkeys } from '../people/passkeys.ts'
import type { SecondFactors } from '../people/second-factors.ts'
import type { SessionBook } from '../people/session-book.ts'
import type { SignIn } from '../people/sign-in.ts'
import type { SmsCodes } from '../people/sms-codes.ts'
import type { Proof } from '../policy/facts.ts'
import { readAnyCode, readPasskey } from './code-field.ts'
import type { Person } from './door.ts'
import { ceremonyOf } from './passkey-ceremony.ts'
import type { PasskeyGuard } from './passkey-guard.ts'
import type { PasswordGuard } from './password-guard.ts'
import { originOf, type Visit } from './visit.ts'

/** A fresh proof from somebody who is signed in: a code or a passkey where the account has a factor, else the password. */
export interface SessionProofs {
  kindFor(person: Person): 'code' | 'password'
  hasPasskey(person: Person): boolean
  check(visit: Visit, person: Person, form: Fields): Promise<SessionProof>
}

/** `code`: of an app, a phone or paper. */
type ProofKind = 'code' | 'passkey' | 'password'

export type SessionProof =
  | { readonly kind: 'proved'; readonly proof: Proof }
  /** Wrong, or not tried because a budget is closed; which of the two is not told. */
  | { readonly kind: 'wrong' }
  /** Wrong too often in a row: the session has ended. */
  | { readonly kind: 'ended' }

export interface SessionProofsNeeds {
  readonly secondFactors: Pick<SecondFactors, 'verifyTotp'>
  readonly smsCodes: Pick<SmsCodes, 'check'>
  readonly backupCodes: Pick<BackupCodes, 'check'>
  readonly signIn: Pick<SignIn, 'checkPassword'>
  readonly passkeys: Pick<Passkeys, 'prove'>
  readonly passkeyGuard: Pick<PasskeyGuard, 'judge'>
  readonly passwords: PasswordGuard
  readonly budgets: CodeBudgets
  readonly sessionFailures: SessionFailures
  readonly sessionBook: Pick<SessionBook, 'end'>
  readonly outbox: Pick<OutboxStore, 'add'>
  readonly audit: Pick<AuditStore, 'append'>
  readonly journal: Journal
  readonly clock: Clock
}

export function createSessionProofs(needs: SessionProofsNeeds): SessionProofs {
  return {
    kindFor,
    hasPasskey,
    // The account says which proof is asked for, not the form: whoever stole a cookie and a password must not choose the weaker one.
    async check(visit, person, form) {
      const asked = form.get('answer') === 'passkey' && hasPasskey(person) ? 'passkey' : kindFor(person)
      const tried = await tryProof(needs, visit, person, { asked, form })
      switch (tried.kind) {
        case 'proved':
          await needs.sessionFailures.succeeded(person.session.id)
          return tried
        case 'unreadable':
          return { kind: 'wrong' }
        case 'wrong':
        case 'regulated':
          return refuse(needs, visit, person, { asked, why: tried.kind })
        default:
          return tried satisfies never
      }
    },
  }
}

/** The password only where there is no second factor at all. */
function kindFor({ account }: Person): 'code' | 'password' {
  return activeKinds(account).length > 0 ? 'code' : 'password'
}

function hasPasskey({ account }: Person): boolean {
  return activeKinds(account).includes('passkey')
}

type Tried =
  | { readonly kind: 'proved'; readonly proof: Proof }
  | { readonly kind: 'unreadable' }
  | { readonly kind: Refusal['why'] }

interface Refusal {
  readonly asked: ProofKind
  readonly why: 'wrong' | 'regulated'
}

function tryProof(
  needs: SessionProofsNeeds,
  visit: Visit,
  person: Person,
  { asked, form }: { readonly asked: ProofKind; readonly form: Fields },
): Promise<Tried> {
  switch (asked) {
    case 'code':
      return tryCode(needs, visit, person, form)
    case 'passkey':
      return tryPasskey(needs, visit, person, form)
    case 'password':
      return tryPassword(needs, visit, person, form)
    default:
      return asked satisfies never
  }
}

async function tryPasskey(
  { budgets, passkeys, passkeyGuard }: SessionProofsNeeds,
  visit: Visit,
  { account, session }: Person,
  form: Fields,
): Promise<Tried> {
  const answer = readPasskey(form)
  const ceremony = ceremonyOf(visit, 'prove_again', session)
  if (answer === null || ceremony === null) return { kind: 'unreadable' }
  const attempt = { attemptId: session.id, accountId: account.id, deviceLane: 'known-device' } as const
  const { kind } = await budgets.ask(attempt)
  if (kind === 'closed') return { kind: 'regulated' }
  const proved = await passkeyGuard.judge(visit, passkeys.prove(answer, ceremony, account.id))
  if (proved === null) return { kind: 'wrong' }
  await budgets.succeeded(attempt)
  return { kind: 'proved', proof: proved.proof }
}

async function tryCode(
  needs: SessionProofsNeeds,
  visit: Visit,
  { account, session }: Person,
  form: Fields,
): Promise<Tried> {
  const { budgets, secondFactors, smsCodes, backupCodes } = needs
  const code = readAnyCode(form)
  if (code === null) return { kind: 'unreadable' }
  const attempt = { attemptId: session.id, accountId: account.id, deviceLane: 'known-device' } as const
  const { kind } = await budgets.ask(attempt)
  if (kind === 'closed') return { kind: 'regulated' }
  const app = await secondFactors.verifyTotp(account, code)
  const proof =
    app.kind === 'proved'
      ? app.proof
      : ((await smsCodes.check(account, session.id, code)) ??
        (await backupCodes.check(account, code, originOf(visit, account.id, session))))
  if (proof === null) return { kind: 'wrong' }
  await budgets.succeeded(attempt)
  return { kind: 'proved', proof }
}

async function tryPassword(
  { passwords, signIn }: SessionProofsNeeds,
  visit: Visit,
  { account }: Person,
  form: Fields,
): Promise<Tried> {
  const password = form.get('password') ?? ''
  if (password === '') return { kind: 'unreadable' }
  const checked = await passwords.guard(visit, account, {
    verify: () => signIn.checkPassword(account.email, password),
    wasWrong: ({ kind }) => kind === 'wrong',
  })
  if (checked.kind === 'closed') return { kind: 'regulated' }
  const isTheirs = checked.kind === 'proved' && checked.account.id === account.id
  return isTheirs ? { kind: 'proved', proof: checked.proof } : { kind: 'wrong' }
}

/** Somebody holds the session and not its proof, so the cookie may be stolen: it is written down, the owner hears of it (ASVS 6.3.7), and guessing ends. */
async function refuse(
  needs: SessionProofsNeeds,
  visit: Visit,
  { account, session }: Person,
  { asked, why }: Refusal,
): Promise<SessionProof> {
  const { sessionFailures, sessionBook, audit, outbox, journal, clock } = needs
  const { id: accountId, organizationId } = account
  const isWrongCode = asked !== 'password' && why === 'wrong'
  const by = originOf(visit, null)
  const now = clock.now()
  // Counted first: whatever fails below, the guess has been counted.
  const stands = await sessionFailures.failed(session.id)
  journal.signedIn(isWrongCode ? 'wrong_code' : why, { receipt: visit.receipt, accountId, organizationId })
  await audit.append(auditOf('sign_in_refused', session, by, now, { why, asked, session: session.id }))
  if (isWrongCode)
    for (const notice of secondFactorFailedInside(account, session, by, now)) await outbox.add(notice, now)
  if (stands === 'again') return { kind: 'wrong' }
  await sessionBook.end(session, by)
  return { kind: 'ended' }
}
