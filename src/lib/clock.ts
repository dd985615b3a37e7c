/** Where time comes from. Nobody else in the house reads a clock or arms a timer, so that tests own both. */
export interface Clock {
  /** Wall clock, milliseconds since 1970 (for anything that is stored or told to others). */
  now(): number
  /** Monotonic, milliseconds from an unknown start (for durations: a jump of the wall clock must not lengthen them). */
  monotonicMs(): number
  /** Calls back once; never keeps the process alive. */
  after(delayMs: number, callback: () => void): Cancel
  /** Calls back again and again until cancelled; never keeps the process alive. */
  every(periodMs: number, callback: () => void): Cancel
}

/** Calling it a second time does nothing. */
export type Cancel = () => void

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
  every(periodMs, callback) {
    const timer = setInterval(callback, periodMs)
    timer.unref()
    return () => clearInterval(timer)
  },
}

/**
 * Answers leave on a beat: `await` what this gives once the work is done, and the time from here to there is a whole number of beats.
 * Whether a name is known shows in a millisecond of a look-up or of a row that is written; a beat longer than the work hides it (B9).
 * In real time whatever the clock of the house says: it is about what somebody outside can measure.
 */
export function startBeat(beatMs: number): () => Promise<void> {
  const startedMs = performance.now()
  return () => {
    const spentMs = performance.now() - startedMs
    return new Promise(resolve => setTimeout(resolve, Math.ceil(Math.ceil(spentMs / beatMs) * beatMs - spentMs)))
  }
}

/** For commands that look again and again. Keeps the process alive, unlike the timers of the clock. */
export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** Lets everybody else have a turn: between the stretches of long work, because people's requests wait on this thread meanwhile. */
export function breathe(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
