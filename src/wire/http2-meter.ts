/** What a client may do beside its requests and their answers, on one connection. */
export interface Http2Floods {
  /** Streams that are opened. */
  readonly streams: Rate
  /** Streams that end without a whole answer, or are refused: each has cost us a start, and an upstream perhaps (CVE-2023-44487, CVE-2025-8671). */
  readonly broken: Rate
  /** Bytes that bring nothing: PING, SETTINGS, PRIORITY, WINDOW_UPDATE, padding, empty and unknown frames (CVE-2019-9511 to 9518). */
  readonly idleBytes: Rate
}

export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** What a client did too much of; null while it did not. */
export type Flood = 'http2-opened' | 'http2-broken' | 'http2-idle-frames' | null

// What may come along with a stream, or with a piece of a body of either direction, and is no body: its head's frame, a reset, windows,
// a priority (RFC 9218 sends one as text).
const bytesPerStream = 256
const bytesPerPiece = 48
/** Of an answer: a client that takes it opens windows in between. */
const pieceBytes = 4096
/** What useful frames have earned and nobody has used: as much as clients have on their way, never enough for a flood later. */
const creditBytesMax = 4 * 1024 * 1024

/** Counts what one connection does. Keeps a few numbers that refill with time, and arms no timer. */
export class Http2Meter {
  readonly #streams: Allowance
  readonly #broken: Allowance
  readonly #idleBytes: Allowance
  #usefulBytes = 0
  #chargedBytes = 0
  #flood: Flood = null

  constructor(floods: Http2Floods, nowMs: number) {
    this.#streams = new Allowance(floods.streams, nowMs)
    this.#broken = new Allowance(floods.broken, nowMs)
    this.#idleBytes = new Allowance(floods.idleBytes, nowMs)
  }

  get flood(): Flood {
    return this.#flood
  }

  /** `headBytes`: as the head would be in HTTP/1.1; what a table had costs the client less, never more. */
  opened(headBytes: number, nowMs: number): void {
    this.#usefulBytes += bytesPerStream + headBytes
    if (!this.#streams.take(1, nowMs)) this.#flood ??= 'http2-opened'
  }

  broke(nowMs: number): void {
    if (!this.#broken.take(1, nowMs)) this.#flood ??= 'http2-broken'
  }

  /** A piece of a request's body was read. */
  received(bytes: number): void {
    this.#usefulBytes += bytes + bytesPerPiece
  }

  /** A piece of an answer was sent. */
  sent(bytes: number): void {
    this.#usefulBytes += bytesPerPiece * (1 + bytes / pieceBytes)
  }

  /** So much of a body may still come that nobody reads any more: the client does not know yet. */
  gaveUp(bytes: number): void {
    this.#usefulBytes += bytes
  }

  /** `bytesRead`: all that came on the connection; `unread`: how much of it are bodies that wait for their readers. */
  judge(bytesRead: number, unread: number, nowMs: number): void {
    const idle = bytesRead - unread - this.#usefulBytes - this.#chargedBytes
    if (idle < -creditBytesMax) this.#chargedBytes += idle + creditBytesMax
    if (idle <= 0) return
    this.#chargedBytes += idle
    if (!this.#idleBytes.take(idle, nowMs)) this.#flood ??= 'http2-idle-frames'
  }
}

/** A budget that refills. */
class Allowance {
  readonly #rate: Rate
  #left: number
  #sinceMs: number

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate
    this.#left = rate.burst
    this.#sinceMs = nowMs
  }

  take(amount: number, nowMs: number): boolean {
    const refilled = this.#left + ((nowMs - this.#sinceMs) * this.#rate.perSecond) / 1000
    this.#left = Math.min(this.#rate.burst, refilled) - amount
    this.#sinceMs = nowMs
    return this.#left >= 0
  }
}
