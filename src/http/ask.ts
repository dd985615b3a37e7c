import type { RequestHead } from '../lib/request-head.ts'
import type { ActFact, TargetFact } from '../policy/facts.ts'
import type { Entrance } from '../policy/plan.ts'
import type { Decision } from '../policy/verdict.ts'

/**
 * The one question that pages may put to the house: "may this request enter here?". How the facts are learned is the business of
 * whoever hands it over; session, attempt and device are read from the cookies of `head` (see `withCookies`), never from a page.
 */
export type Ask = (entrance: Entrance, head: RequestHead, about?: About) => Decision | Promise<Decision>

/** What is to be done to whom, where more than looking is asked for. */
export interface About {
  readonly act?: ActFact
  readonly target?: TargetFact
  /** The receipt that the page will show: a refusal is recorded under it. */
  readonly receipt?: string
}
