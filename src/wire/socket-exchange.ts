import type { Duplex } from 'node:stream'
import type { RawHeaders, RequestHead } from '../lib/request-head.ts'
import { type AnswerHead, type BodyFraming, writeAnswerHead } from './answer-head.ts'
import type { Exchange, ExchangeEnd, ResponseWriter } from './exchange.ts'
import { answerWhole, Ending, silentWriter } from './exchange-end.ts'
import { type BodyPace, SocketBody } from './socket-body.ts'

/** What an exchange needs of its connection. */
export interface ExchangeLine {
  nowMs(): number
  /** For the Date field: the same text for a whole second. */
  date(): string
  /** False: wait for `drain`. What follows in the same turn leaves together with it. */
  write(text: string): boolean
  /** Bytes, and what ends them, behind all that was written. False: wait for `drain`. */
  pour(bytes: Buffer, end: string): boolean
  /** This answer is the connection's last one. */
  isLast(): boolean
  /** A reader of the body waits. */
  wantsBody(): void
  /** The answer is whole. */
  answered(closes: boolean): void
  /** Ends the connection at once. `reset`: its end must not look like the end of a body. */
  destroy(reset: boolean): void
  /** Takes the connection out of HTTP, paused, with every byte that came early; null when the client has left. */
  takeSocket(): Duplex | null
}

export interface SocketExchangeOptions {
  readonly head: RequestHead
  readonly version: string
  readonly keepAlive: boolean
  readonly expectsContinue: boolean
  readonly bodyBytesMax: number
}

// A refused body of up to this size is read and thrown away, so that the connection can be used again.
const drainedBytesMax = 64 * 1024
/** A body that leaves in one write with its head: copying it is cheaper than a second buffer for the kernel. */
const joinedBytesMax = 8 * 1024

/** An exchange, and the writer of its own answer. */
export class SocketExchange implements Exchange, ResponseWriter {
  readonly head: RequestHead
  readonly startedMs: number
  began = false
  /** The request's last byte was read. */
  isBodyWhole = false
  /** Monotonic milliseconds since when the client has not taken what we sent; null while it does. */
  stalledSinceMs: number | null = null
  readonly #line: ExchangeLine
  readonly #options: SocketExchangeOptions
  #body: SocketBody | null = null
  #continueOwed: boolean
  #closes = false
  #status: number | null = null
  /** Not written yet: it leaves with the first bytes of the body where they come in this turn. */
  #owedHead: string | null = null
  #framing: BodyFraming = { kind: 'none' }
  #bytesSent = 0
  #answered = false
  #answeredMs = 0
  #onDrain: (() => void) | null = null
  readonly #ending = new Ending()

  constructor(options: SocketExchangeOptions, line: ExchangeLine) {
    this.#options = options
    this.#line = line
    this.head = options.head
    this.startedMs = line.nowMs()
    this.#continueOwed = options.expectsContinue
  }

