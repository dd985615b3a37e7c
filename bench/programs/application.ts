import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

// The application behind uploads and WebSockets: takes bodies of any size, and sends each frame back.
const [port] = process.argv.slice(2).map(Number)
const server = createServer({ requestTimeout: 0 }, (request, response) => {
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  request.on('end', () => response.end(String(bytes)))
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false })
sockets.on('connection', socket => socket.on('message', (data, binary) => socket.send(data, { binary })))
server.listen(port, '127.0.0.1')
