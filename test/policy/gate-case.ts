import type { Facts } from '../../src/policy/facts.ts'
import type { Reason, Step } from '../../src/policy/verdict.ts'

/** One thing a gate says, in a sentence. `facts` are what differs from facts under which everything passes. */
export interface GateCase {
  readonly says: string
  readonly facts: Partial<Facts>
  readonly expect: 'pass' | Reason | Step
}
