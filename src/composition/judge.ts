import type { Judge } from '../config/judge.ts'
import { decide } from '../policy/decide.ts'
import { gates } from '../policy/gates.ts'
import { buildWalks } from '../policy/plan.ts'
import { describeVerdict } from '../policy/trace.ts'
import { reasons, steps } from '../policy/verdict.ts'

const walks = buildWalks()

/** The real walks, for the policy tests: what they try is what will judge. */
export const judge: Judge = {
  decide: (entrance, readers) => decide(walks[entrance], readers),
  describe: describeVerdict,
  gates: gates.map(({ name }) => name),
  reasons,
  steps,
}
