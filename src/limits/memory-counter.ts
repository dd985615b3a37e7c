import type { RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '../lib/clock.ts'
import { hashToken } from '../lib/secret.ts'
import { createCountedTable, type Entry } from './counted-table.ts'
import type { Count, CreateCounter, FailureCounter } from './failure-counter.ts'
import { TableLimiter } from './table-limiter.ts'

/** Counters of one process, counted by rate-limiter-flexible in a bounded table of ours. */
export function createMemoryCounters(options: { clock: Clock; keysMax: number }): CreateCounter {
  const { clock, keysMax } = options
  return (name, tries) => {
    const table = createCountedTable({ clock, keysMax, fullAt: tries.triesMax })
    const limiter = new TableLimiter({ name, tries, table, clock })
    // The library writes its prefix before each key.
    const full = () => table.full().map(([key, entry]) => [key.slice(name.length + 1), entry] as const)
    return counterOf(limiter, clock, full)
  }
}

type Full = () => readonly (readonly [string, Entry])[]

function counterOf(limiter: TableLimiter, clock: Clock, full: Full): FailureCounter {
  const countOf = ({ consumedPoints, msBeforeNext }: RateLimiterRes): Count => ({
    count: consumedPoints,
    untilMs: clock.now() + msBeforeNext,
  })
  return {
    async take(key) {
      try {
        return { kind: 'counted', ...countOf(await limiter.consume(boundedKey(key))) }
      } catch (refusal) {
        // The library rejects with its result when the limit is hit, and with an Error when counting itself failed.
        if (refusal instanceof Error) throw refusal
        const counted = await limiter.reward(boundedKey(key))
        return { kind: 'full', ...countOf(counted) }
      }
    },
    async giveBack(key) {
      await limiter.reward(boundedKey(key))
    },
    forget: key => limiter.delete(boundedKey(key)),
    async read(key) {
      const counted = await limiter.get(boundedKey(key))
      return counted === null ? null : countOf(counted)
    },
    async listFull(countMax) {
      const elapsed = clock.now() - clock.monotonicMs()
      const found = full().map(([key, { count, endsAt }]) => ({ key, count, untilMs: elapsed + endsAt }))
      return found.toSorted((a, b) => b.untilMs - a.untilMs).slice(0, countMax)
    },
  }
}

/** Names come from the outside: a long one must not take more room than a short one. */
function boundedKey(key: string): string {
  return key.length <= 96 ? key : hashToken(key)
}
