import type { Budget } from './budget.ts'

/** A budget under the name that clients may know. */
export interface NamedBudget {
  readonly name: 'address' | 'account' | 'organization' | 'route'
  readonly budget: Budget
}

/**
 * `RateLimit-Policy` and `RateLimit` as structured fields (draft-ietf-httpapi-ratelimit-headers), and `Retry-After` when one is
 * spent: raw pairs of name and value. For ordinary traffic only; what guards credentials tells nobody how it stands.
 *
 * `coarse` rounds times up to ten seconds: to those who are not signed in, exact ones would tell what others behind the same
 * address are doing.
 */
export function rateLimitFields(budgets: readonly NamedBudget[], options: { coarse: boolean }): readonly string[] {
  let policies = ''
  let tightest: NamedBudget | null = null
  for (const named of budgets) {
    const { name, budget } = named
    if (!Number.isFinite(budget.quota)) continue
    policies += `${policies === '' ? '' : ', '}"${name}";q=${budget.quota};w=${budget.windowSeconds}`
    if (tightest === null || share(budget) < share(tightest.budget)) tightest = named
  }
  if (tightest === null) return []
  const { name, budget } = tightest
  const left = `"${name}";r=${budget.left}`
  if (!budget.spent) return ['RateLimit-Policy', policies, 'RateLimit', left]
  const seconds = retryAfterSeconds(budget.retryAfterMs, options)
  return [
    ...['RateLimit-Policy', policies],
    ...['RateLimit', `${left};t=${seconds}`],
    // The same number as `t`: the draft wants it no earlier.
    ...['Retry-After', `${seconds}`],
  ]
}

/** Whole seconds, rounded up: never earlier than it will be true. */
export function retryAfterSeconds(retryAfterMs: number, { coarse }: { coarse: boolean }): number {
  const step = coarse ? 10 : 1
  return Math.max(1, Math.ceil(retryAfterMs / 1000 / step) * step)
}

/** What is left of the whole. Spent budgets come before all others, the one that stays spent longest first. */
function share(budget: Budget): number {
  return budget.spent ? -budget.retryAfterMs : budget.left / budget.quota
}
