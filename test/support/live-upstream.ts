import { createServer, type IncomingHttpHeaders } from 'node:http'
import { WebSocketServer } from 'ws'
import { listenOnLoopback } from './listen.ts'

/** An application with what open connections need: an echo over WebSocket at /socket, an endless event stream at /events. */
export interface LiveUpstream extends AsyncDisposable {
  readonly origin: string
  readonly requests: { method: string; url: string; headers: IncomingHttpHeaders }[]
  /** Open event streams and sockets, as the application sees them. */
  open(): number
}

export async function startLiveUpstream(): Promise<LiveUpstream> {
  const requests: LiveUpstream['requests'] = []
  let streams = 0
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    if (request.url !== '/events') {
      response.end(`hello from ${request.url}`)
      return
    }
    streams += 1
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('data: first\n\n')
    response.once('close', () => {
      streams -= 1
    })
  })
  const sockets = new WebSocketServer({ server, path: '/socket' })
  sockets.on('connection', (socket, request) => {
    requests.push({ method: 'GET', url: request.url ?? '', headers: request.headers })
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  const port = await listenOnLoopback(server)
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    open: () => streams + sockets.clients.size,
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
