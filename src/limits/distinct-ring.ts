/**
 * About how many different things came by lately, without keeping any of them: a ring of bitmaps, one for each stretch of time, and
 * the union of all (linear counting, Whang et al. 1990). A try costs two bits, whatever is sent; 2 KiB a stretch count up to 100,000.
 */
export interface DistinctRing {
  /** `hash`: 32 bits that whoever is counted cannot choose. */
  add(hash: number): void
  /** The next stretch begins, the oldest is forgotten. */
  turn(): void
  clear(): void
  readonly count: number
}

export function createDistinctRing(stretches: number): DistinctRing {
  const ring = Array.from({ length: stretches }, () => new Uint32Array(words))
  const union = new Uint32Array(words)
  let at = 0
  let marked = 0
  const gather = () => {
    union.fill(0)
    for (const stretch of ring) for (let i = 0; i < words; i++) union[i] = (union[i] ?? 0) | (stretch[i] ?? 0)
    marked = union.reduce((sum, word) => sum + bitsOf(word), 0)
  }
  return {
    add(hash) {
      const stretch = ring[at]
      if (stretch !== undefined) mark(stretch, hash)
      if (mark(union, hash)) marked++
    },
    turn() {
      at = (at + 1) % stretches
      ring[at]?.fill(0)
      gather()
    },
    clear() {
      for (const stretch of ring) stretch.fill(0)
      gather()
    },
    get count() {
      return Math.round(bits * Math.log(bits / Math.max(1, bits - marked)))
    },
  }
}

const words = 512
const bits = words * 32

function wordOf(hash: number): number {
  return (hash >>> 5) % words
}

function bitOf(hash: number): number {
  return 1 << (hash & 31)
}

function mark(map: Uint32Array, hash: number): boolean {
  const word = wordOf(hash)
  const before = map[word] ?? 0
  map[word] = before | bitOf(hash)
  return (before & bitOf(hash)) === 0
}

/** Bits that are set in a word (Hacker's Delight, figure 5-2). */
export function bitsOf(word: number): number {
  let sum = word - ((word >>> 1) & 0x55555555)
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333)
  return (((sum + (sum >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}
