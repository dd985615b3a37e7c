import { Readable } from 'node:stream'
import { refusal } from './refusals.ts'

export interface BodyTap {
  /** A reader waits: bytes may be taken from the connection. Called first before the first byte. */
  wanted(): void
  /** Nobody reads any more. */
  left(): void
  nowMs(): number
}

export interface BodyPace {
  /** Between two bytes of a body that somebody waits for. */
  readonly bodyIdleMs: number
  /** On average over that time. */
  readonly bodyBytesPerSecondMin: number
}

/**
 * The body as the house reads it. Destroying it leaves the connection alone (an upstream may answer before it has read everything), and
 * nothing is taken from the socket before somebody reads.
 */
export class SocketBody extends Readable {
  bytesMax: number
  /** True while a reader waits for the client. */
  hungry = false
  /** Monotonic milliseconds of the last byte, or of the moment somebody began to wait. */
  waitingSinceMs = 0
  /** Bytes of this stretch of waiting: its length is judged as a whole, so that a byte now and then is no progress. */
  #stretch = { sinceMs: 0, bytes: 0 }
  readonly #tap: BodyTap
  #bytes = 0

  constructor(tap: BodyTap, bytesMax: number) {
    super()
    this.#tap = tap
    this.bytesMax = bytesMax
    // Whoever reads learns of a failure by its own listener; without a reader it must not end the process.
    this.on('error', () => {})
  }

  override _read(): void {
    this.waitingSinceMs = this.#tap.nowMs()
    if (!this.hungry) this.#stretch = { sinceMs: this.waitingSinceMs, bytes: 0 }
    this.hungry = true
    this.#tap.wanted()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.hungry = false
    this.#tap.left()
    callback(error)
  }

  /** The client sends nothing for so long, or too little for a whole stretch of that length. To be asked now and then. */
  isTooSlow(nowMs: number, { bodyIdleMs, bodyBytesPerSecondMin }: BodyPace): boolean {
    if (!this.hungry) return false
    if (nowMs - this.waitingSinceMs > bodyIdleMs) return true
    const { sinceMs, bytes } = this.#stretch
    if (nowMs - sinceMs <= bodyIdleMs) return false
    this.#stretch = { sinceMs: nowMs, bytes: 0 }
    return bytes < (bodyBytesPerSecondMin * (nowMs - sinceMs)) / 1000
  }

  /** Bytes that came; `hungry` says afterwards whether more may come. */
  receive(chunk: Buffer): void {
    if (this.destroyed) return
    this.#bytes += chunk.length
    this.#stretch.bytes += chunk.length
    if (this.#bytes > this.bytesMax) {
      this.destroy(refusal('body-bytes', { detail: `more than ${this.bytesMax}` }))
      return
    }
    this.hungry = this.push(chunk)
    this.waitingSinceMs = this.#tap.nowMs()
  }

  /** The message is whole. */
  finish(): void {
    this.hungry = false
    if (!this.destroyed) this.push(null)
  }

  /** A message that broke off must never look like one that ended. */
  breakOff(cause: Error): void {
    if (!this.destroyed) this.destroy(refusal('body-broken-off', { cause }))
  }
}
