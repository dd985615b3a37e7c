import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { RawHeaders, RequestHead } from '../lib/request-head.ts'
import type { Exchange, ExchangeEnd, ResponseWriter } from './exchange.ts'
import { RequestBody } from './request-body.ts'

// Node's request and response as an Exchange. With listener.ts the only file that knows node:http.

export interface HttpExchangeOptions {
  readonly head: RequestHead
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly socket: Socket
  readonly nowMs: () => number
  readonly bodyBytesMax: number
  readonly expectsContinue: boolean
  /** True when this connection shall end with this answer (the listener is closing). */
  readonly isLast: () => boolean
  /** Present for an upgrade: takes the connection out of HTTP, with all bytes that came early. */
  readonly takeSocket?: () => Duplex | null
}

// A refused body of up to this size is read and thrown away, so that the connection can be used again.
const drainedBytesMax = 64 * 1024

export class HttpExchange implements Exchange {
  readonly head: RequestHead
  readonly startedMs: number
  began = false
  /** Monotonic milliseconds since when the client has not taken what we sent; null while it does. */
  stalledSinceMs: number | null = null
  readonly #options: HttpExchangeOptions
  #body: RequestBody | null = null
  #continueOwed: boolean
  #upgraded = false
  #status: number | null = null
  #bytesSent = 0
  #end: ExchangeEnd | null = null
  #onAborts: (() => void)[] = []
  #onEnds: ((end: ExchangeEnd) => void)[] = []

  constructor(options: HttpExchangeOptions) {
    this.#options = options
    this.head = options.head
    this.startedMs = options.nowMs()
    this.#continueOwed = options.expectsContinue
    options.response.on('close', () => {
      if (!this.#upgraded) this.finish(options.response.writableFinished)
    })
    // A write after the client has gone is no news: 'close' says it.
    options.response.on('error', () => {})
  }

  get body(): RequestBody {
    this.#body ??= new RequestBody(this.#options.request, {
      bytesMax: this.#options.bodyBytesMax,
      nowMs: this.#options.nowMs,
      onFirstRead: () => this.#continue(),
    })
    return this.#body
  }

  /** Monotonic milliseconds since when a reader has waited for the client's next byte; null when nobody waits. */
  get starvedSinceMs(): number | null {
    return this.#body?.hungry === true ? this.#body.waitingSinceMs : null
  }

  get isBodyWhole(): boolean {
    return this.#options.request.complete
  }

  limitBody(bytesMax: number): void {
    this.body.bytesMax = bytesMax
  }

  onAbort(callback: () => void): void {
    if (this.#end === null) this.#onAborts.push(callback)
    else if (!this.#end.complete) callback()
  }

  onEnd(callback: (end: ExchangeEnd) => void): void {
    if (this.#end === null) this.#onEnds.push(callback)
    else callback(this.#end)
  }

  answer(status: number, headers: RawHeaders, body: string | Uint8Array): void {
    const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body
    const length = status === 204 || status === 304 ? [] : ['Content-Length', String(bytes.length)]
    const writer = this.begin(status, '', [...headers, ...length])
    if (bytes.length > 0 && this.head.method !== 'HEAD') writer.write(bytes)
    writer.end()
  }

  begin(status: number, reason: string, headers: RawHeaders): ResponseWriter {
    if (this.began || this.#end !== null) return silent
    const { response } = this.#options
    const fields = this.#mustClose() ? [...headers, 'Connection', 'close'] : [...headers]
    response.sendDate = !fields.some((name, i) => i % 2 === 0 && name.length === 4 && name.toLowerCase() === 'date')
    if (reason === '') response.writeHead(status, fields)
    else response.writeHead(status, reason, fields)
    this.began = true
    this.#status = status
    // The head goes out with the first bytes when they come in this turn, and alone when they do not (an event stream may stay silent).
    process.nextTick(() => {
      if (this.#end === null && this.#bytesSent === 0 && !response.writableEnded) response.flushHeaders()
    })
    // Before anybody else's listener: that one may write, and stall again.
    response.on('drain', () => {
      this.stalledSinceMs = null
    })
    return {
      write: chunk => this.#write(chunk),
      onDrain: callback => void response.on('drain', callback),
      end: () => void response.end(),
      abort: () => this.abort(),
    }
  }

  interim(status: number, headers: RawHeaders): void {
    // RFC 9110 §15.2: a 1.0 client knows no interim answers.
    if (this.began || this.#end !== null || this.#options.request.httpVersion !== '1.1') return
    let text = `HTTP/1.1 ${status} ${status === 103 ? 'Early Hints' : 'Interim'}\r\n`
    for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
    this.#options.socket.write(`${text}\r\n`, 'latin1')
  }

  acceptUpgrade(protocol: string, headers: RawHeaders): Duplex | null {
    const { takeSocket, response } = this.#options
    if (takeSocket === undefined || this.began || this.#end !== null) return null
    this.#upgraded = true
    response.detachSocket(this.#options.socket)
    const socket = takeSocket()
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
    if (this.#end !== null) return
    const { socket, request } = this.#options
    // A body that ends with the connection looks whole to a 1.0 client unless the connection is reset.
    if (this.began && request.httpVersion === '1.0') socket.resetAndDestroy()
    else socket.destroy()
    this.finish(false)
  }

  /** The connection is gone, the answer is out, or the message broke. Called by the listener and by ourselves; only the first counts. */
  finish(complete: boolean): void {
    if (this.#end !== null) return
    this.#end = { status: this.#status, complete, bytesSent: this.#bytesSent }
    const aborts = this.#onAborts
    const ends = this.#onEnds
    this.#onAborts = []
    this.#onEnds = []
    if (!complete) {
      this.#body?.destroy(new Error('the client left'))
      for (const callback of aborts) callback()
    }
    for (const callback of ends) callback(this.#end)
  }

  #write(chunk: Uint8Array): boolean {
    // False without an `onDrain` to come: whoever pours in a loop stops.
    if (this.#end !== null) return false
    this.#bytesSent += chunk.length
    const { response, nowMs } = this.#options
    if (response.write(chunk)) return true
    this.stalledSinceMs ??= nowMs()
    return false
  }

  #continue(): void {
    if (!this.#continueOwed || this.began || this.#end !== null) return
    this.#continueOwed = false
    this.#options.response.writeContinue()
  }

  /** A client that still has a body to send, or may never send it, cannot be answered on the same connection again (RFC 9112 §9.3). */
  #mustClose(): boolean {
    const { request, isLast } = this.#options
    if (isLast() || this.#continueOwed || this.#options.takeSocket !== undefined) return true
    if (request.complete) return false
    return this.head.bodyLength === 'chunked' || this.head.bodyLength > drainedBytesMax
  }
}

const silent: ResponseWriter = { write: () => false, onDrain: () => {}, end: () => {}, abort: () => {} }
