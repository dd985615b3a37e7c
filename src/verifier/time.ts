/** What the verifier asks of time. The house's own clock fits it, and so does the clock of a test. */
export interface Time {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds from an unknown start, never backwards: for the age of keys. */
  monotonicMs(): number
  /** Calls back once, unless the returned function is called before. */
  after(delayMs: number, callback: () => void): () => void
}

export const systemTime: Time = {
  // oxlint-disable-next-line no-restricted-globals -- because this folder goes into foreign applications, where lib/clock.ts is not
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
