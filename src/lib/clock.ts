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

/** Lets everybody else have a turn: between the stretches of long work, because people's requests wait on this thread meanwhile. */
export function breathe(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
