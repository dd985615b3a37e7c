import type { Duplex } from 'node:stream'
import { Late } from '../wire/late.ts'

/** One direction of a tunnel: what came leaves with the writes of this turn, and the sender rests while it is not taken. */
export class TunnelWriter {
  readonly #to: Duplex
  readonly #from: Duplex
  readonly #late = new Late('writes', () => this.#write())
  #bytes: Buffer | null = null

  constructor(from: Duplex, to: Duplex) {
    this.#from = from
    this.#to = to
    to.on('drain', () => from.resume())
  }

  write(bytes: Buffer): void {
    this.flush()
    this.#bytes = bytes
    this.#late.soon()
  }

  /** Whoever ends the direction, or writes something of their own, calls this first. */
  flush(): void {
    this.#late.settle()
  }

  /** What waits reaches nobody. */
  drop(): void {
    this.#bytes = null
  }

  #write(): void {
    const bytes = this.#bytes
    this.#bytes = null
    if (bytes !== null && !this.#to.write(bytes)) this.#from.pause()
  }
}
