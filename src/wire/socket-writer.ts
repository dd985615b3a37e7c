import type { Socket } from 'node:net'
import { Late } from './late.ts'

/** Writes of one connection. Text leaves with the writes of this turn, as one; bytes leave at once, and what was said before goes ahead. */
export class SocketWriter {
  readonly #socket: Socket
  readonly #leaving = new Late('writes', () => void this.flush())
  #said = ''

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Something was said and has not left. */
  get holds(): boolean {
    return this.#said !== ''
  }

  /** False: wait for `drain`. */
  write(text: string): boolean {
    this.#said += text
    this.#leaving.soon()
    // What the socket would not take is told by itself: no later write may come that could tell.
    const { writableLength, writableHighWaterMark } = this.#socket
    const length = this.#said.length
    return length > saidMax || length + writableLength >= writableHighWaterMark ? this.flush() : true
  }

  /** Bytes, and what ends them. False: wait for `drain`. */
  pour(bytes: Buffer, end: string): boolean {
    const socket = this.#socket
    if (this.#said === '' && end === '') return socket.write(bytes)
    socket.cork()
    this.flush()
    let more = socket.write(bytes)
    if (end !== '') more = socket.write(end, 'latin1')
    socket.uncork()
    return more
  }

  /** What was said leaves now: whoever ends the connection, or takes it, calls this first. */
  flush(): boolean {
    const said = this.#said
    if (said === '') return true
    this.#said = ''
    return this.#socket.write(said, 'latin1')
  }
}

const saidMax = 16 * 1024
