import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '../lib/clock.ts'
import type { Fault } from '../lib/fault.ts'
import { BodyOverhead } from './body-overhead.ts'
import type { ConnectionFacts, ConnectionHost, Guest } from './connection-host.ts'
import { Late } from './late.ts'
import { linger } from './linger.ts'
import { HttpParser, type ParsedHead, type Reading } from './llhttp.ts'
import { headsPerTurn, PendingBytes, pendingBytesMax } from './pipelined.ts'
import { faultOfHead, faultOfReading } from './reading-fault.ts'
import { refusal } from './refusals.ts'
import { reset } from './reset.ts'
import type { ExchangeLine, SocketExchange } from './socket-exchange.ts'
import { SocketWriter } from './socket-writer.ts'

/**
 * One client connection. One message is read at a time: what is pipelined stays unparsed until the answer before it is out, so an unsafe
 * method never overtakes (RFC 9112 §9.3.2) and a client that pipelines without end is served by nobody.
 */
export class SocketConnection implements ExchangeLine, Guest {
  readonly socket: Socket
  readonly about: ConnectionFacts
  current: SocketExchange | null = null
  /** Monotonic milliseconds since when we wait for a head: from its first byte, or from the end of the message before. */
  waitingSinceMs: number
  /** Some of a head has come. */
  headBegan = false
  served = 0
  /** Nothing more is read of it. */
  closing = false
  readonly #host: ConnectionHost
  readonly #clock: Clock
  readonly #parser = new HttpParser('request')
  readonly #pending = new PendingBytes()
  /** Settled before anybody judges the connection: what has come is not late. */
  readonly reading = new Late('requests', () => this.#read())
  readonly #writer: SocketWriter
  #headBytes = 0
  readonly #overhead = new BodyOverhead()
  #paused = false
  #pumping = false
  #headsLeft = 0
  #closesAfter: boolean | null = null
  #nextTurn: NodeJS.Immediate | null = null
  #taken = false

  constructor(socket: Socket, about: ConnectionFacts, clock: Clock, host: ConnectionHost) {
    this.socket = socket
    this.#writer = new SocketWriter(socket)
    this.about = about
    this.#clock = clock
    this.#host = host
    this.waitingSinceMs = clock.monotonicMs()
    socket.on('data', this.#onData)
    socket.on('drain', this.#onDrain)
    socket.on('end', this.#onEnd)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closing = true
      this.#parser.close()
      this.current?.finish(false)
    })
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.closing) return
    const isFirst = this.current === null && this.#pending.length === 0
    this.#pending.add(chunk)
    // Where somebody waits for the bytes they are read at once; so nothing piles up either.
    if (isFirst) this.reading.soon()
    else this.reading.atOnce()
  }

  get pipelinedBytes(): number {
    return this.current?.isBodyWhole === true ? this.#pending.length : 0
  }

  #read(): void {
    this.#pump()
    this.#judgeWaiting()
  }

  /** Whoever pipelines more than can be kept waiting is served no further: what waits costs us, and them nothing. */
  #judgeWaiting(): void {
    if (this.current?.isBodyWhole !== true || this.closing || this.#taken) return
    if (!this.#pending.hasMoreHeads(this.#host.pipelinedMax)) return
    this.#host.refusal(refusal('pipelined', { detail: `more than ${this.#host.pipelinedMax}` }), this.about.peer)
    this.destroy(false)
  }

  readonly #onDrain = (): void => (this.current === null ? this.#pump() : this.current.drained())

  /** The client has nothing more to say: as to a proxy, it has left. */
  readonly #onEnd = (): void => {
    this.reading.settle()
    if (this.closing) return
    const { current } = this
    current?.breakBody(new Error('the client left'))
    // Without a request it may still take what it was answered, and then or never is the end.
    if (current === null) this.linger()
    else this.destroy(false)
  }

  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    this.#headsLeft = headsPerTurn
    try {
      while (this.#pending.bytes !== null && !this.closing && this.#step(this.#pending.bytes));
    } finally {
      this.#pumping = false
    }
    this.#balance()
  }

  /** Reads on, or leaves the bytes where they are and answers false. */
  #step(pending: Buffer): boolean {
    const { current } = this
    if (current !== null && (current.isBodyWhole || current.head.upgrade !== undefined || !current.takesBody))
      return false
    if (current === null && !this.#beginsHead()) return false
    const reading = this.#parser.read(pending)
    this.#pending.take(reading.consumed)
    if (current === null) this.#readHead(reading)
    else this.#readBody(current, reading)
    return reading.consumed > 0 || reading.head !== null || reading.ended
  }

