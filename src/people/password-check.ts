import type { Clock } from '../lib/clock.ts'
import type { Proof } from '../policy/facts.ts'
import type { Account, Accounts } from './account.ts'
import type { Directory } from './directory.ts'
import { parseEmail } from './email.ts'
import { hasLocalWays } from './local-ways.ts'
import type { Passwords } from './passwords.ts'

export type PasswordCheck =
  | { readonly kind: 'wrong'; readonly account: Account | null }
  | { readonly kind: 'proved'; readonly account: Account; readonly proof: Proof }

export interface PasswordCheckNeeds {
  readonly accounts: Accounts
  readonly directory: Directory
  readonly passwords: Passwords
  readonly clock: Clock
}

/** Looks the name up, always computes one hash, and only then lets anything but the hash speak. */
export async function checkPassword(
  { accounts, directory, passwords, clock }: PasswordCheckNeeds,
  email: unknown,
  password: string,
): Promise<PasswordCheck> {
  const parsed = parseEmail(email)
  const account = parsed === null ? null : await accounts.findByEmail(parsed.key)
  // Side by side, so that the time of the second look-up disappears in that of the hash.
  const [matches, permitted] = await Promise.all([
    passwords.verify(account?.password?.hash ?? null, password),
    account !== null && mayUsePassword(account, directory),
  ])
  if (account === null || !matches || !permitted) return { kind: 'wrong', account }
  return { kind: 'proved', account, proof: { kind: 'password', at: clock.now() } }
}

/** After a forced reset the old password opens nothing any more, not even the page that says so. Suspension is said by the gates, after all proofs. */
async function mayUsePassword(account: Account, directory: Directory): Promise<boolean> {
  const local = await hasLocalWays(account, directory)
  return local && account.reset === null && (account.state === 'open' || account.state === 'suspended')
}
