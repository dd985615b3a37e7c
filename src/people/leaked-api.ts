import type { Clock } from '../lib/clock.ts'
import { countAmong } from './leaked-lines.ts'
import { type LeakList, LeakListProblem } from './leaked-passwords.ts'

/** How a range is fetched: composed from outgoing/, with its caps and deadline. Rejects when there was no answer in time. */
export type FetchRange = (url: string) => Promise<{ readonly status: number; readonly text: string }>

export interface LeakedApiNeeds {
  readonly url: string
  readonly fetchRange: FetchRange
  readonly clock: Clock
}

/**
 * The range API: it is asked for five digits of the hash and answers all that begin with them (k-anonymity). Padding rows, which hide how
 * many there are from whoever watches the line, have the count 0.
 */
export function createLeakedApi({ url, fetchRange, clock }: LeakedApiNeeds): LeakList {
  const ranges = new Map<string, { readonly range: Promise<string>; readonly until: number }>()
  const fetched = (prefix: string): Promise<string> => {
    const known = ranges.get(prefix)
    if (known !== undefined && clock.monotonicMs() < known.until) return known.range
    const range = ask(prefix)
    ranges.delete(prefix) // the newest stand last
    ranges.set(prefix, { range, until: clock.monotonicMs() + keptMs })
    // What failed is asked again.
    range.catch(() => ranges.delete(prefix))
    const [oldest] = ranges.keys()
    if (ranges.size > rangesMax && oldest !== undefined) ranges.delete(oldest)
    return range
  }
  const ask = async (prefix: string): Promise<string> => {
    const { status, text } = await fetchRange(`${url.replace(/\/$/, '')}/range/${prefix}`)
    if (status !== 200) throw new LeakListProblem(`${url} answered with status ${status}`)
    // Looked through before it is kept: the sign-in page of a network must not stand for a range for an hour.
    countAmong(text, noSuffix)
    return text
  }
  return {
    count: async sha1 => countAmong(await fetched(sha1.slice(0, 5)), sha1.slice(5)),
    async probe() {
      const text = await ask('00000')
      return { rows: text.split('\n').filter(line => !/^\s*$|:0\r?$/.test(line)).length }
    },
    async [Symbol.asyncDispose]() {
      ranges.clear()
    },
  }
}

/** Of 40 KiB each: ten megabytes. Tries at one password, and people who come back, are answered from here. */
const rangesMax = 256
const keptMs = 3_600_000
const noSuffix = '-'.repeat(35)
