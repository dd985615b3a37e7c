/** Pipelined bytes that wait for the answer before them; with more, the socket is not read. */
export const pendingBytesMax = 64 * 1024
/** Heads that are served in one turn of the event loop. */
export const headsPerTurn = 32

/**
 * Bytes that came and were not read yet, in one piece. They may come one by one, each in a TLS record of its own and thousands in one turn:
 * what waits is neither copied nor searched again for each of them.
 */
export class PendingBytes {
  #bytes: Buffer | null = null
  /** Memory of ours right behind them. */
  #room: Buffer = none
  #heads = 0
  #searched = 0

  /** Null: nothing waits. */
  get bytes(): Buffer | null {
    return this.#bytes
  }

  get length(): number {
    return this.#bytes?.length ?? 0
  }

  add(chunk: Buffer): void {
    const held = this.#bytes
    if (held === null) this.#bytes = chunk
    else if (chunk.length <= this.#room.length) {
      chunk.copy(this.#room)
      this.#room = this.#room.subarray(chunk.length)
      this.#bytes = Buffer.from(held.buffer, held.byteOffset, held.length + chunk.length)
    } else {
      const length = held.length + chunk.length
      const grown = Buffer.allocUnsafeSlow(length + Math.min(length, roomMax))
      held.copy(grown)
      chunk.copy(grown, held.length)
      this.#bytes = grown.subarray(0, length)
      this.#room = grown.subarray(length)
    }
  }

  /** So many of the first were read. */
  take(count: number): void {
    this.#heads = 0
    this.#searched = 0
    if (this.#bytes !== null && count < this.#bytes.length) this.#bytes = this.#bytes.subarray(count)
    else this.clear()
  }

  clear(): void {
    this.#bytes = null
    this.#room = none
    this.#heads = 0
    this.#searched = 0
  }

  /**
   * Whether more than so many request heads wait, which nobody has parsed yet. Counted are ends of request lines: a body can hold such
   * words too, but not by the thousand and by chance.
   */
  hasMoreHeads(max: number): boolean {
    const bytes = this.#bytes
    if (bytes === null || bytes.length <= max * shortestHead) return false
    // One that was not whole before begins in what was searched.
    let at = bytes.indexOf(lineEnd, Math.max(0, this.#searched - lineEnd.length + 1))
    for (; at >= 0; at = bytes.indexOf(lineEnd, at + lineEnd.length)) this.#heads += 1
    this.#searched = bytes.length
    return this.#heads > max
  }
}

const none: Buffer = Buffer.alloc(0)
/** What is made ready beyond what has come. */
const roomMax = 32 * 1024
const lineEnd = ' HTTP/1.'
const shortestHead = 'GET / HTTP/1.1\r\n\r\n'.length
