import type { LearnedFacts } from './facts.ts'
import type { GateName } from './gate-name.ts'

/** The answer of a walk. A refusal without a reason cannot be written. */
export type Verdict =
  | { readonly kind: 'allow' }
  | { readonly kind: 'deny'; readonly reason: Reason; readonly retryAfterMs?: number }
  | { readonly kind: 'challenge'; readonly step: Step }

/** What a person can do to get further. The portal shows the page of the same name. */
export const steps = [
  'sign_in',
  'second_factor',
  'enrol_factor',
  'email_code',
  'device_approval',
  'prove_again',
] as const
export type Step = (typeof steps)[number]

/** Why a request was refused: for the journal and `sekisho explain`, never for the client. The closed list; docs/gates.md is compared with it. */
export const reasons = [
  'outside_route_networks',
  'outside_organization_networks',
  'address_uncertain',
  'foreign_origin',
  'address_budget_spent',
  'account_budget_spent',
  'organization_budget_spent',
  'route_budget_spent',
  'sso_required',
  'reset_required',
  'account_suspended',
  'account_deleted',
  'role_missing',
  'act_not_allowed',
  'unavailable',
] as const
export type Reason = (typeof reasons)[number]

/** A rule in report-only mode that would have refused. */
export interface Note {
  readonly gate: GateName
  readonly wouldBe: Reason
  readonly rule: string
}

export interface Decision {
  readonly verdict: Verdict
  /** The gate that spoke; null when all of them let through. */
  readonly gate: GateName | null
  /** The rule that spoke, in its author's words, where the gate has one ("203.0.113.0/24"). */
  readonly rule: string | null
  readonly notes: readonly Note[]
  /** When time alone may change the answer; Infinity when only an event can. Milliseconds since 1970. */
  readonly validUntil: number
  /** The facts that were learned on the way: what the identity token is made of and what the journal explains. */
  readonly learned: Readonly<LearnedFacts>
}