  /** Answers that nobody takes must not pile up, and a crowd of requests that are refused at once must leave others their turn. */
  #beginsHead(): boolean {
    if (this.socket.writableNeedDrain) return false
    if (this.#headsLeft === 0) {
      if (this.#nextTurn === null)
        this.#nextTurn = setImmediate(() => {
          this.#nextTurn = null
          this.#pump()
        })
      return false
    }
    if (!this.headBegan) this.waitingSinceMs = this.#clock.monotonicMs()
    this.headBegan = true
    return true
  }

  #readHead(reading: Reading): void {
    this.#headBytes += reading.consumed
    const fault = faultOfHead(reading, this.#headBytes, this.#parser.targetBytes, this.#host)
    if (fault !== null) this.refuse(fault)
    else if (reading.head !== null) this.#begin(reading.head, reading.ended)
  }

  #begin(head: ParsedHead, ended: boolean): void {
    this.headBegan = false
    this.#headBytes = 0
    this.#overhead.begin()
    this.#headsLeft -= 1
    const exchange = this.#host.arrive(this, head, this)
    if (exchange === null) return
    this.current = exchange
    this.served++
    if (exchange.head.bodyLength === 0) {
      if (!ended) this.#parser.read(Buffer.alloc(0)) // an empty body ends in a call of its own
      exchange.finishBody()
    }
    this.#host.hand(exchange)
  }

  #readBody(current: SocketExchange, reading: Reading): void {
    let bytes = 0
    for (const chunk of reading.body) {
      bytes += chunk.length
      current.takeBody(chunk)
    }
    const isTooMuch = !this.#overhead.allows(reading.consumed, bytes)
    const fault = isTooMuch ? refusal('body-overhead') : faultOfReading(reading, true)
    if (fault !== null) this.#breakOff(current, fault)
    else if (reading.ended) {
      current.finishBody()
      this.#goOn()
    }
  }

  /** The message in service broke in the middle of its body: what went upstream of it is cut there; a begun answer cannot be taken back. */
  #breakOff(current: SocketExchange, fault: Fault): void {
    current.breakBody(fault)
    if (current.began) {
      this.#host.refusal(fault, this.about.peer)
      current.abort()
      return
    }
    current.finish(false)
    this.current = null
    this.refuse(fault)
  }

  /** Answers a message that never became an exchange, and ends the connection. */
  refuse(fault: Fault): void {
    if (this.closing) return
    this.pour(this.#host.refusal(fault, this.about.peer), '')
    this.linger()
  }

  linger(): void {
    this.closing = true
    this.#writer.flush()
    this.#pending.clear()
    linger(this.socket, this.#clock, this.#host.sendIdleMs)
  }

  // The exchange's line.

  nowMs(): number {
    return this.#clock.monotonicMs()
  }

  date(): string {
    return this.#host.date()
  }

  write(text: string): boolean {
    return this.#writer.write(text)
  }

  pour(bytes: Buffer, end: string): boolean {
    return this.#writer.pour(bytes, end)
  }

  isLast(): boolean {
    return this.#host.closing
  }

  wantsBody(): void {
    if (this.#pending.length > 0) this.#pump()
    else this.#balance()
  }

  answered(closes: boolean): void {
    const { current } = this
    if (current === null) return
    this.#closesAfter = closes
    this.#goOn()
  }

  destroy(asReset: boolean): void {
    this.closing = true
    this.#writer.flush()
    // TLS tells its end apart by itself, but not every reader looks: what carries it is reset, too.
    if (asReset) reset(this.about.transport)
    else this.socket.destroy()
  }

  takeSocket(): Duplex | null {
    const { socket } = this
    if (socket.destroyed || socket.readableEnded || this.closing) return null
    this.#writer.flush()
    socket.pause()
    socket.off('data', this.#onData)
    socket.off('end', this.#onEnd)
    this.#taken = true
    if (this.#pending.bytes !== null) socket.unshift(this.#pending.bytes)
    this.#pending.clear()
    return socket
  }

  /** The next message, when this one has been read and answered. */
  #goOn(): void {
    const { current } = this
    if (current === null || this.#closesAfter === null) return
    if (this.#closesAfter) {
      this.current = null
      this.linger()
      current.finish(true)
      return
    }
    if (!current.isBodyWhole) {
      this.#pump() // what is left of a small body is thrown away
      return
    }
    this.#closesAfter = null
    this.current = null
    this.headBegan = false
    this.waitingSinceMs = this.#clock.monotonicMs()
    current.finish(true)
    if (this.#pending.length > 0) this.#pump()
    else this.#balance()
  }

  /** Reads from the socket while somebody takes it, or while little waits: then a client that leaves is noticed. */
  #balance(): void {
    if (this.closing || this.#taken) return
    const waits = this.current !== null && !this.current.isBodyWhole && !this.current.takesBody
    const full = this.#pending.length > (waits ? 0 : pendingBytesMax)
    if (full === this.#paused) return
    this.#paused = full
    if (full) this.socket.pause()
    else this.socket.resume()
  }
}
