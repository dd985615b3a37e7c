import { Readable } from 'node:stream'
import { Fault } from '../lib/fault.ts'

/** What a parser gives for a body: Node's own message is one. */
export interface BodySource extends Readable {
  /** True when the whole message has been parsed. */
  readonly complete: boolean
}

/**
 * The body as the house reads it. Destroying it leaves the connection alone (an upstream may answer before it has read everything), and
 * nothing is taken from the socket before somebody reads.
 */
export class RequestBody extends Readable {
  bytesMax: number
  /** True while a reader waits for the client. */
  hungry = false
  /** Monotonic milliseconds of the last byte, or of the moment somebody began to wait. */
  waitingSinceMs = 0
  readonly #source: BodySource
  readonly #nowMs: () => number
  #onFirstRead: (() => void) | null
  #bytes = 0

  constructor(source: BodySource, options: { bytesMax: number; nowMs: () => number; onFirstRead: () => void }) {
    super()
    this.#source = source
    this.#nowMs = options.nowMs
    this.#onFirstRead = options.onFirstRead
    this.bytesMax = options.bytesMax
    // Whoever reads learns of a failure by its own listener; without a reader it must not end the process.
    this.on('error', () => {})
  }

  override _read(): void {
    this.hungry = true
    this.waitingSinceMs = this.#nowMs()
    if (this.#onFirstRead === null) {
      this.#source.resume()
      return
    }
    this.#onFirstRead()
    this.#onFirstRead = null
    this.#source.on('data', this.#onData)
    this.#source.on('end', this.#onEnd)
    this.#source.on('error', this.#onError)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.hungry = false
    this.#onFirstRead = () => {}
    this.#source.off('data', this.#onData)
    this.#source.off('end', this.#onEnd)
    callback(error)
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length
    if (this.#bytes > this.bytesMax) {
      this.#source.pause()
      this.destroy(new Fault('body_too_large'))
      return
    }
    this.hungry = this.push(chunk)
    this.waitingSinceMs = this.#nowMs()
    if (!this.hungry) this.#source.pause()
  }

  readonly #onEnd = (): void => {
    this.hungry = false
    // A message that broke off must never look like one that ended.
    if (this.#source.complete) this.push(null)
    else this.#onError(new Error('the body ended early'))
  }

  readonly #onError = (cause: Error): void => {
    this.destroy(new Fault('bad_request', { cause, detail: 'the body broke off' }))
  }
}
