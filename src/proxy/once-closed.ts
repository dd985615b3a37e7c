import type { Duplex } from 'node:stream'

/** Tells when a connection is gone, also one that is gone already: that one says so to nobody any more. */
export function onceClosed(connection: Duplex, callback: () => void): void {
  if (connection.closed) callback()
  else connection.once('close', callback)
}
