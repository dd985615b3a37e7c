import type { ServerHttp2Stream } from 'node:http2'

/** What a piece costs beside its bytes: a body may come in pieces of one byte. */
const pieceBytes = 256

/** What came of a stream's body and waits for a reader. */
export class Unread {
  readonly #stream: ServerHttp2Stream
  #pieces = 0

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
    const push = stream.push.bind(stream)
    // The library hands out views of what it has read from the connection: one byte that waits would hold all that came with it.
    stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (!(chunk instanceof Uint8Array)) return push(chunk, encoding)
      this.#pieces += 1
      return push(chunk.length * 2 < chunk.buffer.byteLength ? copyOf(chunk) : chunk)
    }
  }

  /** Bytes of the body. */
  get bytes(): number {
    return this.#stream.readableLength
  }

  /** What they take of our memory, about. */
  get heldBytes(): number {
    return this.bytes === 0 ? 0 : this.bytes + this.#pieces * pieceBytes
  }

  /** A piece was read. */
  read(): void {
    this.#pieces = this.bytes === 0 ? 0 : Math.max(0, this.#pieces - 1)
  }
}

/** Not out of the pool, of which it would hold a part just so. */
function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  copy.set(bytes)
  return copy
}
