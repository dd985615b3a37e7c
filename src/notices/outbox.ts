import type { Journal } from '../journal/journal.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { createGrouped } from './grouped.ts'
import type { MailOutcome, OutboxMail, OutboxStore } from './outbox-store.ts'
import type { RenderedMail } from './render.ts'

// Notices own what people are told: the words, the layout, the way out. Notices enter the outbox in the transaction of the change they
// speak of; this loop brings them out. Nothing that a person waits for ever waits for a mail server. Start reading at `createOutbox`.

/** A way out: a mail server, a provider of text messages, or the development mailbox. */
export interface Transport<Rendered = RenderedMail> {
  /**
   * Calls `handOver` before the first byte of the body leaves; when that answers false, nothing may leave. When `stop` is raised, it answers
   * at once with what it knows.
   */
  send(mail: Rendered, handOver: () => Promise<boolean>, stop: AbortSignal): Promise<Delivery>
}

/** `unknown`: the body was given away and the answer was lost. It may have arrived; sending it again might tell a person twice. */
export type Delivery =
  | { readonly kind: 'taken'; readonly answer: string }
  | { readonly kind: 'not_now'; readonly answer: string }
  | { readonly kind: 'never'; readonly answer: string }
  | { readonly kind: 'unknown'; readonly answer: string }
  | { readonly kind: 'not_ours' }

export interface Outbox {
  /** Looks for due mail now; the loop looks each second anyway. */
  wake(): void
  /** Takes no more mails; those on their way get a moment, then they are cut off and tried again by whoever runs next. */
  close(): Promise<void>
}

export interface OutboxOptions<Rendered = RenderedMail> {
  readonly store: OutboxStore
  readonly transport: Transport<Rendered>
  readonly render: (mail: OutboxMail) => Rendered
  readonly clock: Clock
  readonly journal: Journal
  /** Names this process among those on the same store. */
  readonly worker: string
}

const lookEveryMs = 1_000
const leaseMs = 5 * 60_000
/** Well within the lease: a server that drips its answers would else keep a place for ever, and 32 of them all mail. */
const flightMs = 4 * 60_000
/** Mails on their way at once. */
const flyingMax = 32
/** Asked for together: a question for each place that has come free would cost more than it brings. */
const claimMin = 8
const giveUpAfterMs = 24 * 3_600_000
const firstRetryMs = 10_000
const longestRetryMs = 3_600_000
/** A mail server that answers does so within this; one that hangs must not hold a stop up (B14: the grace and one second). */
const closeGraceMs = 400
/** For writing down what became of those that were cut off. */
const closeWriteMs = 200

export function createOutbox<Rendered>(options: OutboxOptions<Rendered>): Outbox {
  const { store, clock, journal } = options
  let running: Promise<void> | null = null
  let again = false
  let closed = false
  const stopping = new AbortController()

  const deliver = createDelivery(options, stopping.signal)
  const tell = (cause: unknown) => {
    // After the end of a stop there is nobody to tell; the lease of such a mail runs out by itself.
    if (!stopping.signal.aborted) journal.trouble('outbox', cause)
  }

  // Slots, not batches: one mail that hangs holds up nobody but itself.
  const round = async (): Promise<void> => {
    const flying = new Set<Promise<void>>()
    // Not claimed any more once closing: what is claimed and not sent waits for its lease.
    while (!closed) {
      const now = clock.now()
      const due = await store.claim(options.worker, now, now + leaseMs, flyingMax - flying.size)
      for (const mail of due) {
        const flight: Promise<void> = deliver(mail)
          .catch(tell)
          .finally(() => flying.delete(flight))
        flying.add(flight)
      }
      if (flying.size === 0) return
      do await Promise.race(flying)
      while (flying.size > (due.length === 0 ? 0 : flyingMax - claimMin))
    }
    await Promise.all(flying)
  }
  const wake = (): void => {
    again = true
    if (running !== null || closed) return
    again = false
    running = round()
      .catch(tell)
      .finally(() => {
        running = null
        if (again) wake() // asked for while the last round was coming to its end
      })
  }
  const stop: Cancel = clock.every(lookEveryMs, wake)
  return {
    wake,
    async close() {
      closed = true
      stop()
      if (running === null) return
      if (await endsWithin(clock, running, closeGraceMs)) return
      stopping.abort()
      await endsWithin(clock, running, closeWriteMs)
    },
  }
}

function endsWithin(clock: Clock, running: Promise<void>, ms: number): Promise<boolean> {
  return new Promise(resolve => {
    const cancel = clock.after(ms, () => resolve(false))
    void running.then(() => {
      cancel()
      resolve(true)
    })
  })
}

function createDelivery<Rendered>(
  options: OutboxOptions<Rendered>,
  stop: AbortSignal,
): (mail: OutboxMail) => Promise<void> {
  const { store, clock, worker, journal, transport, render } = options
  const handOver = createGrouped(async (ids: readonly number[]) => {
    const ours = new Set(await store.markAllHandedOver(ids, worker, clock.now()))
    return ids.map(id => ours.has(id))
  })
  const finish = createGrouped(async (finished: readonly { id: number; outcome: MailOutcome }[]) => {
    await store.finishAll(worker, finished)
    return finished.map(() => true)
  })
  const attempt = async (mail: OutboxMail): Promise<Delivery> => {
    using flight = takeOff(clock, stop)
    try {
      return await transport.send(render(mail), () => handOver(mail.id), flight.signal)
    } catch (cause) {
      // A mail that cannot be written or a transport that breaks its promise: never retried blindly, always listed.
      return { kind: 'never', answer: cause instanceof Error ? cause.message : String(cause) }
    }
  }
  return async mail => {
    const delivery = await attempt(mail)
    if (delivery.kind === 'not_ours') return // its lease ran out: whoever holds it now decides
    const outcome = outcomeOf(delivery, mail, clock.now())
    await finish({ id: mail.id, outcome })
    journal.mailed(outcome.kind, { id: mail.id, kind: mail.notice.kind, tries: mail.tries })
  }
}

/** One mail's way: it ends with the gateway, or when it takes too long. */
function takeOff(clock: Clock, stop: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const flight = new AbortController()
  const end = () => flight.abort(new Error('the gateway stopped'))
  if (stop.aborted) end()
  stop.addEventListener('abort', end, { once: true })
  const cancel = clock.after(flightMs, () => flight.abort(new Error(`no end within ${flightMs / 60_000} minutes`)))
  return {
    signal: flight.signal,
    [Symbol.dispose]() {
      cancel()
      stop.removeEventListener('abort', end)
    },
  }
}

function outcomeOf(delivery: Exclude<Delivery, { kind: 'not_ours' }>, mail: OutboxMail, at: number): MailOutcome {
  const { answer } = delivery
  switch (delivery.kind) {
    case 'taken':
      return { kind: 'sent', at, answer }
    case 'unknown':
      return { kind: 'ambiguous', at, answer }
    case 'never':
      return { kind: 'failed', at, answer }
    case 'not_now': {
      const nextAt = at + Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(mail.tries - 1, 20))
      return nextAt - mail.createdAt > giveUpAfterMs
        ? { kind: 'failed', at, answer }
        : { kind: 'retry', nextAt, answer }
    }
    default:
      return delivery satisfies never
  }
}
