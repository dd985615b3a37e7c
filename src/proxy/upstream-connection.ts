import type { Socket } from 'node:net'
import { asError } from '../lib/as-error.ts'
import { Late } from '../wire/late.ts'
import { HttpParser, type ParsedHead } from '../wire/llhttp.ts'
import { refusal, ruleOfAnswerError } from '../wire/refusals.ts'
import { SocketWriter } from '../wire/socket-writer.ts'
import { faultOfAnswer, interimMax, keptMsOf } from './answer-rules.ts'
import type { ConnectionKeeper, ConnectionLimits } from './connection-keeper.ts'
import { type AnswerReader, type Failure, type OutgoingRequest, type Sending, writeRequestHead } from './sending.ts'
import { startUpload, type Upload } from './upload.ts'

/** Of an answer's head, and of the trailers that nobody gets to see. */
const fieldBytesMax = 64 * 1024

/** One connection to an upstream. It carries one request at a time and is used again only after an exchange without any blemish. */
export class UpstreamConnection implements Sending {
  readonly #socket: Socket
  readonly #writer: SocketWriter
  readonly #keeper: ConnectionKeeper<UpstreamConnection>
  readonly #limits: ConnectionLimits
  readonly #parser = new HttpParser('response')
  #isConnected = false
  #isClosed = false
  #reader: AnswerReader | null = null
  #request: OutgoingRequest | null = null
  #upload: Upload | null = null
  #isSent = false
  #hasReceived = false
  #hasHead = false
  #interims = 0
  #staysOpen = false
  #isPaused = false
  /** What came of an answer first, and is read soon. */
  #early: Buffer | null = null
  readonly #reading = new Late('answers', () => this.#takeEarly())
  /** The tick of the last move. */
  #since: number
  #idleMs: number
  #cause: Error | null = null

