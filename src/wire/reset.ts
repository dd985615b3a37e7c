import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/**
 * Ends a connection so that its end cannot be taken for the end of a body (RFC 9112 §8). Only TCP knows a reset, and the runtime throws for
 * anything else; TLS that ends without its closing alert says the same. With an end on its way the kernel is asked in vain, and the socket
 * would never close.
 */
export function reset(socket: Socket): void {
  if (socket.remoteAddress === undefined || socket instanceof TLSSocket || socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
