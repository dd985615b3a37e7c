import type { Cancel, Clock } from '../lib/clock.ts'

/** Lines that leave together: a write for each costs more than making it. */
export interface GatheredLines {
  /** It leaves a moment later. */
  add(line: string): void
  /** What waits leaves now. */
  flush(): void
}

/** Nobody reads a log faster; what a kill loses is at most this. */
const gatherMs = 10
/** Characters; with more nothing waits for the moment to come. */
const gatheredMax = 64 * 1024

/** `leave` is handed whole lines, and how many. */
export function gatherLines(after: Clock['after'], leave: (lines: string, count: number) => void): GatheredLines {
  let waiting = ''
  let count = 0
  let cancel: Cancel | null = null
  const flush = (): void => {
    cancel?.()
    cancel = null
    if (count === 0) return
    const [lines, lineCount] = [waiting, count]
    waiting = ''
    count = 0
    leave(lines, lineCount)
  }
  return {
    add(line) {
      waiting += line
      count += 1
      if (waiting.length >= gatheredMax) flush()
      else cancel ??= after(gatherMs, flush)
    },
    flush,
  }
}
