import { type Block, blocksOf } from './blocks.ts'
import type { Count, CreateCounter } from './failure-counter.ts'
import {
  type BudgetName,
  createSignInCounters,
  type SignInCounters,
  type SignInTries,
  type SignInTry,
} from './sign-in-counters.ts'
import { forgiveTry, giveBackTry, pairKey, placesOf, type SignInAnswer, spendTry } from './sign-in-spending.ts'

export type { SignInTries, SignInTry } from './sign-in-counters.ts'

// Regulation of failed sign-ins. Each try is spent before anything is verified, from every budget that applies to
// it, and given back when it turns out right; so guesses made side by side cannot overshoot, and one whose outcome never comes
// counts as wrong. Names are counted whether they exist or not. Start at `ask`.

/** To whoever tries, closed reads as a wrong password. */
export type RegulationAnswer = { readonly kind: 'open' } | { readonly kind: 'closed'; readonly untilMs: number }

export interface Regulation {
  /** Spends a try. `untilMs`: milliseconds since 1970, Infinity when only a success or an operator opens it again. */
  ask(attempt: SignInTry): Promise<SignInAnswer>
  /** The try was wrong: what was spent stays spent. */
  failed(attempt: SignInTry): Promise<void>
  /** The try was right: the account's failures are forgotten, and the address is no longer held against it. */
  succeeded(attempt: SignInTry): Promise<void>
  /** Nothing was verified (overload, an outage): the try is given back. */
  withdrawn(attempt: SignInTry): Promise<void>
  /** Everything that is counted about a name or an address, for operators. */
  explain(subject: Subject): Promise<readonly CountedBudget[]>
  /** Every budget that is used up, for operators. */
  blocks(countMax: number): Promise<readonly Block[]>
  /** An operator lifts what stands against a name, an address, or (given both) also the two together. */
  release(subject: Subject): Promise<void>
}

export interface CountedBudget extends Count {
  readonly budget: BudgetName
  readonly triesMax: number
}

export function createRegulation(options: { createCounter: CreateCounter; tries: SignInTries }): Regulation {
  const counters = createSignInCounters(options)
  return {
    ask: attempt => spendTry(counters, attempt),
    // Spent is spent. The call is here so that every try visibly ends in one of three ways.
    failed: async () => {},
    succeeded: attempt => forgiveTry(counters, attempt),
    withdrawn: attempt => giveBackTry(counters, attempt),
    explain: subject => explain(counters, subject),
    blocks: countMax => listBlocks(counters, countMax),
    release: subject => release(counters, subject),
  }
}

interface Subject {
  readonly name?: string
  readonly address?: string
}

function keysAbout({ name, address }: Subject): readonly { budget: BudgetName; key: string }[] {
  const keys: { budget: BudgetName; key: string }[] = []
  if (name !== undefined) for (const budget of budgetsOfName) keys.push({ budget, key: name })
  if (address !== undefined) for (const place of placesOf(elsewhere(address))) keys.push(place)
  if (name !== undefined && address !== undefined) keys.push({ budget: 'pair', key: pairKey({ name, address }) })
  return keys
}

function elsewhere(address: string): SignInTry {
  return { address, name: '', deviceLane: 'unknown' }
}

const budgetsOfName = ['consecutive', 'consecutive-known-device', 'account', 'account-known-device'] as const

async function explain({ of, tries }: SignInCounters, subject: Subject): Promise<readonly CountedBudget[]> {
  const found: CountedBudget[] = []
  for (const { budget, key } of keysAbout(subject)) {
    const stand = await of[budget].read(key)
    if (stand !== null) found.push({ budget, triesMax: tries[budget].triesMax, ...stand })
  }
  return found
}

async function listBlocks({ of, tries }: SignInCounters, countMax: number): Promise<readonly Block[]> {
  const found: Block[] = []
  for (const budget of budgetNames) found.push(...(await blocksOf(budget, of[budget], tries[budget], countMax)))
  return found.slice(0, countMax)
}

const budgetNames = [
  'consecutive',
  'account',
  'consecutive-known-device',
  'account-known-device',
  'pair',
  'address',
  'prefix',
] as const

async function release({ of }: SignInCounters, subject: Subject): Promise<void> {
  for (const { budget, key } of keysAbout(subject)) await of[budget].forget(key)
  const { name, address } = subject
  // Whoever opens an account means all its addresses, and the other way round.
  for (const { key } of await of.pair.listFull(Number.MAX_SAFE_INTEGER)) {
    const space = key.indexOf(' ')
    const isOther = name === undefined ? key.slice(0, space) === address : key.slice(space + 1) === name
    if (isOther && (name === undefined || address === undefined)) await of.pair.forget(key)
  }
}
