import type { Readers } from '../policy/decide.ts'
import type { Entrance } from '../policy/plan.ts'
import type { Decision, Verdict } from '../policy/verdict.ts'

/** The decisions that policy tests are run against: the real walks, handed in, because configuration knows no behaviour of others. */
export interface Judge {
  decide(entrance: Entrance, readers: Readers): Decision | Promise<Decision>
  /** The words of a verdict, as tests expect them and receipts tell them. */
  describe(verdict: Verdict): string
  readonly gates: readonly string[]
  readonly reasons: readonly string[]
  readonly steps: readonly string[]
}
