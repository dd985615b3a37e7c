import { createServer } from 'node:http'
import { check } from './checks.ts'

// What most people put behind auth_request or forward_auth: a small service on node:http that answers 200 with a token, or a refusal.
const [port] = process.argv.slice(2).map(Number)
const server = createServer({ requestTimeout: 0, keepAliveTimeout: 65_000 }, (request, response) => {
  const address = request.headers['x-real-ip'] ?? request.socket.remoteAddress ?? ''
  const found = check(request.headers.cookie, String(address))
  if (typeof found === 'number') response.writeHead(found, { 'Content-Length': 0 })
  else response.writeHead(200, { 'Content-Length': 0, 'X-Auth-Token': found.token })
  response.end()
})
server.listen(port, '127.0.0.1')
