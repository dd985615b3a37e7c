import { type Dispatcher, Pool } from 'undici'
import type { Clock } from '../lib/clock.ts'
import { createTurns, type Turns } from './turns.ts'

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
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void
  /** Notes a failure: connecting failed, or it did not answer as it should. */
  failed(kind: 'connect' | 'answer'): void
  succeeded(): void
  /** What a health check has found; without one nobody says so. */
  foundHealthy(): void
  foundUnhealthy(): void
  close(): Promise<void>
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
const asideMs = { first: 1000, most: 30_000 }

export function openAddress(text: string, options: AddressOptions): UpstreamAddress {
  const { clock } = options
  const { origin, socketPath } = readAddress(text)
  const pool = new Pool(origin, {
    // As many as there are requests: `turns` bounds those, and whoever waits there can give up, which undici's own queue does not know.
    connections: null,
    pipelining: 1,
    // undici 8 would switch to HTTP/2 by ALPN; the header rules are written for 1.1.
    allowH2: false,
    maxHeaderSize: 64 * 1024,
    connectTimeout: options.connectMs,
    useMilo: false,
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(options.ca === undefined ? {} : { connect: { ca: options.ca } }),
  })
  // TLS names and checks the upstream by its own name, also when the client's Host is handed on.
  const tlsName = origin.protocol === 'https:' ? { servername: origin.hostname } : {}
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
    authority: socketPath === undefined ? origin.host : 'localhost',
    get asideUntilMs() {
      if (record.sick) return Number.POSITIVE_INFINITY
      return record.asideUntilMs > clock.monotonicMs() ? record.asideUntilMs : 0
    },
    turns: createTurns(options.connectionsMax),
    dispatch: (request, handler) => void pool.dispatch({ ...request, ...tlsName }, handler),
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
    close: () => pool.destroy(),
  }
}

function readAddress(text: string): { origin: URL; socketPath: string | undefined } {
  if (text.startsWith('unix:')) return { origin: new URL('http://localhost'), socketPath: text.slice('unix:'.length) }
  return { origin: new URL(text), socketPath: undefined }
}
