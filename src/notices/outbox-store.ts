import type { Notice } from './notice.ts'

/** The durable half of the outbox. Notices enter it in the transaction of the change they speak of (see the ports of people). */
export interface OutboxStore {
  add(notice: Notice, at: number): Promise<void>
  /** Takes up to `limit` due notices for this process until `leaseUntil`. Rows whose lease ran out: `claimed` ones are due again, `handed_over` ones become ambiguous. */
  claim(worker: string, at: number, leaseUntil: number, limit: number): Promise<readonly OutboxMail[]>
  /** Written before the first byte of the body is given to the server: from here on a lost answer is ambiguous. False when the lease is no longer ours. */
  markHandedOver(id: number, worker: string, at: number): Promise<boolean>
  /** A mail that will not be sent again keeps no facts: they may hold a ticket or a code. */
  finish(id: number, worker: string, outcome: MailOutcome): Promise<void>
  /** The same for several, each judged for itself: which of them are still ours. */
  markAllHandedOver(ids: readonly number[], worker: string, at: number): Promise<readonly number[]>
  finishAll(worker: string, finished: readonly { readonly id: number; readonly outcome: MailOutcome }[]): Promise<void>
  /** Newest first. `to`: to these addresses alone. */
  list(state: MailState | 'all', limit: number, to?: readonly string[]): Promise<readonly OutboxMail[]>
}

export type MailState = 'queued' | 'claimed' | 'handed_over' | 'sent' | 'failed' | 'ambiguous'

export type MailOutcome =
  | { readonly kind: 'sent'; readonly at: number; readonly answer: string }
  | { readonly kind: 'retry'; readonly nextAt: number; readonly answer: string }
  | { readonly kind: 'failed'; readonly at: number; readonly answer: string }
  | { readonly kind: 'ambiguous'; readonly at: number; readonly answer: string }

export interface OutboxMail {
  readonly id: number
  readonly notice: Notice
  readonly state: MailState
  /** Times it was claimed, this one included. */
  readonly tries: number
  readonly createdAt: number
  readonly nextAt: number
  readonly lastAnswer: string | null
}
