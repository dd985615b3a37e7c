/** Something that the suite does a few times, done often enough to be believed. */
export interface Drill {
  readonly summary: string
  /** How often without `--rounds`. */
  readonly rounds: number
  /** How often with `--quick`. */
  readonly quickRounds?: number
  run(call: DrillCall): Promise<DrillReport>
}

export interface DrillCall {
  readonly rounds: number
  /** Chosen anew for each run unless it is given: the same one chooses the same moments. */
  readonly seed: number
  /** `--sabotage`: breaks on purpose what the drill watches over. It must not hold then. */
  readonly sabotage: boolean
  /** `--only NAME`: one part of the drill; absent: all of them. */
  readonly only?: string | undefined
  say(line: string): void
}

export interface DrillReport {
  readonly lines: readonly string[]
  /** Empty when it held. */
  readonly problems: readonly string[]
}
