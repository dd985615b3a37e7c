import type { Clock } from '../lib/clock.ts'
import type { Budget, Rate } from './budget.ts'
import { createSlots } from './slots.ts'

/** One budget for each of many keys. */
export interface Gcra {
  /** Takes `cost` units if they fit, and says how things stand then; a refused try takes nothing. */
  spend(key: string, cost?: number): Budget
  /** Says whether one more would fit, and takes nothing. */
  peek(key: string): Budget
  /** Keys that are held at this moment, idle ones included. */
  readonly size: number
}

/**
 * The generic cell rate algorithm (ITU-T I.371): one number per key, the moment at which its bucket will be full again. Units come
 * back evenly, so that there is no window with an edge at which twice the quota fits. Synchronous: a decision never waits for it.
 *
 * The table is bounded. Keys whose bucket is full again are as good as unknown and make room; when every key is in use, newcomers
 * share one bucket of ten times the rate: an attacker who fills the table neither gets through free nor makes it grow, and does
 * not shut the door on all others at once either.
 */
export function createGcra(options: { clock: Clock; rate: Rate; keysMax: number }): Gcra {
  const { clock, rate } = options
  const slots = createSlots(options.keysMax)
  const own = tariffOf(rate, 1)
  const shared = tariffOf(rate, sharedTimes)
  return {
    spend(key, cost = 1) {
      const now = clock.monotonicMs()
      const slot = slots.take(key, now)
      const tariff = slot === slots.shared ? shared : own
      const before = Math.max(slots.fullAt(slot), now)
      const after = before + cost * tariff.unitMs
      const spent = after - now > tariff.burstMs + roundingMs
      if (!spent) slots.set(slot, after)
      return tell(tariff, { now, fullAt: spent ? before : after, spent, cost })
    },
    peek(key) {
      const now = clock.monotonicMs()
      const slot = slots.find(key)
      const fullAt = slot === null ? now : Math.max(slots.fullAt(slot), now)
      return tell(own, { now, fullAt, spent: fullAt + own.unitMs - now > own.burstMs + roundingMs, cost: 1 })
    },
    get size() {
      return slots.size
    },
  }
}

const sharedTimes = 10
/** Sums of unit times that are no whole milliseconds miss by parts of a nanosecond. */
const roundingMs = 1e-6

interface Tariff {
  /** Time in which one unit comes back. */
  readonly unitMs: number
  /** Time in which an empty bucket fills. */
  readonly burstMs: number
  readonly quota: number
  readonly windowSeconds: number
}

function tariffOf({ quota, windowMs, burst }: Rate, times: number): Tariff {
  const unitMs = windowMs / (quota * times)
  return { unitMs, burstMs: unitMs * burst * times, quota, windowSeconds: Math.max(1, Math.ceil(windowMs / 1000)) }
}

function tell(tariff: Tariff, state: { now: number; fullAt: number; spent: boolean; cost: number }): Budget {
  const usedMs = state.fullAt - state.now
  return {
    spent: state.spent,
    // Rounded up: who waits exactly as long as told must not come too early.
    retryAfterMs: state.spent ? Math.max(1, Math.ceil(usedMs + state.cost * tariff.unitMs - tariff.burstMs)) : 0,
    left: Math.max(0, Math.floor((tariff.burstMs - usedMs + roundingMs) / tariff.unitMs)),
    quota: tariff.quota,
    windowSeconds: tariff.windowSeconds,
  }
}
