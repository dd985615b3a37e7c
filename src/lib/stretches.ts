import type { Words } from './address-text.ts'

/** A range of addresses and the rule that speaks for it. */
export interface Range {
  readonly first: Words
  readonly last: Words
  readonly prefix: number
  readonly rule: number
}

/**
 * The address space cut into stretches without overlap: `starts` are where they begin (`width` words each, ascending, the first
 * at 0), `rules` who speaks there (-1: nobody). At most two stretches a range and one more: 8 bytes (IPv4) or 20 bytes (IPv6) each.
 */
export interface Stretches {
  readonly starts: Uint32Array
  readonly rules: Int32Array
}

/** Cuts nested ranges (networks are nested or apart, never crossing) so that the narrowest speaks; of equals the one listed first. */
export function layOut(ranges: readonly Range[], width: 1 | 4): Stretches {
  const starts = new Uint32Array((2 * ranges.length + 1) * width)
  const rules = new Int32Array(2 * ranges.length + 1).fill(-1)
  let count = 1 // the first stretch begins at 0, and nobody speaks there yet
  const cut = (start: Words, rule: number) => {
    if (compareAt(starts, (count - 1) * width, start, width) === 0) count--
    if (count > 0 && rules[count - 1] === rule) return
    starts.set(width === 1 ? [start[3]] : start, count * width)
    rules[count++] = rule
  }
  const open: Range[] = []
  const closeUntil = (isBehind: (range: Range) => boolean) => {
    for (let top = open.at(-1); top !== undefined && isBehind(top); top = open.at(-1)) {
      open.pop()
      const start = successor(top.last, width)
      if (start !== null) cut(start, open.at(-1)?.rule ?? -1)
    }
  }
  for (const range of ranges.toSorted(outerFirst)) {
    closeUntil(top => compare(top.last, range.first) < 0)
    if (open.at(-1)?.prefix === range.prefix) continue // the same network again: the first of equals speaks
    open.push(range)
    cut(range.first, range.rule)
  }
  closeUntil(() => true)
  return { starts: starts.slice(0, count * width), rules: rules.slice(0, count) }
}

/** Who speaks for an IPv4 address (`width` 1). */
export function searchFour({ starts, rules }: Stretches, word: number): number {
  let low = 0
  let high = rules.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((starts[middle] ?? 0) <= word) low = middle
    else high = middle - 1
  }
  return rules[low] ?? -1
}

/** Who speaks for an IPv6 address (`width` 4). */
export function searchSix({ starts, rules }: Stretches, words: Words): number {
  let low = 0
  let high = rules.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (compareAt(starts, middle * 4, words, 4) <= 0) low = middle
    else high = middle - 1
  }
  return rules[low] ?? -1
}

function compareAt(starts: Uint32Array, at: number, words: Words, width: 1 | 4): number {
  for (let i = 0; i < width; i++) {
    const difference = (starts[at + i] ?? 0) - (words[4 - width + i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function outerFirst(left: Range, right: Range): number {
  return compare(left.first, right.first) || left.prefix - right.prefix
}

function compare(left: Words, right: Words): number {
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2] || left[3] - right[3]
}

/** The next address, or null behind the last one of the family. */
function successor(words: Words, width: 1 | 4): Words | null {
  const next: [number, number, number, number] = [...words]
  for (let i = 3; i >= 4 - width; i--) {
    next[i] = ((next[i] ?? 0) + 1) >>> 0
    if (next[i] !== 0) return next
  }
  return null
}