  get body(): SocketBody {
    if (this.#body !== null) return this.#body
    const tap = { nowMs: () => this.#line.nowMs(), wanted: () => this.#wantBody(), left: () => this.#line.wantsBody() }
    this.#body = new SocketBody(tap, this.#options.bodyBytesMax)
    if (this.isBodyWhole) this.#body.finish()
    return this.#body
  }

  /** Whether bytes of the body may be taken from the connection: somebody reads, or they are thrown away. */
  get takesBody(): boolean {
    if (this.#answered || this.#ending.outcome !== null) return true
    return this.#body !== null && !this.#body.destroyed && this.#body.hungry
  }

  takeBody(chunk: Buffer): void {
    if (!this.#answered) this.#body?.receive(chunk)
  }

  finishBody(): void {
    this.isBodyWhole = true
    this.#body?.finish()
  }

  breakBody(cause: Error): void {
    this.#body?.breakOff(cause)
  }

  /** A reader waits for the client, which sends nothing or too little. */
  isStarved(nowMs: number, pace: BodyPace): boolean {
    if (this.isBodyWhole) return false
    // The rest of a body that was answered early is waited for once, and not longer than for any other byte.
    if (this.#answered) return nowMs - this.#answeredMs > pace.bodyIdleMs
    return this.#body?.isTooSlow(nowMs, pace) === true
  }

  limitBody(bytesMax: number): void {
    this.body.bytesMax = bytesMax
  }

  onAbort(callback: () => void): void {
    this.#ending.onAbort(callback)
  }

  onEnd(callback: (end: ExchangeEnd) => void): void {
    this.#ending.onEnd(callback)
  }

  answer(status: number, headers: RawHeaders, body: string | Uint8Array): void {
    answerWhole(this, status, headers, body)
  }

  begin(status: number, reason: string, headers: RawHeaders): ResponseWriter {
    if (this.began || this.#ending.outcome !== null) return silentWriter
    this.#closes = this.#mustClose()
    const { version } = this.#options
    const about = { method: this.head.method, version, closes: this.#closes, date: this.#line.date() }
    const written: AnswerHead | null = writeAnswerHead(status, reason, headers, about)
    if (written === null) {
      this.abort()
      return silentWriter
    }
    this.began = true
    this.#status = status
    this.#owedHead = written.text
    this.#framing = written.framing
    if (written.framing.kind === 'until-close') this.#closes = true
    // The head goes out with the first bytes when they come in this turn, and alone when they do not (an event stream may stay silent).
    process.nextTick(flushHead, this)
    return this
  }

  onDrain(callback: () => void): void {
    this.#onDrain = callback
  }

  interim(status: number, headers: RawHeaders): void {
    // RFC 9110 §15.2: a 1.0 client knows no interim answers.
    if (this.began || this.#ending.outcome !== null || this.#options.version !== '1.1') return
    let text = `HTTP/1.1 ${status} ${status === 103 ? 'Early Hints' : 'Interim'}\r\n`
    for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
    this.#line.write(`${text}\r\n`)
  }

  acceptUpgrade(protocol: string, headers: RawHeaders): Duplex | null {
    if (this.head.upgrade === undefined || this.began || this.#ending.outcome !== null) return null
    const socket = this.#line.takeSocket()
    if (socket === null) {
      this.finish(false)
      return null
    }
    this.began = true
    this.#status = 101
    let text = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n`
    for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
    socket.write(`${text}\r\n`, 'latin1')
    socket.on('close', () => this.finish(true))
    return socket
  }

  abort(): void {
    if (this.#ending.outcome !== null) return
    // A body that ends with the connection looks whole unless the connection is reset.
    this.#line.destroy(this.began && this.#framing.kind === 'until-close')
    this.finish(false)
  }

  /** What we sent was taken. */
  drained(): void {
    if (this.stalledSinceMs === null) return
    this.stalledSinceMs = null
    this.#onDrain?.()
  }

  /** The connection is gone, the answer is out, or the message broke. Only the first counts. */
  finish(complete: boolean): void {
    if (!this.#ending.settle({ status: this.#status, complete, bytesSent: this.#bytesSent })) return
    if (!complete && !this.isBodyWhole) this.#body?.destroy(new Error('the client left'))
    this.#ending.tell()
  }

  #wantBody(): void {
    if (this.#continueOwed && !this.began && this.#ending.outcome === null) {
      this.#continueOwed = false
      this.#line.write('HTTP/1.1 100 Continue\r\n\r\n')
    }
    this.#line.wantsBody()
  }

  /** The head, where nothing came that it could leave with. */
  flushHead(): void {
    if (this.#owedHead === null || this.#ending.outcome !== null) return
    const head = this.#owedHead
    this.#owedHead = null
    this.#line.write(head)
  }

  write(chunk: Uint8Array): boolean {
    // False without an `onDrain` to come: whoever pours in a loop stops.
    if (this.#ending.outcome !== null || this.#answered) return false
    if (chunk.length === 0 || this.#framing.kind === 'none') return true
    // More than was announced would be read as the next answer.
    if (this.#framing.kind === 'length' && this.#bytesSent + chunk.length > this.#framing.bytes) {
      this.abort()
      return false
    }
    this.#bytesSent += chunk.length
    if (this.#send(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))) return true
    this.stalledSinceMs ??= this.#line.nowMs()
    return false
  }

  #send(chunk: Buffer): boolean {
    const head = this.#owedHead ?? ''
    this.#owedHead = null
    const line = this.#line
    const isChunked = this.#framing.kind === 'chunked'
    const before = isChunked ? `${head}${chunk.length.toString(16)}\r\n` : head
    const after = isChunked ? '\r\n' : ''
    // Text joined to text is written at less cost than two pieces.
    if (before !== '' && chunk.length <= joinedBytesMax)
      return line.write(`${before}${chunk.toString('latin1')}${after}`)
    if (before !== '') line.write(before)
    return line.pour(chunk, after)
  }

  end(): void {
    if (this.#ending.outcome !== null || this.#answered) return
    if (this.#framing.kind === 'length' && this.#bytesSent < this.#framing.bytes) {
      this.abort()
      return
    }
    this.#answered = true
    if (!this.isBodyWhole) this.#answeredMs = this.#line.nowMs()
    const rest = `${this.#owedHead ?? ''}${this.#framing.kind === 'chunked' ? '0\r\n\r\n' : ''}`
    this.#owedHead = null
    if (rest !== '') this.#line.write(rest)
    this.#line.answered(this.#closes)
  }

  /** A client that still has a body to send, or may never send it, cannot be answered on the same connection again (RFC 9112 §9.3). */
  #mustClose(): boolean {
    if (!this.#options.keepAlive || this.#line.isLast() || this.#continueOwed) return true
    if (this.head.upgrade !== undefined) return true
    if (this.isBodyWhole) return false
    return this.head.bodyLength === 'chunked' || this.head.bodyLength > drainedBytesMax
  }
}

function flushHead(exchange: SocketExchange): void {
  exchange.flushHead()
}
