import { createServer, type Server } from 'node:net'

/** Listens on a free port of 127.0.0.1 and says which. */
export function listenOnLoopback(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'))
      else resolve(address.port)
    })
  })
}

/**
 * A free port for servers whose configuration has to name it beforehand, and that come back to it when they are started again. The system
 * gives nobody a port from here: those that it chooses itself begin at 32768, and one of them could be given away before it is used.
 */
export async function choosePort(): Promise<number> {
  for (;;) {
    const port = nextPort
    nextPort = port + 1 < endOfPorts ? port + 1 : firstPort
    if (await isFree(port)) return port
  }
}

const firstPort = 11_000
const endOfPorts = 32_000
/** Each process begins elsewhere, so that files which run side by side do not ask for the same ones. */
let nextPort = firstPort + ((process.pid * 100) % (endOfPorts - firstPort))

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise(resolve => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
