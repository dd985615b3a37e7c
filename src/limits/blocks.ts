import type { Count, FailureCounter, Tries } from './failure-counter.ts'

/** A budget that is used up: nobody passes there until then. */
export interface Block extends Count {
  readonly budget: string
  /** The name, the address, or both with a space between them. */
  readonly key: string
  /** When the count began; null for rows of failures, which have no time. */
  readonly sinceMs: number | null
}

/** What one counter has closed. */
export async function blocksOf(
  budget: string,
  counter: FailureCounter,
  { windowMs }: Tries,
  countMax: number,
): Promise<readonly Block[]> {
  const full = await counter.listFull(countMax)
  return full.map(each => ({ ...each, budget, sinceMs: Number.isFinite(windowMs) ? each.untilMs - windowMs : null }))
}
