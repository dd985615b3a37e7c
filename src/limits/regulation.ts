import { type Count, type CreateCounter, type FailureCounter, type Tries, triesInARow } from './failure-counter.ts'

// Regulation of failed sign-ins (behaviour.md 5). Each try is spent before anything is verified, from every budget that applies to
// it, and given back when it turns out right; so guesses made side by side cannot overshoot, and one whose outcome never comes
// counts as wrong. Names are counted whether they exist or not. Start at `ask`.

/** One try to sign in. */
export interface SignInTry {
  /** The key of the client's address (lib/address.ts `budgetKey`). */
  readonly address: string
  /** The canonical name, whether anybody has it or not. */
  readonly name: string
  /** Whether this browser has signed in to this account before: its owner keeps a way in that no attacker can use up. */
  readonly deviceLane: 'known-device' | 'unknown'
}

/** Which budget closed it is for operators alone (`explain`); to whoever tries, closed reads as a wrong password. */
export type RegulationAnswer = { readonly kind: 'open' } | { readonly kind: 'closed'; readonly untilMs: number }

export interface Regulation {
  /** Spends a try. `untilMs`: milliseconds since 1970, Infinity when only a success or an operator opens it again. */
  ask(attempt: SignInTry): Promise<RegulationAnswer>
  /** The try was wrong: what was spent stays spent. */
  failed(attempt: SignInTry): Promise<void>
  /** The try was right: the account's failures are forgotten, and the address is no longer held against it. */
  succeeded(attempt: SignInTry): Promise<void>
  /** Nothing was verified (overload, an outage): the try is given back. */
  withdrawn(attempt: SignInTry): Promise<void>
  /** Everything that is counted about a name or an address, for operators. */
  explain(subject: Subject): Promise<readonly CountedBudget[]>
  /** An operator lifts what stands against a name, an address, or (given both) also the two together. */
  release(subject: Subject): Promise<void>
}

export interface CountedBudget extends Count {
  readonly budget: BudgetName
  readonly triesMax: number
}

/** The numbers of regulation. */
export interface SignInTries {
  /** Distinct accounts failed from one address: an office where many mistype their own password once is not an attacker. */
  readonly address: Tries
  readonly account: Tries
  readonly accountKnownDevice: Tries
  /** One account from one address. */
  readonly pair: Tries
  /** Failures in a row without a success in between (NIST SP 800-63B-4 §3.2.2: at most 100). */
  readonly consecutiveFailuresMax: number
}

type BudgetName = 'address' | 'account' | 'account-known-device' | 'pair' | 'consecutive' | 'consecutive-known-device'

export function createRegulation(options: { createCounter: CreateCounter; tries: SignInTries }): Regulation {
  const counters = createCounters(options)
  return {
    ask: attempt => askAll(counters, attempt),
    // Spent is spent. The call is here so that every try visibly ends in one of three ways.
    failed: async () => {},
    succeeded: attempt => forgive(counters, attempt),
    withdrawn: attempt => giveAllBack(counters, attempt),
    explain: subject => explain(counters, subject),
    release: subject => release(counters, subject),
  }
}

interface Counters {
  readonly of: Readonly<Record<BudgetName, FailureCounter>>
  readonly triesMax: Readonly<Record<BudgetName, number>>
  /** Not a budget but a mark: which accounts an address has been charged for. It lives as long as the charge. */
  readonly charged: FailureCounter
}

function createCounters({ createCounter, tries }: { createCounter: CreateCounter; tries: SignInTries }): Counters {
  const { address, account, accountKnownDevice, pair, consecutiveFailuresMax } = tries
  const consecutive = triesInARow(consecutiveFailuresMax)
  return {
    of: {
      consecutive: createCounter('consecutive', consecutive),
      'consecutive-known-device': createCounter('consecutive-known-device', consecutive),
      account: createCounter('account', account),
      'account-known-device': createCounter('account-known-device', accountKnownDevice),
      pair: createCounter('pair', pair),
      address: createCounter('address', address),
    },
    triesMax: {
      consecutive: consecutive.triesMax,
      'consecutive-known-device': consecutive.triesMax,
      account: account.triesMax,
      'account-known-device': accountKnownDevice.triesMax,
      pair: pair.triesMax,
      address: address.triesMax,
    },
    charged: createCounter('charged', { triesMax: Number.MAX_SAFE_INTEGER, windowMs: address.windowMs }),
  }
}

