import { constants, type ServerHttp2Stream } from 'node:http2'
import type { RawHeaders, RequestHead } from '../lib/request-head.ts'
import type { Exchange, ExchangeEnd, ResponseWriter } from './exchange.ts'
import { answerWhole, Ending, silentWriter } from './exchange-end.ts'
import { type Http2Answer, http2Answer, http2Fields } from './http2-answer.ts'
import type { Http2Meter } from './http2-meter.ts'
import { Unread } from './http2-unread.ts'
import { type BodyPace, SocketBody } from './socket-body.ts'

/** What an exchange needs of its session. */
export interface Http2Line {
  nowMs(): number
  date(): string
  readonly meter: Pick<Http2Meter, 'received' | 'sent'>
  /** Called once. `complete`: the answer is whole. */
  ended(exchange: Http2Exchange, complete: boolean): void
}

export interface Http2ExchangeOptions {
  readonly head: RequestHead
  readonly endsStream: boolean
  readonly expectsContinue: boolean
  readonly bodyBytesMax: number
}

/** One stream of a session as an exchange, and the writer of its own answer. Its end never ends the session. */
export class Http2Exchange implements Exchange, ResponseWriter {
  readonly head: RequestHead
  readonly startedMs: number
  began = false
  readonly #stream: ServerHttp2Stream
  readonly #unread: Unread
  readonly #line: Http2Line
  readonly #options: Http2ExchangeOptions
  #body: SocketBody | null = null
  #isBodyWhole: boolean
  #bodyBytes = 0
  #continueOwed: boolean
  /** Not sent yet: it leaves with the first bytes of the body, or with the end where there are none. */
  #owed: Http2Answer | null = null
  #length: number | null = null
  #hasBody = true
  #status: number | null = null
  #bytesSent = 0
  #answered = false
  #stall = { taken: -1, sinceMs: 0 }
  #onDrain: (() => void) | null = null
  readonly #ending = new Ending()

