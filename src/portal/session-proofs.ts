import type { Fields } from '../http/forms.ts'
import type { CodeBudgets } from '../limits/code-budgets.ts'
import type { SecondFactors } from '../people/second-factors.ts'
import type { SignIn } from '../people/sign-in.ts'
import type { Proof } from '../policy/facts.ts'
import { readCode } from './code-field.ts'
import type { Person } from './door.ts'
import type { PasswordGuard } from './password-guard.ts'
import type { Visit } from './visit.ts'

/** A fresh proof from somebody who is signed in: a code where the account has a factor, else the password. */
export interface SessionProofs {
  kindFor(person: Person): 'totp' | 'password'
  /** Null: wrong, or not tried because a budget is closed; which of the two is not told. */
  check(visit: Visit, person: Person, form: Fields): Promise<Proof | null>
}

export interface SessionProofsNeeds {
  readonly secondFactors: Pick<SecondFactors, 'verifyTotp'>
  readonly signIn: Pick<SignIn, 'checkPassword'>
  readonly passwords: PasswordGuard
  readonly budgets: CodeBudgets
}

export function createSessionProofs(needs: SessionProofsNeeds): SessionProofs {
  const kindFor: SessionProofs['kindFor'] = ({ account }) =>
    account.factors.some(factor => factor.kind === 'totp' && factor.setAsideAt === null) ? 'totp' : 'password'
  return {
    kindFor,
    // The account says which proof is asked for, not the form: whoever stole a cookie and a password must not choose the weaker one.
    check: (visit, person, form) =>
      kindFor(person) === 'totp' ? checkCode(needs, person, form) : checkPassword(needs, visit, person, form),
  }
}

async function checkCode(
  { budgets, secondFactors }: SessionProofsNeeds,
  { account, session }: Person,
  form: Fields,
): Promise<Proof | null> {
  const code = readCode(form)
  if (code === null) return null
  const attempt = { attemptId: session.id, accountId: account.id, deviceLane: 'known-device' } as const
  const { kind } = await budgets.ask(attempt)
  if (kind === 'closed') return null
  const check = await secondFactors.verifyTotp(account, code)
  if (check.kind === 'wrong') return null
  await budgets.succeeded(attempt)
  return check.proof
}

async function checkPassword(
  { passwords, signIn }: SessionProofsNeeds,
  visit: Visit,
  { account }: Person,
  form: Fields,
): Promise<Proof | null> {
  const password = form.get('password') ?? ''
  if (password === '') return null
  const checked = await passwords.guard(visit, account, {
    verify: () => signIn.checkPassword(account.email, password),
    wasWrong: ({ kind }) => kind === 'wrong',
  })
  return checked.kind === 'proved' && checked.account.id === account.id ? checked.proof : null
}
