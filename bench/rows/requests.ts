import { type Contender, type ContenderName, peopleCount } from '../contenders/contender.ts'
import { type LoadResult, type Requests, sendRequests } from '../load/wrk.ts'
import { effortOf, type Figure, median, ratio, summarize } from '../measure.ts'
import type { Pace } from '../options.ts'

/** Something that is asked of a contender for a while, again and again. */
export interface Asked {
  readonly name: string
  readonly contender: Contender
  readonly requests: Requests
}

/** One row: medians over the rounds, and the spread of what it cost. */
export interface RequestRow {
  readonly name: string
  readonly contender: ContenderName
  readonly cpuMicrosPerRequest: number
  readonly cpuMicrosMin: number
  readonly cpuMicrosMax: number
  readonly rps: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU of each round. */
  readonly rounds: readonly number[]
}

/** Interleaved: each round asks everybody once, beginning with another one each time. */
export async function measureRequests(all: readonly Asked[], pace: Pace): Promise<readonly RequestRow[]> {
  const measured = new Map(all.map(asked => [asked, [] as (LoadResult & { micros: number })[]]))
  for (let round = 0; round < pace.rounds && !(round > 0 && pace.isLate()); round++)
    for (const asked of rotated(all, round)) {
      await (round > 0 ? comeBack(asked) : warmUp(asked, pace))
      const { result, effort } = await effortOf(asked.contender, () => sendRequests(asked.requests, pace.seconds))
      const micros = (effort.cpuSeconds * 1e6) / result.answered
      pace.tell(`round ${round + 1}: ${asked.name}: ${micros.toFixed(1)} µs`)
      measured.get(asked)?.push({ ...result, micros })
    }
  return [...measured].map(([asked, rounds]) => rowOf(asked, rounds))
}

/** Code that was compiled, caches that were filled, connections that stand: rows of the first seconds are up to twice too high. */
async function warmUp({ name, requests }: Asked, pace: Pace): Promise<void> {
  pace.tell(`warming up: ${name}`)
  let answered = 0
  // On a busy machine seconds alone are too few requests.
  for (let second = 0; second < pace.warmSeconds * 3; second++) {
    if (second >= pace.warmSeconds && (answered >= warmRequests || pace.isLate())) return
    answered += (await sendRequests(requests, 1)).answered
  }
}
const warmRequests = 20_000

/** Unmeasured, before each round: what ended while the others had their turn (identity tokens last a minute) is made again. */
async function comeBack({ requests }: Asked): Promise<void> {
  let answered = 0
  for (let second = 0; second < 5 && answered < leadRequests; second++)
    answered += (await sendRequests(requests, 1)).answered
}
const leadRequests = peopleCount * 2

function rowOf({ name, contender }: Asked, rounds: readonly (LoadResult & { micros: number })[]): RequestRow {
  const micros = summarize(
    name,
    'µs CPU',
    rounds.map(round => round.micros),
  )
  return {
    name,
    contender: contender.name,
    cpuMicrosPerRequest: micros.median,
    cpuMicrosMin: micros.min,
    cpuMicrosMax: micros.max,
    rps: median(rounds.map(({ rps }) => rps)),
    p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
    rounds: rounds.map(round => round.micros),
  }
}

function rotated<Item>(all: readonly Item[], by: number): readonly Item[] {
  const from = by % Math.max(1, all.length)
  return [...all.slice(from), ...all.slice(0, from)]
}

export function ratioOf(name: string, over: RequestRow, under: RequestRow): Figure {
  return ratio(name, over.rounds, under.rounds)
}