  constructor(stream: ServerHttp2Stream, options: Http2ExchangeOptions, line: Http2Line) {
    this.#stream = stream
    this.#unread = new Unread(stream)
    this.#options = options
    this.#line = line
    this.head = options.head
    this.startedMs = line.nowMs()
    this.#isBodyWhole = options.endsStream
    this.#continueOwed = options.expectsContinue
    stream.on('aborted', () => this.#finish(false))
    stream.on('close', () => this.#finish(false))
    stream.on('error', () => {}) // its end is told by 'close'
    stream.on('drain', () => this.#onDrain?.())
  }

  get body(): SocketBody {
    if (this.#body !== null) return this.#body
    const tap = { nowMs: () => this.#line.nowMs(), wanted: () => this.#wantBody(), left: () => this.#leaveBody() }
    this.#body = new SocketBody(tap, this.#options.bodyBytesMax)
    if (this.#isBodyWhole) this.#body.finish()
    return this.#body
  }

  /** Bytes that came and wait for a reader. */
  get unreadBytes(): number {
    return this.#unread.bytes
  }

  /** What they take of our memory. */
  get heldBytes(): number {
    return this.#unread.heldBytes
  }

  get isBodyWhole(): boolean {
    return this.#isBodyWhole
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

  begin(status: number, _reason: string, headers: RawHeaders): ResponseWriter {
    if (this.began || this.#ending.outcome !== null) return silentWriter
    const answer = http2Answer(status, headers, { method: this.head.method, date: this.#line.date() })
    if (answer === null) {
      this.abort()
      return silentWriter
    }
    this.began = true
    this.#status = answer.status
    this.#length = answer.length
    this.#hasBody = answer.hasBody
    this.#owed = answer
    // An event stream may stay silent after its head.
    process.nextTick(flushHead, this)
    return this
  }

  onDrain(callback: () => void): void {
    this.#onDrain = callback
  }

  interim(status: number, headers: RawHeaders): void {
    if (this.began || this.#ending.outcome !== null || this.#stream.closed || this.#stream.destroyed) return
    const fields = http2Fields(headers)
    if (fields === null || status === 101) return
    this.#send(() => this.#stream.additionalHeaders({ ':status': status, ...fields }))
  }

  /** There is no such thing in HTTP/2; extended CONNECT (RFC 8441) is off, so browsers open WebSockets over HTTP/1.1. */
  acceptUpgrade(): null {
    return null
  }

  abort(): void {
    this.#finish(false)
  }

  /** The client sends no more of a body that somebody waits for, or too little. */
  isStarved(nowMs: number, pace: BodyPace): boolean {
    return !this.#isBodyWhole && this.#body?.isTooSlow(nowMs, pace) === true
  }

  /** The client takes nothing: its window stays shut, or its connection does. To be asked now and then. */
  isStalled(nowMs: number, sendIdleMs: number): boolean {
    const { writableLength } = this.#stream
    const taken = this.#bytesSent - writableLength
    if (writableLength === 0 || taken !== this.#stall.taken) this.#stall = { taken, sinceMs: nowMs }
    return nowMs - this.#stall.sinceMs > sendIdleMs
  }

  write(chunk: Uint8Array): boolean {
    if (this.#ending.outcome !== null || this.#answered) return false
    if (chunk.length === 0 || !this.#hasBody) return true
    this.#bytesSent += chunk.length
    // RFC 9113 §8.1.1: a client takes an answer that is longer than announced for malformed.
    if (this.#length !== null && this.#bytesSent > this.#length) {
      this.abort()
      return false
    }
    this.flushHead()
    this.#line.meter.sent(chunk.length)
    return this.#stream.write(chunk)
  }

  end(): void {
    if (this.#ending.outcome !== null || this.#answered) return
    if (this.#hasBody && this.#length !== null && this.#bytesSent < this.#length) {
      this.abort()
      return
    }
    this.#answered = true
    // Nobody may take the rest for a whole body from here on: the stream can end without END_STREAM.
    if (!this.#isBodyWhole) this.#body?.breakOff(new Error('it was answered before it was whole'))
    if (this.#owed !== null) this.#respond(true)
    else this.#stream.end()
    // Node ends its side of a HEAD before anybody has answered.
    if (this.#stream.writableFinished) this.#whole()
    else this.#stream.once('finish', () => this.#whole())
  }

  flushHead(): void {
    if (this.#owed !== null && this.#ending.outcome === null) this.#respond(false)
  }

  #respond(endsStream: boolean): void {
    const owed = this.#owed
    this.#owed = null
    if (owed === null || this.#stream.closed || this.#stream.destroyed) return
    this.#send(() => this.#stream.respond(owed.fields, { endStream: endsStream || !owed.hasBody }))
  }

  /** What the library refuses to send is no answer: an exception here would reach nobody who waits for one. */
  #send(frame: () => void): void {
    try {
      frame()
    } catch {
      this.#finish(false)
    }
  }

  /** RFC 9113 §8.1: a whole answer may end a request that is not whole, without an error. */
  #whole(): void {
    this.#finish(true)
    if (!this.#isBodyWhole) this.#stream.close(constants.NGHTTP2_NO_ERROR)
  }

  #wantBody(): void {
    if (this.#continueOwed && !this.began && this.#ending.outcome === null) {
      this.#continueOwed = false
      this.interim(100, [])
    }
    if (this.#isBodyWhole || this.#ending.outcome !== null) return
    if (this.#stream.listenerCount('data') === 0) {
      this.#stream.on('data', (chunk: Buffer) => this.#takeBody(chunk))
      this.#stream.on('end', () => this.#endBody())
    } else this.#stream.resume()
  }

  #leaveBody(): void {
    this.#stream.pause()
  }

  #takeBody(chunk: Buffer): void {
    this.#bodyBytes += chunk.length
    this.#unread.read()
    this.#line.meter.received(chunk.length)
    const body = this.#body
    if (body === null || this.#answered) return
    body.receive(chunk)
    if (!body.hungry) this.#stream.pause()
  }

  /** Node ends a stream that was reset without an error like one that is whole. What is not whole must never look so to an upstream. */
  #endBody(): void {
    const { bodyLength } = this.head
    const isShort = bodyLength !== 'chunked' && this.#bodyBytes !== bodyLength
    if (this.#answered || this.#stream.closed || isShort) {
      this.#body?.breakOff(new Error('the stream ended before the body'))
      return
    }
    this.#isBodyWhole = true
    this.#body?.finish()
  }

  /** The answer is out, or never will be. Only the first counts. */
  #finish(complete: boolean): void {
    if (!this.#ending.settle({ status: this.#status, complete, bytesSent: this.#bytesSent })) return
    this.#line.ended(this, complete)
    if (!complete) {
      // Never `close`: it ends the writing side first, and what is broken off would end as if it were whole.
      this.#stream.destroy(new Error('the exchange is over'))
      if (!this.#isBodyWhole) this.#body?.destroy(new Error('the client left'))
    }
    this.#ending.tell()
  }
}

function flushHead(exchange: Http2Exchange): void {
  exchange.flushHead()
}
