import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'

/**
 * How long ago the store last answered. What memory holds is believed for 30 seconds after that (docs/operations.md), and while
 * the store is away, asking it costs nobody more than a quarter of a second.
 */
export interface StoreContact {
  /** A failure or a long silence is Fault `unavailable`. */
  ask<Value>(read: () => Promise<Value>): Promise<Value>
  isRecent(): boolean
}

/** How long memory is believed without the store. */
export const trustMs = 30_000

export function createStoreContact(clock: Clock): StoreContact {
  let answeredAt = Number.NEGATIVE_INFINITY
  let failedAt: number | null = null
  const answered = (): void => {
    answeredAt = clock.monotonicMs()
    failedAt = null
  }
  const failed = (cause: unknown): Fault => {
    failedAt = clock.monotonicMs()
    return new Fault('unavailable', { cause, retryAfterSeconds: 2 })
  }
  return {
    isRecent: () => clock.monotonicMs() - answeredAt < trustMs,
    async ask(read) {
      const now = clock.monotonicMs()
      // Everyone asking a dead store would pile up behind it: one tries every half second, so recovery is seen within that time.
      if (failedAt !== null && now - failedAt < pauseMs) throw new Fault('unavailable', { retryAfterSeconds: 2 })
      const patienceMs = failedAt === null ? patienceMaxMs : impatienceMs
      try {
        const value = await inTime(read(), patienceMs, clock)
        answered()
        return value
      } catch (cause) {
        throw failed(cause)
      }
    },
  }
}

const pauseMs = 500
/** A store that has just answered may be held up by one slow fsync; one that has failed gets less, so that a 503 takes under 300 ms. */
const patienceMaxMs = 2000
const impatienceMs = 250

async function inTime<Value>(answer: Promise<Value>, patienceMs: number, clock: Clock): Promise<Value> {
  const { promise: silence, reject } = Promise.withResolvers<never>()
  const cancel = clock.after(patienceMs, () => reject(new Error(`the store was silent for ${patienceMs} ms`)))
  try {
    return await Promise.race([answer, silence])
  } finally {
    cancel()
  }
}
