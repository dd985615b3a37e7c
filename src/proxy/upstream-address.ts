import type { Clock } from '../lib/clock.ts'
import type { AnswerReader, OutgoingRequest, Sending } from './sending.ts'
import { createTurns, type Turns } from './turns.ts'
import { createPool, type Destination } from './upstream-pool.ts'

/** One place where an upstream can be reached, with its connections and its record of failures. */
export interface UpstreamAddress {
  /** `http://host:port`, `https://host:port` or `unix:/path`, as configured. */
  readonly text: string
  /** What its Host field says when the client's is not handed on. */
  readonly authority: string
  /** Monotonic milliseconds until which it is passed over; 0 when it is in use, Infinity until a health check brings it back. */
  readonly asideUntilMs: number
  /** Requests on their way: as many at a time as there may be connections. */
  readonly turns: Turns
  /** Sends on a kept connection or a new one; `fresh` wants a new one. */
  send(request: OutgoingRequest, reader: AnswerReader, fresh?: boolean): Sending
  /** Notes a failure: connecting failed, or it did not answer as it should. */
  failed(kind: 'connect' | 'answer'): void
  succeeded(): void
  /** What a health check has found; without one nobody says so. */
  foundHealthy(): void
  foundUnhealthy(): void
  close(): void
}

export interface AddressOptions {
  readonly clock: Clock
  readonly connectMs: number
  readonly connectionsMax: number
  /** PEM of the authorities that its certificate is checked against, in place of the public ones. */
  readonly ca?: string
  /** Told when it is set aside and when it is back. */
  onChange(address: string, aside: boolean): void
}

// A refused connection is proof enough; a bad answer may be one request's fault, so it takes three in a row.
const answerFailuresMax = 3
// So many more than connections may wait for one: whoever comes then is told at once to come again.
const waitingMax = 20_000
const asideMs = { first: 1000, most: 30_000 }

export function openAddress(text: string, options: AddressOptions): UpstreamAddress {
  const { clock } = options
  const { destination, authority } = readAddress(text)
  const pool = createPool(destination, options)
  const record = { answerFailures: 0, backoffMs: 0, asideUntilMs: 0, sick: false }
  const setAside = () => {
    if (record.sick || record.asideUntilMs > clock.monotonicMs()) return
    record.backoffMs = Math.min(asideMs.most, record.backoffMs === 0 ? asideMs.first : record.backoffMs * 2)
    record.asideUntilMs = clock.monotonicMs() + record.backoffMs
    options.onChange(text, true)
  }
  const bringBack = () => {
    if (record.sick || record.backoffMs > 0) options.onChange(text, false)
    Object.assign(record, { answerFailures: 0, backoffMs: 0, asideUntilMs: 0, sick: false })
  }
  return {
    text,
    authority,
    get asideUntilMs() {
      if (record.sick) return Number.POSITIVE_INFINITY
      return record.asideUntilMs > 0 && record.asideUntilMs > clock.monotonicMs() ? record.asideUntilMs : 0
    },
    turns: createTurns(options.connectionsMax, waitingMax),
    send: (request, reader, fresh) => pool.send(request, reader, fresh),
    failed(kind) {
      record.answerFailures += 1
      if (kind === 'connect' || record.answerFailures >= answerFailuresMax) setAside()
    },
    succeeded() {
      // One that a health check has taken out comes back by the check alone: it may answer this and fail the next.
      if (!record.sick) bringBack()
    },
    foundHealthy: bringBack,
    foundUnhealthy() {
      if (record.sick) return
      if (record.asideUntilMs <= clock.monotonicMs()) options.onChange(text, true)
      record.sick = true
    },
    close: () => pool.close(),
  }
}

function readAddress(text: string): { readonly destination: Destination; readonly authority: string } {
  if (text.startsWith('unix:'))
    return { destination: { kind: 'unix', path: text.slice('unix:'.length) }, authority: 'localhost' }
  const { protocol, hostname, port, host } = new URL(text)
  const isTls = protocol === 'https:'
  const destination: Destination = {
    kind: isTls ? 'tls' : 'tcp',
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (isTls ? 443 : 80) : Number(port),
  }
  return { destination, authority: host }
}
