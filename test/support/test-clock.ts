import type { Cancel, Clock } from '../../src/lib/clock.ts'

/** A clock that stands still until a test moves it; timers fire in order while it moves. */
export interface TestClock extends Clock {
  advance(ms: number): void
}

export function createTestClock(startMs = 1_800_000_000_000): TestClock {
  let now = startMs
  let timers: { at: number; periodMs: number | null; callback: () => void }[] = []
  const arm = (delayMs: number, periodMs: number | null, callback: () => void): Cancel => {
    const timer = { at: now + delayMs, periodMs, callback }
    timers.push(timer)
    return () => {
      timers = timers.filter(other => other !== timer)
    }
  }
  return {
    now: () => now,
    monotonicMs: () => now - startMs,
    after: (delayMs, callback) => arm(delayMs, null, callback),
    every: (periodMs, callback) => arm(periodMs, periodMs, callback),
    advance(ms) {
      const end = now + ms
      for (;;) {
        const next = timers.filter(timer => timer.at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        now = Math.max(now, next.at)
        if (next.periodMs === null) timers = timers.filter(timer => timer !== next)
        else next.at += next.periodMs
        next.callback()
      }
      now = end
    },
  }
}
