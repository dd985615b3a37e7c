import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { Fault } from '../lib/fault.ts'
import { fieldValue, type RawHeaders } from '../lib/request-head.ts'
import type { ConnectionFacts } from './connection-host.ts'
import type { HeadReading } from './head.ts'
import { Http2Exchange, type Http2Line } from './http2-exchange.ts'
import { Http2Meter } from './http2-meter.ts'
import { connectionWindowOf, type Http2Rules, headBytesOf, sessionOptions } from './http2-options.ts'
import { ruleOfHttp2Error } from './http2-refusals.ts'
import type { PartialHead } from './partial-head.ts'
import { plainAnswer } from './plain-answer.ts'
import { refusal } from './refusals.ts'

/** What a connection asks its service. */
export interface Http2Host {
  readonly rules: Http2Rules
  /** A proxy of ours speaks for many: it may open, and break, as many streams as it likes. */
  rulesFor(about: ConnectionFacts): Http2Rules
  nowMs(): number
  date(): string
  read(fields: RawHeaders, endsStream: boolean, about: ConnectionFacts): HeadReading
  /** Counts a stream like a connection; the fault says which bound it is over. */
  admit(about: ConnectionFacts): Fault | null
  leave(about: ConnectionFacts): void
  hand(exchange: Http2Exchange): void
  /** Records it, and says its receipt. */
  refused(fault: Fault, about: ConnectionFacts, partial?: Omit<PartialHead, 'peer'>): string | undefined
}

/** After GOAWAY: long enough for the client to read it round the world. */
const lingerMs = 2000

/** One client connection that speaks HTTP/2: its streams become exchanges, and what nobody needs ends it. */
export class Http2Connection implements Http2Line {
  readonly about: ConnectionFacts
  readonly meter: Http2Meter
  readonly #socket: TLSSocket
  readonly #session: ServerHttp2Session
  readonly #host: Http2Host
  /** As the session was told at its begin. */
  readonly #windowBytes: number
  readonly #exchanges = new Set<Http2Exchange>()
  /** Since when it carries no stream. */
  #idleSinceMs: number
  #served = 0
  /** Since when it takes no more streams; null while it does. */
  #endingSinceMs: number | null = null

