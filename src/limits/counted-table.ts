import type { Clock } from '../lib/clock.ts'

/** Counts by key, each for a time. Bounded. */
export interface CountedTable {
  /** Adds to a count, in one step; a count that falls to nothing is forgotten. */
  add(key: string, points: number, windowMs: number): Entry
  /** Sets a count and begins its time anew. */
  put(key: string, points: number, windowMs: number): Entry
  get(key: string): Entry | null
  delete(key: string): boolean
  /** Those that have reached `fullAt` and have not ended. */
  full(): readonly (readonly [string, Readonly<Entry>])[]
  readonly size: number
}

export interface Entry {
  count: number
  /** On the monotonic clock: a jump of the wall clock must neither free nor lock anybody. Infinity: until it is forgotten. */
  endsAt: number
}

/**
 * Whoever fills the table with made-up names must not be able to wash out the count of one they are guessing at, nor to lock out
 * everybody else: room is made first of what has ended, then of the least count in a slice of the oldest, and never of a count
 * that has reached `fullAt`. Where a whole slice has, newcomers share one count.
 */
export function createCountedTable(options: { clock: Clock; keysMax: number; fullAt: number }): CountedTable {
  const { clock, keysMax, fullAt } = options
  const entries = new Map<string, Entry>()
  const current = (key: string) => {
    const entry = entries.get(key)
    if (entry === undefined || entry.endsAt > clock.monotonicMs()) return entry ?? null
    entries.delete(key)
    return null
  }
  const put = (key: string, points: number, windowMs: number): Entry => {
    const entry = { count: points, endsAt: clock.monotonicMs() + windowMs }
    entries.set(key, entry)
    return entry
  }
  const roomFor = (key: string): string => {
    dropEnded(entries, clock.monotonicMs(), sliceUsual)
    return entries.size < keysMax || dropLeast(entries, fullAt, sliceWhenFull) ? key : sharedKey
  }
  return {
    add(key, points, windowMs) {
      let entry = current(key)
      if (entry === null && points <= 0) return { count: 0, endsAt: clock.monotonicMs() }
      if (entry === null) {
        const place = roomFor(key)
        entry = current(place) ?? put(place, 0, windowMs)
      }
      entry.count = Math.max(0, entry.count + points)
      if (entry.count === 0) entries.delete(key)
      return entry
    },
    put: (key, points, windowMs) => put(roomFor(key), points, windowMs),
    get: current,
    delete: key => entries.delete(key),
    full: () => [...entries].filter(([, { count, endsAt }]) => count >= fullAt && endsAt > clock.monotonicMs()),
    get size() {
      return entries.size
    },
  }
}

const sharedKey = '\u0000 all who found no room'
const sliceUsual = 4
const sliceWhenFull = 32

/** Looks at the oldest entries; those that stay move behind the youngest, so that the next look sees others. */
function dropEnded(entries: Map<string, Entry>, now: number, count: number): void {
  for (const [key, entry] of firstOf(entries, count)) {
    entries.delete(key)
    if (entry.endsAt > now) entries.set(key, entry)
  }
}

function dropLeast(entries: Map<string, Entry>, fullAt: number, count: number): boolean {
  const slice = firstOf(entries, count)
  for (const [key, entry] of slice) {
    entries.delete(key)
    entries.set(key, entry)
  }
  const [least] = slice.filter(([key]) => key !== sharedKey).toSorted((a, b) => a[1].count - b[1].count)
  return least !== undefined && least[1].count < fullAt && entries.delete(least[0])
}

function firstOf(entries: Map<string, Entry>, count: number): [string, Entry][] {
  const first: [string, Entry][] = []
  for (const entry of entries) {
    if (first.length === count) break
    first.push(entry)
  }
  return first
}