  constructor(
    socket: Socket,
    readyEvent: 'connect' | 'secureConnect',
    keeper: ConnectionKeeper<UpstreamConnection>,
    limits: ConnectionLimits,
  ) {
    this.#socket = socket
    this.#writer = new SocketWriter(socket)
    this.#keeper = keeper
    this.#limits = limits
    this.#since = keeper.tick
    this.#idleMs = limits.idleMs
    this.#parser.fieldBytesMax = fieldBytesMax
    socket.once(readyEvent, () => {
      this.#isConnected = true
      if (this.#request !== null) this.#send(this.#request)
    })
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
  }

  /** Sends a request, as soon as the connection stands. Only for one that is new or was freed. */
  serve(request: OutgoingRequest, reader: AnswerReader): void {
    this.#request = request
    this.#reader = reader
    this.#isSent = false
    this.#hasReceived = false
    this.#hasHead = false
    this.#interims = 0
    this.#since = this.#keeper.tick
    if (this.#isConnected) this.#send(request)
  }

  abort(): void {
    this.#reader = null
    this.#close()
  }

  /** Ends it; a request that is on it has failed. */
  end(): void {
    this.#fail(new Error('the connections to the upstream were closed'))
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#since = this.#keeper.tick
    this.#socket.resume()
  }

  /** Ends what has taken too long. To be called with each tick. */
  sweep(): void {
    if (this.#isPaused) this.#since = this.#keeper.tick // the next move is not the upstream's
    const waitsMs = this.#waitsMs()
    // A move may have come at the very end of its tick.
    if (waitsMs === 0 || (this.#keeper.tick - this.#since - 1) * this.#limits.tickMs < waitsMs) return
    if (this.#reader === null) this.#close()
    else this.#fail(new Error('the upstream took too long'), true)
  }

  /** How long the upstream may take for what it has to do now; 0 for ever. */
  #waitsMs(): number {
    const request = this.#request
    if (!this.#isConnected) return this.#limits.connectMs
    if (request === null) return this.#idleMs
    if (this.#hasHead) return request.bodyIdleMs
    return this.#isSent || this.#upload?.isStalled === true ? request.headMs : 0
  }

  #send(request: OutgoingRequest): void {
    this.#since = this.#keeper.tick
    this.#parser.skipsBody = request.method === 'HEAD'
    try {
      const { text, isChunked } = writeRequestHead(request)
      if (request.body === null) {
        this.#isSent = true
        this.#writer.write(text)
      } else this.#sendWithBody(text, request.body, isChunked)
    } catch (cause) {
      this.#fail(asError(cause), false, 'body')
    }
  }

  #sendWithBody(text: string, body: NonNullable<OutgoingRequest['body']>, isChunked: boolean): void {
    const socket = this.#socket
    socket.cork()
    socket.write(text, 'latin1')
    this.#upload = startUpload(body, socket, isChunked, {
      onWhole: () => {
        this.#upload = null
        this.#isSent = true
        this.#since = this.#keeper.tick
      },
      onBroken: cause => this.#fail(cause, false, 'body'),
      onProgress: () => {
        this.#since = this.#keeper.tick
      },
    })
    // A body that is here already leaves with the head; the reading of it begins in a turn of its own.
    process.nextTick(() => process.nextTick(() => socket.uncork()))
  }

  /** The begin of an answer is read with those of others; what comes then is wanted at once, and nothing piles up. */
  readonly #onData = (bytes: Buffer): void => {
    this.#reading.settle()
    if (this.#hasReceived) {
      this.#take(bytes)
      return
    }
    this.#early = bytes
    this.#reading.soon()
  }

  #takeEarly(): void {
    const early = this.#early
    this.#early = null
    if (early !== null && !this.#isClosed) this.#take(early)
  }

  #take(bytes: Buffer): void {
    // An answer that nobody asked for: the next one would be taken for another's.
    if (this.#reader === null) {
      this.#close()
      return
    }
    if (this.#writer.holds) {
      this.#fail(new Error('an answer came before its request'))
      return
    }
    // The time for a head is not stretched by its pieces, nor by interim answers.
    if (this.#hasHead) this.#since = this.#keeper.tick
    this.#hasReceived = true
    try {
      this.#read(bytes)
    } catch (cause) {
      this.#fail(asError(cause))
    }
  }

  #read(bytes: Buffer): void {
    for (let rest = bytes; rest.length > 0 && this.#reader !== null; ) {
      const { head, body, ended, error, consumed } = this.#parser.read(rest)
      rest = rest.subarray(consumed)
      if (head !== null && this.#takeHead(head, rest)) return
      for (const piece of body) {
        if (this.#reader === null) return
        if (!this.#reader.onData(piece)) this.#pause()
      }
      if (error !== null) {
        this.#fail(refusal(ruleOfAnswerError(error), { detail: error }))
        return
      }
      if (ended && this.#hasHead && this.#reader !== null) {
        this.#finish(this.#staysOpen && rest.length === 0)
        return
      }
    }
  }

  /** True: what follows is not HTTP any more. */
  #takeHead(head: ParsedHead, rest: Buffer): boolean {
    const { status, reason, headers, keepAlive } = head
    const fault = faultOfAnswer(head, this.#request?.upgrade)
    if (fault !== null) throw fault
    if (status === 101) {
      this.#switchOver(headers, rest)
      return true
    }
    if (status < 200) {
      this.#interims += 1
      if (this.#interims > interimMax) throw refusal('answer-interims', { detail: `more than ${interimMax}` })
      this.#reader?.onInterim(status, headers)
      return false
    }
    this.#hasHead = true
    this.#since = this.#keeper.tick
    this.#staysOpen = keepAlive
    this.#idleMs = keptMsOf(headers) ?? this.#limits.idleMs
    this.#reader?.onHead(status, reason, headers)
    return false
  }

  #switchOver(headers: readonly string[], early: Buffer): void {
    const reader = this.#reader
    const socket = this.#socket
    this.#reader = null
    this.#isClosed = true
    this.#parser.close()
    this.#keeper.gone(this)
    socket.pause()
    socket.off('data', this.#onData)
    socket.off('end', this.#onEnd)
    socket.off('close', this.#onClose)
    if (early.length > 0) socket.unshift(early)
    try {
      reader?.onUpgrade(socket, headers)
    } catch (cause) {
      // Nobody has taken it, and nothing of ours watches it any more.
      socket.destroy()
      reader?.onFailure({ at: 'answer', received: true, isTimeout: false, cause: asError(cause) })
    }
  }

  #finish(isClean: boolean): void {
    const reader = this.#reader
    this.#reader = null
    this.#request = null
    if (this.#isPaused) this.resume()
    // With the answer given, what is left of the request has no reader.
    if (isClean && this.#isSent && !this.#socket.destroyed && this.#idleMs > 0) this.#keeper.freed(this)
    else this.#close()
    reader?.onEnd()
  }

  #pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#socket.pause()
  }

  readonly #onEnd = (): void => {
    this.#reading.settle()
    if (this.#reader === null) this.#close()
    // Whole only when it had no other end (RFC 9112 §6.3, the last of its cases).
    else if (this.#hasHead && this.#parser.finish()) this.#finish(false)
    else this.#fail(new Error('the upstream ended the connection'))
  }

  readonly #onError = (cause: Error): void => {
    this.#cause = cause
  }

  readonly #onClose = (): void => {
    this.#reading.settle()
    this.#fail(this.#cause ?? new Error('the connection was closed'))
  }

  #fail(cause: Error, isTimeout = false, at: Failure['at'] = this.#isConnected ? 'answer' : 'connect'): void {
    const reader = this.#reader
    this.#reader = null
    this.#close()
    reader?.onFailure({ at, received: this.#hasReceived, isTimeout, cause })
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#upload?.stop()
    this.#upload = null
    this.#socket.destroy()
    this.#parser.close()
    this.#keeper.gone(this)
  }
}
