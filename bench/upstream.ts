import { createServer } from 'node:http'
import { announce } from './announce.ts'

// The application of the benches: a small answer.
const body = Buffer.from('x'.repeat(200))
const server = createServer((_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length })
  response.end(body)
})
announce(server)
