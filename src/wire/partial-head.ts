import type { RawHeaders } from '../lib/request-head.ts'

/** What is known of a message that was refused; nothing of it may be believed. */
export interface PartialHead {
  readonly method?: string
  readonly target?: string
  readonly headers?: RawHeaders
  readonly peer: string
}
