import type { FactName, Facts } from './facts.ts'
import type { GateName } from './gate-name.ts'
import type { Reason, Step } from './verdict.ts'

/** What one gate says. `pass` may carry until when it holds, and what a report-only rule would have refused. */
export type Outcome =
  | {
      readonly kind: 'pass'
      readonly validUntil?: number
      readonly note?: { readonly wouldBe: Reason; readonly rule: string }
    }
  | { readonly kind: 'deny'; readonly reason: Reason; readonly rule?: string; readonly retryAfterMs?: number }
  | { readonly kind: 'challenge'; readonly step: Step; readonly rule?: string }

/** A pure function of the facts it names. */
export interface Gate {
  readonly name: GateName
  readonly asks: readonly FactName[]
  judge(facts: Facts): Outcome
}

export const pass: Outcome = { kind: 'pass' }

/** Writes a gate down. `judge` is typed by `asks`: a gate that touches a fact it did not name does not compile. */
export function defineGate<const Asks extends readonly FactName[]>(
  name: GateName,
  asks: Asks,
  judge: (facts: Pick<Facts, Asks[number]>) => Outcome,
): Gate {
  return { name, asks, judge }
}
