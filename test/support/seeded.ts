/** Chance that can be had again: the same seed gives the same numbers. */
export interface Seeded {
  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number
}

export function pickOne<T>(random: Seeded, from: readonly T[]): T {
  const one = from[random.whole(0, from.length - 1)]
  if (one === undefined) throw new Error('nothing to choose from')
  return one
}

/** Mulberry32: small, and even enough for choosing moments. */
export function createSeeded(seed: number): Seeded {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { whole: (from, to) => from + Math.floor(next() * (to - from + 1)) }
}
