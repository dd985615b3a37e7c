import { type CreateCounter, type FailureCounter, type Tries, triesInARow } from './failure-counter.ts'

/** One try to sign in. */
export interface SignInTry {
  /** The key of the client's address (lib/address.ts `budgetKey`). */
  readonly address: string
  /** The canonical name, whether anybody has it or not. */
  readonly name: string
  /** Whether this browser has signed in to this account before: its owner keeps a way in that no attacker can use up. */
  readonly deviceLane: 'known-device' | 'unknown'
}

/** The numbers of regulation. */
export interface SignInTries {
  /** Distinct accounts failed from one address: an office where many mistype their own password once is not an attacker. */
  readonly address: Tries
  /** Distinct accounts failed from one /48 of IPv6: whoever holds it has 65,536 addresses to walk through. */
  readonly prefix: Tries
  readonly account: Tries
  readonly accountKnownDevice: Tries
  /** One account from one address. */
  readonly pair: Tries
  /** Failures in a row without a success in between (NIST SP 800-63B-4 §3.2.2: at most 100). */
  readonly consecutiveFailuresMax: number
}

export type BudgetName =
  | 'address'
  | 'prefix'
  | 'account'
  | 'account-known-device'
  | 'pair'
  | 'consecutive'
  | 'consecutive-known-device'

/** The counters of regulation, by the names of their budgets. */
export interface SignInCounters {
  readonly of: Readonly<Record<BudgetName, FailureCounter>>
  readonly tries: Readonly<Record<BudgetName, Tries>>
  /** Not a budget but a mark: which accounts an address or a prefix has been charged for. It lives as long as the charge. */
  readonly charged: FailureCounter
}

export function createSignInCounters({
  createCounter,
  tries: given,
}: {
  createCounter: CreateCounter
  tries: SignInTries
}): SignInCounters {
  const { address, prefix, account, accountKnownDevice, pair, consecutiveFailuresMax } = given
  const consecutive = triesInARow(consecutiveFailuresMax)
  const tries = {
    consecutive,
    'consecutive-known-device': consecutive,
    account,
    'account-known-device': accountKnownDevice,
    pair,
    address,
    prefix,
  }
  const make = (budget: BudgetName) => createCounter(budget, tries[budget])
  return {
    of: {
      consecutive: make('consecutive'),
      'consecutive-known-device': make('consecutive-known-device'),
      account: make('account'),
      'account-known-device': make('account-known-device'),
      pair: make('pair'),
      address: make('address'),
      prefix: make('prefix'),
    },
    tries,
    charged: createCounter('charged', {
      triesMax: Number.MAX_SAFE_INTEGER,
      windowMs: Math.max(address.windowMs, prefix.windowMs),
    }),
  }
}