  constructor(socket: TLSSocket, about: ConnectionFacts, host: Http2Host) {
    this.about = about
    this.#socket = socket
    this.#host = host
    this.#idleSinceMs = host.nowMs()
    const rules = host.rulesFor(about)
    this.#windowBytes = rules.windowBytes
    this.meter = new Http2Meter(rules.floods, this.#idleSinceMs)
    socket.on('error', () => {})
    // The listener's sockets are half open: a client that has said all it wants to say has left.
    socket.on('end', () => this.destroy())
    this.#session = performServerHandshake(socket, sessionOptions(rules))
    this.#session.on('error', error => this.#broke(error))
    this.#session.on('stream', (stream, _, flags, fields) => this.#arrive(stream, flags, fields ?? []))
    this.#session.setLocalWindowSize(connectionWindowOf(rules))
  }

  get streams(): number {
    return this.#exchanges.size
  }

  nowMs(): number {
    return this.#host.nowMs()
  }

  date(): string {
    return this.#host.date()
  }

  ended(exchange: Http2Exchange, complete: boolean): void {
    if (!this.#exchanges.delete(exchange)) return
    this.#host.leave(this.about)
    const now = this.nowMs()
    if (!complete) this.meter.broke(now)
    if (!exchange.isBodyWhole) this.meter.gaveUp(exchange.unreadBytes + this.#windowBytes)
    if (this.#exchanges.size === 0) this.#idleSinceMs = now
    this.#judge(now)
  }

  /** Takes no more streams; those in progress come to their end (GOAWAY). */
  shut(): void {
    if (this.#endingSinceMs !== null) return
    this.#endingSinceMs = this.nowMs()
    this.#session.close()
  }

  destroy(): void {
    for (const exchange of this.#exchanges) exchange.abort()
    this.#session.destroy()
    this.#socket.destroy()
  }

  /** Ends what is too slow or too much. To be called now and then. */
  sweep(): void {
    const now = this.nowMs()
    const { rules } = this.#host
    for (const exchange of this.#exchanges) {
      if (exchange.isStalled(now, rules.sendIdleMs)) this.#cut(exchange, refusal('send-deadline'))
      else if (exchange.isStarved(now, rules)) this.#starve(exchange)
    }
    this.#judge(now)
    if (this.#exchanges.size > 0) return
    if (this.#endingSinceMs !== null) {
      if (now - Math.max(this.#endingSinceMs, this.#idleSinceMs) >= lingerMs) this.destroy()
    } else if (this.#served === 0 && now - this.#idleSinceMs > rules.headMs) {
      this.#host.refused(refusal('head-deadline'), this.about)
      this.shut()
    } else if (now - this.#idleSinceMs > rules.keepAliveMs) this.shut()
  }

  /** Keeps bodies that nobody has read yet as far as they have room, and breaks off the others; says how much of it is taken then. */
  boundUnread(room: number): number {
    let held = 0
    let tooMuch = 0
    for (const exchange of this.#exchanges) {
      const { heldBytes } = exchange
      if (heldBytes === 0) continue
      if (held + heldBytes <= room) held += heldBytes
      else {
        tooMuch += heldBytes
        exchange.abort()
      }
    }
    if (tooMuch > 0) {
      this.#host.refused(refusal('http2-unread', { detail: `${tooMuch} bytes more` }), this.about)
    }
    return held
  }

  #arrive(stream: ServerHttp2Stream, flags: number, fields: RawHeaders): void {
    const now = this.nowMs()
    stream.on('error', () => {})
    this.#served += 1
    if (this.#exchanges.size === 0) this.#idleSinceMs = now
    this.meter.opened(headBytesOf(fields), now)
    // Opened and reset in one breath: it costs nobody behind us anything.
    if (stream.destroyed || stream.closed) this.meter.broke(now)
    this.#judge(now)
    if (stream.destroyed || stream.closed) return
    if (this.#endingSinceMs !== null) stream.close(constants.NGHTTP2_REFUSED_STREAM)
    else this.#begin(stream, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0, fields)
  }

  #begin(stream: ServerHttp2Stream, endsStream: boolean, fields: RawHeaders): void {
    const reading = this.#host.read(fields, endsStream, this.about)
    if (reading.kind === 'refused') {
      this.#refuse(stream, reading.fault, fields)
      return
    }
    const crowd = this.#host.admit(this.about)
    if (crowd !== null) {
      this.#refuse(stream, crowd, fields)
      return
    }
    const { head, expectsContinue } = reading
    const { bodyBytesMax } = this.#host.rules
    const exchange = new Http2Exchange(stream, { head, expectsContinue, endsStream, bodyBytesMax }, this)
    this.#exchanges.add(exchange)
    this.#host.hand(exchange)
  }

  /** Answers a stream that never became an exchange. */
  #refuse(stream: ServerHttp2Stream, fault: Fault, fields: RawHeaders): void {
    this.meter.broke(this.nowMs())
    this.meter.gaveUp(this.#windowBytes)
    const { headers, body } = plainAnswer(fault, this.#host.refused(fault, this.about, partialOf(fields)))
    const pairs = headers.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text))
    stream.respond([':status', String(fault.status), ...pairs, 'date', this.date()])
    stream.end(fieldValue(fields, ':method') === 'HEAD' ? undefined : body)
  }

  /** A client that does too much of something gets no more from this connection; what it had begun is given up. */
  #judge(now: number): void {
    if (this.#endingSinceMs !== null && this.#calmed) return
    let unread = 0
    for (const exchange of this.#exchanges) unread += exchange.unreadBytes
    this.meter.judge(this.#socket.bytesRead, unread, now)
    const { flood } = this.meter
    if (flood === null) return
    this.#calmed = true
    this.#endingSinceMs ??= now
    this.#host.refused(refusal(flood), this.about)
    if (!this.#session.destroyed) this.#session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM)
    for (const exchange of this.#exchanges) exchange.abort()
  }

  #calmed = false

  /** What the library ended by itself. */
  #broke(error: Error): void {
    if (this.#calmed) return
    this.#calmed = true
    const rule = ruleOfHttp2Error(error)
    if (rule !== null) this.#host.refused(refusal(rule, { cause: error }), this.about)
  }

  /** Who reads the body learns of it and answers; what has begun cannot be answered any more. */
  #starve(exchange: Http2Exchange): void {
    const fault = refusal('body-deadline')
    if (!exchange.began) exchange.body.destroy(fault)
    // A body that was given up before has been told of then.
    else if (exchange.body.destroyed) exchange.abort()
    else this.#cut(exchange, fault)
  }

  #cut(exchange: Http2Exchange, fault: Fault): void {
    this.#host.refused(fault, this.about, exchange.head)
    exchange.abort()
  }
}

function partialOf(fields: RawHeaders): Omit<PartialHead, 'peer'> {
  const method = fieldValue(fields, ':method')
  const target = fieldValue(fields, ':path')
  return {
    ...(method === undefined ? {} : { method }),
    ...(target === undefined ? {} : { target }),
    headers: fields,
  }
}
