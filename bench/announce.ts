import type { Server } from 'node:net'

/** Listens on a free port and prints it, for the bench that started this process. */
export function announce(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object' && address !== null) console.log(address.port)
  })
}
