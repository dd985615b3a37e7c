import type { Clock } from '../lib/clock.ts'
import type { Proof } from '../policy/facts.ts'
import type { Account, Accounts } from './account.ts'
import type { Directory } from './directory.ts'
import { parseEmail } from './email.ts'
import type { Leak } from './leaked-passwords.ts'
import type { LeakedSignIns } from './leaked-sign-ins.ts'
import { hasLocalWays } from './local-ways.ts'
import type { Passwords } from './passwords.ts'
import type { Turn } from './turns.ts'

/** `leak`: what the list of leaked passwords says about what was typed, whoever typed it and for whatever name. */
export type PasswordCheck =
  | { readonly kind: 'wrong'; readonly account: Account | null; readonly leak: Leak }
  | { readonly kind: 'proved'; readonly account: Account; readonly proof: Proof; readonly leak: Leak }

export interface CheckManner {
  readonly turn?: Turn | undefined
  /** The next page will not say whether the password was right: neither may the time that is taken. */
  readonly quietly?: boolean
}

export interface PasswordCheckNeeds {
  readonly accounts: Accounts
  readonly directory: Directory
  readonly passwords: Passwords
  readonly leaks: LeakedSignIns
  readonly clock: Clock
}

/** Looks the name up, always computes one hash and looks the password up among the leaked ones, and only then lets anything but the hash speak. */
export async function checkPassword(
  needs: PasswordCheckNeeds,
  email: unknown,
  password: string,
  { turn, quietly = false }: CheckManner = {},
): Promise<PasswordCheck> {
  const { accounts, directory, passwords, leaks, clock } = needs
  const parsed = parseEmail(email)
  const account = parsed === null ? null : await accounts.findByEmail(parsed.key)
  // Side by side, so that the time of the look-ups disappears in that of the hash. The list is asked about the password alone, and for
  // every name: neither its answer nor its time knows of an account.
  const [matches, permitted, leak] = await Promise.all([
    passwords.verify(account?.password?.hash ?? null, password, turn),
    account !== null && mayUsePassword(account, directory),
    leaks.look(password),
  ])
  if (account === null || !matches || !permitted || leaks.refuses(account, leak))
    return { kind: 'wrong', account, leak }
  if (quietly) return { kind: 'proved', account, proof: { kind: 'password', at: clock.now() }, leak }
  // From here on the password is known to be right, and the next page will say so: what is done may take its time.
  const present = await withFreshHash(needs, account, { password, turn })
  if (present === null) return { kind: 'wrong', account, leak }
  const noted = await leaks.note(present, leak)
  return { kind: 'proved', account: noted, proof: { kind: 'password', at: clock.now() }, leak }
}

/** After a forced reset the old password opens nothing any more, not even the page that says so. Suspension is said by the gates, after all proofs. */
async function mayUsePassword(account: Account, directory: Directory): Promise<boolean> {
  const local = await hasLocalWays(account, directory)
  return local && account.reset === null && (account.state === 'open' || account.state === 'suspended')
}

interface Typed {
  readonly password: string
  readonly turn: Turn | undefined
}

/** A hash under an older key or at an older cost is made anew while the password is at hand. Null: the password was changed meanwhile. */
async function withFreshHash(
  { accounts, passwords, clock }: PasswordCheckNeeds,
  account: Account,
  { password, turn }: Typed,
): Promise<Account | null> {
  if (account.password === null || !passwords.isOutdated(account.password.hash)) return account
  const { hash: formerHash, changedAt } = account.password
  const hash = await passwords.hash(password, turn)
  const made = await accounts.rehash({ id: account.id, formerHash, hash, at: clock.now() })
  if (made) return { ...account, password: { hash, changedAt } }
  // Somebody was faster: a sign-in in another tab, or a new password.
  const now = await accounts.find(account.id)
  const stillMatches = now?.password != null && (await passwords.verify(now.password.hash, password, turn))
  return stillMatches ? now : null
}
