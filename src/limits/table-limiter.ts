import { RateLimiterRedis, RateLimiterRes, type RateLimiterStoreAbstract } from 'rate-limiter-flexible'
import type { Clock } from '../lib/clock.ts'
import type { CountedTable, Entry } from './counted-table.ts'
import type { Tries } from './failure-counter.ts'

// The class for stores is typed as exported and is not (11.4.0): it is reached as what every store of the library extends.
const StoreLimiter: typeof RateLimiterStoreAbstract = Object.getPrototypeOf(RateLimiterRedis)

/**
 * rate-limiter-flexible on a table of ours. Its own memory store has no bound, a timer for each key, and the wall clock; the three
 * methods with an underscore are those that the library asks every store to implement.
 */
export class TableLimiter extends StoreLimiter {
  readonly #table: CountedTable
  readonly #clock: Clock

  constructor(options: { name: string; tries: Tries; table: CountedTable; clock: Clock }) {
    const { name, tries, table, clock } = options
    // The library writes "never ends" as 0 seconds.
    const duration = Number.isFinite(tries.windowMs) ? tries.windowMs / 1000 : 0
    super({ keyPrefix: name, points: tries.triesMax, duration, storeClient: table })
    this.#table = table
    this.#clock = clock
  }

  async _upsert(key: string, points: number, windowMs: number, anew: boolean): Promise<Entry> {
    const forMs = windowMs > 0 ? windowMs : Number.POSITIVE_INFINITY
    const entry = anew ? this.#table.put(key, points, forMs) : this.#table.add(key, points, forMs)
    // A copy: the result must not change when the next try is counted.
    return { ...entry }
  }

  async _get(key: string): Promise<Entry | null> {
    const entry = this.#table.get(key)
    return entry === null ? null : { ...entry }
  }

  async _delete(key: string): Promise<boolean> {
    return this.#table.delete(key)
  }

  _getRateLimiterRes(_key: string, _points: number, { count, endsAt }: Entry): RateLimiterRes {
    const left = Math.max(0, this.points - count)
    return new RateLimiterRes(left, Math.max(0, endsAt - this.#clock.monotonicMs()), count)
  }
}
