import type { Hono } from 'hono'
import type { RequestHead } from '../lib/request-head.ts'

/** What a page knows about its request. The framework's own request is used for the body and the route's parameters alone. */
export interface PageBindings {
  readonly head: RequestHead
  readonly receipt: string
}

/** What one step of an answer tells those after it. */
export interface PageVariables {
  /** On the operators' API: it was asked over the network, with the token. */
  byToken?: boolean
}

export interface PageEnv {
  Bindings: PageBindings
  Variables: PageVariables
}

export type PageApp = Hono<PageEnv>
