import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import type { AnswerReader, OutgoingRequest } from '../../src/proxy/sending.ts'
import { createPool, type UpstreamPool } from '../../src/proxy/upstream-pool.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { createTestClock } from '../support/test-clock.ts'

const saying = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`

test('an answer that came before its request was sent is nobody’s', async () => {
  const [asked, triggers]: [Socket[], Socket[]] = [[], []]
  const upstream = createServer(socket =>
    socket
      .on('error', () => {})
      .on('data', () => {
        asked.push(socket)
        socket.write(saying('asked for'))
      }),
  )
  const triggering = createServer(socket => void triggers.push(socket))
  const port = await listenOnLoopback(upstream)
  const pool = createPool({ kind: 'tcp', host: '127.0.0.1', port }, { clock: createTestClock(), connectMs: 1000 })
  const trigger = connect(await listenOnLoopback(triggering), '127.0.0.1')
  const second = once(trigger, 'data').then(() => ask(pool))
  await once(triggering, 'connection')
  expect(await ask(pool)).toBe('asked for')
  // The kernel tells first of what it told of last; two turns later it has no such memory.
  for (let i = 0; i < 2; i++) await new Promise(resolve => setImmediate(resolve))

  // The loop finds both at once: first what makes the next request, then bytes that nobody has asked for.
  triggers[0]?.write('go')
  asked[0]?.write(saying('poison'))

  // Found the other way round, the connection is closed before, and another one is asked.
  expect(['failed before an answer', 'asked for']).toContain(await second)
  pool.close()
  trigger.destroy()
  for (const server of [upstream, triggering]) server.close()
})

function ask(pool: UpstreamPool): Promise<string> {
  const headers = ['Host', 'app.test']
  const request: OutgoingRequest = { method: 'GET', target: '/', headers, body: null, headMs: 1000, bodyIdleMs: 1000 }
  return new Promise(resolve => {
    let body = ''
    const reader: AnswerReader = {
      onInterim: () => {},
      onHead: () => {},
      onData(bytes) {
        body += bytes.toString('latin1')
        return true
      },
      onEnd: () => resolve(body),
      onUpgrade: () => {},
      onFailure: ({ received }) => resolve(received ? 'failed in an answer' : 'failed before an answer'),
    }
    pool.send(request, reader)
  })
}
