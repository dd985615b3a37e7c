import type { Duplex, Readable } from 'node:stream'
import type { RawHeaders, RequestHead } from '../lib/request-head.ts'

/**
 * One request and the answer to it, between the listener and everybody else: the proxy forwards through it, the bridge to the
 * portal's pages answers through it, refusals answer through it. Nobody behind it knows which HTTP implementation serves.
 *
 * Field lists are raw pairs and must not name Connection, Transfer-Encoding or (with `begin`) anything the framing depends on but
 * Content-Length: the listener frames. After the exchange has ended or was aborted every call is a harmless no-op.
 */
export interface Exchange {
  readonly head: RequestHead
  /** Monotonic milliseconds at which the head was complete. */
  readonly startedMs: number
  /**
   * The body's bytes. The first read answers `Expect: 100-continue`. Fails with a Fault: `body_too_large` over the limit,
   * `request_timeout` when the client stopped sending, `bad_request` when its framing broke or the client left.
   */
  readonly body: Readable
  /** Bytes of body that may come. Without a call the listener's own limit holds. Call it before reading. */
  limitBody(bytesMax: number): void
  /** True from the first byte of a final answer (or of a 101) on. Until then the exchange can still be answered otherwise. */
  readonly began: boolean
  /** The client left, or its message broke, before the answer was complete. Called once; at once when that has happened already. */
  onAbort(callback: () => void): void
  /** Nothing more will happen here. Called once, also after an abort and when an upgraded connection closes. */
  onEnd(callback: (end: ExchangeEnd) => void): void
  /** A whole answer in one piece. */
  answer(status: number, headers: RawHeaders, body: string | Uint8Array): void
  /** An answer whose body follows. An empty reason means the usual one. */
  begin(status: number, reason: string, headers: RawHeaders): ResponseWriter
  /** A 1xx answer (103 Early Hints). */
  interim(status: number, headers: RawHeaders): void
  /**
   * Switches protocols: writes the 101 with these fields (Connection and Upgrade are added) and hands over the connection, with every
   * byte that came after the head still in it, paused: resume it once somebody listens. Null when the request did not ask for an upgrade or the client has left.
   */
  acceptUpgrade(protocol: string, headers: RawHeaders): Duplex | null
  /** Ends the connection at once; the client can tell that the answer is not whole. */
  abort(): void
}

/** The rest of an answer. */
export interface ResponseWriter {
  /** False: wait for `onDrain` before writing more. Also false, for good, once the exchange has ended. */
  write(chunk: Uint8Array): boolean
  onDrain(callback: () => void): void
  /** The answer is whole. */
  end(): void
  /** The answer is not whole and must never look as if it were: no last chunk, no clean end. */
  abort(): void
}

export interface ExchangeEnd {
  /** The status that was sent; null when nothing was. */
  readonly status: number | null
  readonly complete: boolean
  readonly bytesSent: number
}
