import { createSeeded, type Seeded } from '../support/seeded.ts'

export interface FuzzCall {
  readonly seed: number
  /** Cases in all; absent: until the time is over. */
  readonly cases?: number
  readonly untilMs?: number
}

export interface FuzzReport {
  readonly cases: number
  /** Each with what repeats it. */
  readonly problems: readonly string[]
}

/** Tries one case and says what is wrong. */
export interface Lane extends AsyncDisposable {
  tryOne(random: Seeded): Promise<{ readonly input: string; readonly problems: readonly string[] }>
}

// Most of the time of a case is spent on waiting for deadlines: they wait together.
const lanes = 16
const problemsMax = 10

/** Case number n of a seed is the same in every run, on whichever lane. */
export async function runLanes(call: FuzzCall, openLane: () => Promise<Lane>): Promise<FuzzReport> {
  const problems: string[] = []
  let next = 0
  const goesOn = () =>
    problems.length < problemsMax &&
    (call.cases === undefined || next < call.cases) &&
    (call.untilMs === undefined || performance.now() < call.untilMs)
  const run = async () => {
    await using lane = await openLane()
    while (goesOn()) {
      const number = next
      next += 1
      const found = await lane.tryOne(createSeeded(call.seed * 1_000_003 + number))
      for (const problem of found.problems)
        problems.push(`seed ${call.seed}, case ${number}: ${problem}\n  ${JSON.stringify(found.input)}`)
    }
  }
  await Promise.all(Array.from({ length: lanes }, run))
  return { cases: next, problems }
}
