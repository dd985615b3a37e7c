import { createDistinctRing } from './distinct-ring.ts'

/** One try, as the windows count it. The hashes are keyed: nobody outside can choose them. */
export interface CountedTry {
  readonly name: number
  readonly address: number
  readonly prefix: number
  readonly wrong: boolean
  readonly leaked: boolean
  readonly automated: boolean
  /** False: this address has brought as many failed names as one address may bring. */
  readonly nameCounts: boolean
}

/** What a window shows. Names are about exact; nothing in here tells who they are. */
export interface StuffingFigures {
  readonly windowMs: number
  readonly tries: number
  readonly failed: number
  readonly leaked: number
  readonly automated: number
  /** Distinct names that were tried. */
  readonly names: number
  /** Those of them that nobody got right: people who mistype do, in the end. */
  readonly namesNeverRight: number
  /** Distinct addresses and prefixes (/24, /48) of failed tries. */
  readonly addresses: number
  readonly prefixes: number
}

/** A sliding window in coarse stretches of time. Its size in memory is fixed. */
export interface StuffingWindow {
  record(attempt: CountedTry, nowMs: number): void
  figures(nowMs: number): StuffingFigures
  clear(): void
}

export function createStuffingWindow(options: { stretchMs: number; stretches: number }): StuffingWindow {
  const { stretchMs, stretches } = options
  const tried = createDistinctRing(stretches)
  const right = createDistinctRing(stretches)
  const addresses = createDistinctRing(stretches)
  const prefixes = createDistinctRing(stretches)
  const distinct = [tried, right, addresses, prefixes]
  const sums = Array.from({ length: stretches }, emptySums)
  const total = emptySums()
  let at = 0
  let endsAt = Number.NaN
  const clear = () => {
    for (const ring of distinct) ring.clear()
    for (const stretch of [total, ...sums]) Object.assign(stretch, emptySums())
  }
  const turnTo = (nowMs: number) => {
    if (Number.isNaN(endsAt) || nowMs - endsAt >= stretchMs * stretches) {
      if (!Number.isNaN(endsAt)) clear()
      endsAt = nowMs + stretchMs
    }
    for (; endsAt <= nowMs; endsAt += stretchMs) {
      at = (at + 1) % stretches
      const oldest = sums[at]
      if (oldest !== undefined) takeAway(total, oldest)
      for (const ring of distinct) ring.turn()
    }
  }
  return {
    record(attempt, nowMs) {
      turnTo(nowMs)
      const { name, address, prefix, wrong, leaked, automated, nameCounts } = attempt
      if (nameCounts || !wrong) tried.add(name)
      if (!wrong) right.add(name)
      else {
        addresses.add(address)
        prefixes.add(prefix)
      }
      const stretch = sums[at]
      for (const sum of stretch === undefined ? [total] : [total, stretch]) {
        sum.tries++
        if (!wrong) continue
        sum.failed++
        if (leaked) sum.leaked++
        if (automated) sum.automated++
      }
    },
    figures(nowMs) {
      turnTo(nowMs)
      return {
        windowMs: stretchMs * stretches,
        ...total,
        names: tried.count,
        namesNeverRight: Math.max(0, tried.count - right.count),
        addresses: addresses.count,
        prefixes: prefixes.count,
      }
    },
    clear,
  }
}

/** Leaked passwords and signs of a program are counted among the failed tries alone. */
function emptySums() {
  return { tries: 0, failed: 0, leaked: 0, automated: 0 }
}

type Sums = ReturnType<typeof emptySums>

/** A stretch that is over no longer counts, and begins anew. */
function takeAway(total: Sums, stretch: Sums): void {
  total.tries -= stretch.tries
  total.failed -= stretch.failed
  total.leaked -= stretch.leaked
  total.automated -= stretch.automated
  Object.assign(stretch, emptySums())
}
