import type { Socket } from 'node:net'
import type { Clock } from '../lib/clock.ts'

// Long enough for an answer and an acknowledgement round the world, short enough that a refused flood holds nothing.
const lingerMs = 2000

/**
 * Sends our end and waits a moment for the client's: with bytes on the way in, the kernel would send a reset that can overtake the answer
 * (RFC 9112 §9.6). The moment begins when the last byte of the answer was taken: a slow reader must not get a part of it that looks whole.
 * Whoever takes nothing for `stallMs` is cut.
 */
export function linger(socket: Socket, clock: Clock, stallMs: number): void {
  if (socket.destroyed) return
  let untaken = 0
  let stalledMs = 0
  let cancel = () => {}
  const look = (): void => {
    const { writableLength } = socket
    stalledMs = writableLength > 0 && writableLength === untaken ? stalledMs + lingerMs : 0
    const waits = writableLength > 0 ? stalledMs < stallMs : untaken > 0
    untaken = writableLength
    if (waits) cancel = clock.after(lingerMs, look)
    else socket.destroy()
  }
  socket.end()
  socket.resume()
  if (socket.readableEnded) socket.destroySoon()
  else socket.once('end', () => socket.destroySoon())
  cancel = clock.after(lingerMs, look)
  socket.once('close', () => cancel())
}
