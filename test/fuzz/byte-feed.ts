import { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'

/** A connection in memory whose other side says these bytes, one in a turn: what is whole is told before what comes after it spoils it. */
export interface ByteFeed {
  readonly stream: Duplex
  /** Says everything and resolves; stops early when the reader has hung up. */
  feed(text: string): Promise<void>
}

export function createByteFeed(): ByteFeed {
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  stream.on('error', () => {})
  return {
    stream,
    async feed(text) {
      for (const byte of Buffer.from(text, 'latin1')) {
        if (stream.destroyed) return
        stream.push(Buffer.of(byte))
        await turn()
      }
      await turn()
    },
  }
}
