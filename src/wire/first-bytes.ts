import type { Socket } from 'node:net'

/**
 * Shows `read` what has come so far until it has seen enough, which it says by how many bytes of it are used up (null: more has to
 * come). What is left goes back into the socket, which is paused then. `read` bounds what it waits for.
 */
export function readFirst(socket: Socket, read: (bytes: Buffer) => number | null, done: () => void): void {
  let held: Buffer = Buffer.alloc(0)
  const onData = (chunk: Buffer): void => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const used = read(held)
    if (used === null || socket.destroyed) return
    socket.off('data', onData)
    socket.off('end', onEnd)
    socket.pause()
    if (used < held.length) socket.unshift(held.subarray(used))
    done()
  }
  const onEnd = (): void => void socket.destroy()
  socket.on('data', onData)
  socket.on('end', onEnd)
  socket.resume() // it is paused when somebody has read before us
}
