import type { Duplex } from 'node:stream'
import type { Connection } from './connection.ts'

/** Reads on while the upgrade is being decided, so that a client that leaves is noticed; bounded, and nothing of it is lost. */
export function collectEarly(connection: Connection, early: Buffer): () => Duplex | null {
  const { socket } = connection
  const chunks = early.length > 0 ? [early] : []
  let bytes = early.length
  const collect = (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > earlyBytesMax) socket.pause()
  }
  const leave = () => socket.destroy()
  socket.on('data', collect)
  socket.on('end', leave)
  socket.resume()
  return () => {
    socket.pause()
    socket.off('data', collect)
    socket.off('end', leave)
    if (socket.destroyed || socket.readableEnded) return null
    if (chunks.length > 0) socket.unshift(Buffer.concat(chunks))
    return socket
  }
}

const earlyBytesMax = 64 * 1024
