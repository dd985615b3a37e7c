import type { Readers } from '../policy/decide.ts'
import type { Entrance } from '../policy/plan.ts'
import type { Decision } from '../policy/verdict.ts'

/** The decisions that policy tests are run against: the real walks, handed in, because configuration knows no behaviour of others. */
export interface Judge {
  decide(entrance: Entrance, readers: Readers): Decision | Promise<Decision>
  readonly gates: readonly string[]
  readonly reasons: readonly string[]
  readonly steps: readonly string[]
}
