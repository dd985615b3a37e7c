import type { Socket } from 'node:net'
import { type Address, parseAddress } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { HttpExchange } from './http-exchange.ts'

/**
 * One client connection. Pipelined requests wait here for the answer before them: an unsafe method must not overtake (RFC 9112 §9.3.2), and
 * a client that pipelines without end must not be served in parallel.
 */
export class Connection {
  readonly socket: Socket
  readonly peer: Address | null
  /** The exchange that is being served; the next one starts when it has ended. */
  current: HttpExchange | null = null
  /** Nothing that still arrives is listened to. */
  closing = false
  /** The parser gave up: a waiting message that is not whole never will be. */
  broken = false
  readonly #waiting: (() => void)[] = []
  readonly #clock: Clock

  constructor(socket: Socket, clock: Clock) {
    this.socket = socket
    this.#clock = clock
    // A peer on a Unix socket has no address: it is on this machine.
    this.peer = parseAddress(socket.remoteAddress ?? '127.0.0.1')
    // Node drops the socket right after the last answer. With bytes still on the way in, the kernel then sends a reset that can overtake the
    // answer (RFC 9112 §9.6), so: our end first, and whatever comes is thrown away for a moment.
    socket.destroySoon = () => this.linger()
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closing = true
      this.current?.finish(false)
    })
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Runs now, or when everything before it has been answered. */
  enqueue(start: () => void): void {
    this.#waiting.push(start)
    if (this.current === null && this.#waiting.length === 1) this.#next()
  }

  serve(exchange: HttpExchange): void {
    this.current = exchange
    exchange.onEnd(() => {
      this.current = null
      this.#next()
    })
  }

  /** Sends our end and waits a moment for the client's. */
  linger(): void {
    this.closing = true
    const { socket } = this
    if (socket.destroyed) return
    socket.end()
    socket.resume()
    socket.once('end', () => socket.destroy())
    const cancel = this.#clock.after(lingerMs, () => socket.destroy())
    socket.once('close', cancel)
  }

  #next(): void {
    while (this.current === null) {
      const start = this.#waiting[0]
      if (start === undefined) return
      start()
      this.#waiting.shift()
    }
  }
}

// Long enough for an answer and an acknowledgement round the world, short enough that a refused flood holds nothing.
const lingerMs = 2000