/** The budgets that one try is spent from, beside that of its address. */
function spendsOf(attempt: SignInTry): readonly { budget: BudgetName; key: string }[] {
  const { name } = attempt
  if (attempt.deviceLane === 'known-device')
    return [
      { budget: 'consecutive-known-device', key: name },
      { budget: 'account-known-device', key: name },
    ]
  return [
    { budget: 'consecutive', key: name },
    { budget: 'account', key: name },
    { budget: 'pair', key: pairKey(attempt) },
  ]
}

async function askAll(counters: Counters, attempt: SignInTry): Promise<RegulationAnswer> {
  const spent: { budget: BudgetName; key: string }[] = []
  const close = async (untilMs: number): Promise<RegulationAnswer> => {
    for (const { budget, key } of spent) await counters.of[budget].giveBack(key)
    return { kind: 'closed', untilMs }
  }
  for (const spend of spendsOf(attempt)) {
    const taken = await counters.of[spend.budget].take(spend.key)
    if (taken.kind === 'full') return close(taken.untilMs)
    spent.push(spend)
  }
  const charge = attempt.deviceLane === 'unknown' ? await chargeAddress(counters, attempt) : null
  return charge === null ? { kind: 'open' } : close(charge.untilMs)
}

/** Charges an address once for each account; answers with its count when it is full. */
async function chargeAddress({ of, charged, triesMax }: Counters, attempt: SignInTry): Promise<Count | null> {
  const mark = await charged.take(pairKey(attempt))
  if (mark.count > 1) {
    const stand = await of.address.read(attempt.address)
    const isFull = stand !== null && stand.count >= triesMax.address
    if (isFull) await charged.giveBack(pairKey(attempt))
    return isFull ? stand : null
  }
  const taken = await of.address.take(attempt.address)
  if (taken.kind === 'counted') return null
  await charged.giveBack(pairKey(attempt))
  return taken
}

async function forgive({ of, charged }: Counters, attempt: SignInTry): Promise<void> {
  const { name, address } = attempt
  await of.consecutive.forget(name)
  await of['consecutive-known-device'].forget(name)
  if (attempt.deviceLane === 'known-device') {
    // The owner's daily sign-in must not wash out the hourly count of one who guesses elsewhere.
    await of['account-known-device'].forget(name)
    return
  }
  await of.account.forget(name)
  await of.pair.forget(pairKey(attempt))
  if (await charged.forget(pairKey(attempt))) await of.address.giveBack(address)
}

async function giveAllBack({ of, charged }: Counters, attempt: SignInTry): Promise<void> {
  for (const { budget, key } of spendsOf(attempt)) await of[budget].giveBack(key)
  if (attempt.deviceLane === 'known-device') return
  const mark = await charged.read(pairKey(attempt))
  if (mark?.count !== 1) await charged.giveBack(pairKey(attempt))
  else if (await charged.forget(pairKey(attempt))) await of.address.giveBack(attempt.address)
}

interface Subject {
  readonly name?: string
  readonly address?: string
}

function keysAbout({ name, address }: Subject): readonly { budget: BudgetName; key: string }[] {
  const keys: { budget: BudgetName; key: string }[] = []
  if (name !== undefined) for (const budget of budgetsOfName) keys.push({ budget, key: name })
  if (address !== undefined) keys.push({ budget: 'address', key: address })
  if (name !== undefined && address !== undefined) keys.push({ budget: 'pair', key: pairKey({ name, address }) })
  return keys
}

const budgetsOfName = ['consecutive', 'consecutive-known-device', 'account', 'account-known-device'] as const

async function explain({ of, triesMax }: Counters, subject: Subject): Promise<readonly CountedBudget[]> {
  const found: CountedBudget[] = []
  for (const { budget, key } of keysAbout(subject)) {
    const stand = await of[budget].read(key)
    if (stand !== null) found.push({ budget, triesMax: triesMax[budget], ...stand })
  }
  return found
}

async function release({ of }: Counters, subject: Subject): Promise<void> {
  for (const { budget, key } of keysAbout(subject)) await of[budget].forget(key)
}

/** Addresses hold no space, so that no two pairs are written alike. */
function pairKey({ address, name }: { address: string; name: string }): string {
  return `${address} ${name}`
}
