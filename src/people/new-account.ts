import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { AccountId } from '../policy/facts.ts'
import type { Account } from './account.ts'
import type { Email } from './email.ts'

export interface AccountBeginning extends Pick<Account, 'name' | 'language' | 'organizationId' | 'roles' | 'state'> {
  readonly email: Email
}

/** An account with nothing to its name yet: no password, no factor, no sign-in. */
export function newAccount(
  { random, clock }: { readonly random: Random; readonly clock: Clock },
  { email, ...beginning }: AccountBeginning,
): Account {
  return {
    id: random.token(16) as AccountId, // because only here an id becomes one
    email: email.email,
    emailKey: email.key,
    formerEmail: null,
    ...beginning,
    password: null,
    reset: null,
    held: null,
    passwordLeak: null,
    factors: [],
    exemption: null,
    createdAt: clock.now(),
    lastSignInAt: null,
  }
}
