/** What a budget says. The same shape as policy's BudgetFact, which the gates read. */
export interface Budget {
  readonly spent: boolean
  /** Milliseconds until one more would fit; 0 when it fits now. */
  readonly retryAfterMs: number
  /** For the RateLimit fields: units left, the quota, its window in seconds. A quota of Infinity: this budget is not set. */
  readonly left: number
  readonly quota: number
  readonly windowSeconds: number
}

/** How much may pass: `quota` in `windowMs`, evenly; `burst` of them at once after a time of rest. */
export interface Rate {
  readonly quota: number
  readonly windowMs: number
  readonly burst: number
}

/** What is told where no budget is set. */
export const unlimited: Budget = {
  spent: false,
  retryAfterMs: 0,
  left: Number.POSITIVE_INFINITY,
  quota: Number.POSITIVE_INFINITY,
  windowSeconds: 0,
}
