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

/** A port that was free a moment ago, for servers whose configuration has to name it beforehand. */
export async function choosePort(): Promise<number> {
  const server = createServer()
  const port = await listenOnLoopback(server)
  await new Promise(resolve => server.close(resolve))
  return port
}
