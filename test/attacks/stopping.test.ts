import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { listenOnLoopback } from '../support/listen.ts'

// A stop in the middle of other people's work: what has begun comes to its end (docs/operations.md).

let gateway: TestGateway
let origin: string
const waiting: ServerResponse[] = []
const server = createServer((request, response) => {
  if (request.url === '/download') response.write('first half, ')
  waiting.push(response)
  server.emit('waiting')
})

beforeAll(async () => {
  origin = `http://127.0.0.1:${await listenOnLoopback(server)}`
  gateway = await startGateway({
    upstream: origin,
    policies: {
      routes: {
        kind: 'routes',
        routes: [{ name: 'open', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'public' }],
      },
    },
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

interface Read {
  readonly status: number
  readonly body: string
  readonly whole: boolean
}

/** Resolves when the application has the request; the answer comes later, so it is handed over in a box. */
async function ask(path: string): Promise<{ readonly answer: Promise<Read> }> {
  const arrived = once(server, 'waiting')
  const answer = read(path)
  await arrived
  return { answer }
}

function read(path: string): Promise<Read> {
  return new Promise(resolve => {
    const request = get({ port: gateway.port, host: '127.0.0.1', path, headers: { Host: `localhost:${gateway.port}` } })
    request.on('error', () => resolve({ status: 0, body: '', whole: false }))
    request.on('response', (response: IncomingMessage) => {
      let body = ''
      const settle = () => resolve({ status: response.statusCode ?? 0, body, whole: response.complete })
      response.on('data', chunk => {
        body += String(chunk)
      })
      response.on('error', settle)
      response.on('end', settle)
    })
  })
}

test('a stop lets answers come to their end, those that have begun and those that are being made', async () => {
  const download = await ask('/download')
  const slow = await ask('/slow')

  const stopped = gateway.running.close(5_000)
  // The stop has had every chance to cut them; now the application goes on.
  await new Promise(resolve => setTimeout(resolve, 100))
  for (const response of waiting) response.end('the rest')
  await stopped

  expect(await download.answer).toEqual({ status: 200, body: 'first half, the rest', whole: true })
  expect(await slow.answer).toEqual({ status: 200, body: 'the rest', whole: true })
})
