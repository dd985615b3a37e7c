import type { Server, TLSSocket } from 'node:tls'
import type { Clock } from '../lib/clock.ts'

// TLS 1.3 lets each side change its keys as often as it likes (RFC 8446 §4.6.3). A change is 27 bytes of a client and some 20 µs of ours, 40
// where it wishes for one of ours in return; OpenSSL takes them without end and reads on in one turn, so a megabyte of them held the event
// loop for most of a second. The runtime tells of them in one way only: as lines for a key log.

/** Far more than anybody needs, who changes them after gigabytes; BoringSSL ends a connection after as many. */
const burst = 32
const perSecond = 1

/** `tooMany` is told once, when nothing more is read from the socket. */
export function boundKeyChanges(server: Server, clock: Clock, tooMany: (socket: TLSSocket) => void): void {
  const spent = new WeakMap<TLSSocket, { left: number; sinceMs: number }>()
  server.on('keylog', (line: Buffer, socket: TLSSocket) => {
    if (!isChange(line)) return
    const now = clock.monotonicMs()
    const before = spent.get(socket) ?? { left: burst, sinceMs: now }
    const refilled = Math.min(burst, before.left + ((now - before.sinceMs) / 1000) * perSecond)
    spent.set(socket, { left: refilled - 1, sinceMs: now })
    if (refilled >= 1 || before.left < 0) return
    spent.set(socket, { left: Number.NEGATIVE_INFINITY, sinceMs: now })
    stopReading(socket)
    // OpenSSL is in the middle of a record, and must not lose its connection there.
    setImmediate(tooMany, socket)
  })
}

/** Ours change where the client wishes for it, and are not counted again. */
function isChange(line: Buffer): boolean {
  return line.toString('latin1', 0, label.length) === label
}

/** The first ones, out of the handshake, end in 0. */
const label = 'CLIENT_TRAFFIC_SECRET_N '

/** The runtime reads up to two megabytes in a row, and asks nobody in between: only its handle can be told to stop. */
function stopReading(socket: TLSSocket): void {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle !== 'object' || handle === null || !('readStop' in handle)) return
  if (typeof handle.readStop === 'function') handle.readStop()
}
