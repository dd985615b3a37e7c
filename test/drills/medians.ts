import type { Seeded } from '../support/seeded.ts'

/** A difference of two medians, where 95 of 100 of its like lie, and the median that it was measured against. */
export interface Interval {
  readonly low: number
  readonly middle: number
  readonly high: number
  readonly base: number
}

const resamples = 2_000

/** Bootstrap: both sides drawn anew from what was measured. No shape of the times is assumed; they have long tails. */
export function differenceOfMedians(times: readonly number[], base: readonly number[], chance: Seeded): Interval {
  const differences = Array.from(
    { length: resamples },
    () => median(drawn(times, chance)) - median(drawn(base, chance)),
  )
  const sorted = differences.toSorted((a, b) => a - b)
  return {
    low: sorted[Math.floor(resamples * 0.025)] ?? 0,
    middle: median(times) - median(base),
    high: sorted[Math.ceil(resamples * 0.975) - 1] ?? 0,
    base: median(base),
  }
}

function drawn(times: readonly number[], chance: Seeded): readonly number[] {
  return times.map(() => times[chance.whole(0, times.length - 1)] ?? 0)
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
