import type { FailureCounter } from './failure-counter.ts'
import { prefixOf } from './prefix.ts'
import type { BudgetName, SignInCounters, SignInTry } from './sign-in-counters.ts'

/** `used`: the share of the budget that is nearest to its end, this try included. Which budget closed it is for operators alone. */
export type SignInAnswer =
  | { readonly kind: 'open'; readonly used: number }
  | { readonly kind: 'closed'; readonly untilMs: number; readonly budget: BudgetName }

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

export async function spendTry(counters: SignInCounters, attempt: SignInTry): Promise<SignInAnswer> {
  const spent: Undo[] = []
  let used = 0
  const spend = async (budget: BudgetName, taking: Promise<Spent>): Promise<SignInAnswer | null> => {
    const taken = await taking
    if (taken.kind === 'counted') {
      spent.push(taken.undo)
      used = Math.max(used, taken.count / counters.tries[budget].triesMax)
      return null
    }
    for (const undo of spent) await undo()
    return { kind: 'closed', untilMs: taken.untilMs, budget }
  }
  for (const { budget, key } of spendsOf(attempt)) {
    const closed = await spend(budget, take(counters.of[budget], key))
    if (closed !== null) return closed
  }
  for (const place of placesOf(attempt)) {
    const closed = await spend(place.budget, charge(counters, place, attempt.name))
    if (closed !== null) return closed
  }
  return { kind: 'open', used }
}

type Undo = () => Promise<void>
type Spent = { kind: 'counted'; count: number; undo: Undo } | { kind: 'full'; untilMs: number }

async function take(counter: FailureCounter, key: string): Promise<Spent> {
  const taken = await counter.take(key)
  return taken.kind === 'full' ? taken : { kind: 'counted', count: taken.count, undo: () => counter.giveBack(key) }
}

interface Place {
  readonly budget: 'address' | 'prefix'
  readonly key: string
}

/** Where a try comes from. Behind a /24 of IPv4 stand strangers to each other; a /48 of IPv6 has one holder. */
export function placesOf({ address, deviceLane }: SignInTry): readonly Place[] {
  if (deviceLane === 'known-device') return []
  const own = { budget: 'address', key: address } as const
  return address.includes(':') ? [own, { budget: 'prefix', key: prefixOf(address) }] : [own]
}

/** Charges a place once for each account; full when it is. */
async function charge({ of, charged, tries }: SignInCounters, { budget, key }: Place, name: string): Promise<Spent> {
  const marked = markOf(key, name)
  const mark = await charged.take(marked)
  const undoMark = () => charged.giveBack(marked)
  if (mark.count > 1) {
    const stand = await of[budget].read(key)
    if (stand === null || stand.count < tries[budget].triesMax)
      return { kind: 'counted', count: stand?.count ?? 0, undo: undoMark }
    await undoMark()
    return { kind: 'full', untilMs: stand.untilMs }
  }
  const taken = await take(of[budget], key)
  if (taken.kind === 'full') {
    await undoMark()
    return taken
  }
  const undo = async () => {
    await undoMark()
    await taken.undo()
  }
  return { ...taken, undo }
}

export async function forgiveTry(counters: SignInCounters, attempt: SignInTry): Promise<void> {
  const { of, charged } = counters
  const { name } = attempt
  await of.consecutive.forget(name)
  await of['consecutive-known-device'].forget(name)
  if (attempt.deviceLane === 'known-device') {
    // The owner's daily sign-in must not wash out the hourly count of one who guesses elsewhere.
    await of['account-known-device'].forget(name)
    return
  }
  await of.account.forget(name)
  await of.pair.forget(pairKey(attempt))
  for (const { budget, key } of placesOf(attempt))
    if (await charged.forget(markOf(key, name))) await of[budget].giveBack(key)
}

export async function giveBackTry({ of, charged }: SignInCounters, attempt: SignInTry): Promise<void> {
  for (const { budget, key } of spendsOf(attempt)) await of[budget].giveBack(key)
  for (const { budget, key } of placesOf(attempt)) {
    const marked = markOf(key, attempt.name)
    const mark = await charged.read(marked)
    if (mark?.count !== 1) await charged.giveBack(marked)
    else if (await charged.forget(marked)) await of[budget].giveBack(key)
  }
}

export function pairKey({ address, name }: { address: string; name: string }): string {
  return markOf(address, name)
}

/** Addresses and prefixes hold no space, so that no two pairs are written alike. */
function markOf(place: string, name: string): string {
  return `${place} ${name}`
}
