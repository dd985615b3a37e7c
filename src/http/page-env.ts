import type { Hono } from 'hono'
import type { RequestHead } from '../lib/request-head.ts'

/** What a page knows about its request. The framework's own request is used for the body and the route's parameters alone. */
export interface PageBindings {
  readonly head: RequestHead
  readonly receipt: string
}

export interface PageEnv {
  Bindings: PageBindings
}

export type PageApp = Hono<PageEnv>
