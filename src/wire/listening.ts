import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
import type { Clock } from '../lib/clock.ts'
import type { SocketConnection } from './socket-connection.ts'

export type ListenAt = { readonly port: number; readonly host: string } | { readonly path: string }

export interface ListenAddress {
  /** Host and port as others reach it, or the path of a Unix socket. */
  readonly text: string
  readonly port: number | null
}

export async function listenAt(server: Server, at: ListenAt): Promise<ListenAddress> {
  // A backlog beyond Node's 511 is for the kernel to cap; a reconnecting chat arrives in one second.
  server.listen({ ...at, backlog: 4096 })
  await once(server, 'listening') // an 'error' before it rejects
  const address = server.address()
  if (address === null || typeof address === 'string') return { text: address ?? '', port: null }
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return { text: `${host}:${address.port}`, port: address.port }
}

/** `server.close()` alone waits for ever on upgraded and idle connections (node issue 53536): what is left after the time is destroyed. */
export async function stopServer(
  server: Server,
  { connections, open }: { connections: ReadonlySet<SocketConnection>; open: ReadonlySet<Socket> },
  clock: Clock,
  graceMs: number,
): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  // An answer that began before the closing keeps its connection alive; it must not take another request.
  const endIdle = () => {
    for (const connection of connections) {
      connection.reading.settle() // what has come has begun
      if (connection.current === null && !connection.closing) connection.linger()
    }
  }
  endIdle()
  const stopIdle = clock.every(50, endIdle)
  const cancel = clock.after(graceMs, () => {
    for (const transport of open) transport.destroy()
  })
  await closed
  stopIdle()
  cancel()
}
