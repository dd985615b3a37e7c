import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import type { AnswerReader, Failure } from '../../src/proxy/sending.ts'
import { openTunnel } from '../../src/proxy/tunnel.ts'
import { createTurns } from '../../src/proxy/turns.ts'
import { createPool } from '../../src/proxy/upstream-pool.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { connectRaw } from '../support/raw-http.ts'
import { createTestClock } from '../support/test-clock.ts'
import { startRooms } from './rooms.ts'

const get = 'GET / HTTP/1.1\r\nHost: gw.test\r\n\r\n'
const upgrade =
  'GET / HTTP/1.1\r\nHost: gw.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
const switched = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
test('a place in the pool comes back when nobody can take the connection that has switched protocols', async () => {
  const closed = Promise.withResolvers<void>()
  const server = createServer(socket => {
    socket
      .on('error', () => {})
      .on('close', () => closed.resolve())
      .on('data', () => socket.write(switched))
  })
  const pool = createPool(
    { kind: 'tcp', host: '127.0.0.1', port: await listenOnLoopback(server) },
    { clock: systemClock, connectMs: 2000 },
  )
  const failed = Promise.withResolvers<Failure>()
  const reader: AnswerReader = {
    onInterim: () => {},
    onHead: () => {},
    onData: () => true,
    onEnd: () => {},
    onUpgrade() {
      throw new Error('its fields are no fields')
    },
    onFailure: failed.resolve,
  }

  pool.send(
    { method: 'GET', target: '/', headers: ['Host', 'a'], body: null, headMs: 0, bodyIdleMs: 0, upgrade: 'websocket' },
    reader,
  )

  expect((await failed.promise).cause.message).toBe('its fields are no fields')
  await closed.promise
  server.close()
})

test.each(['client', 'upstream'] as const)(
  'a place in the pool comes back when the %s of a tunnel was gone before it began',
  async gone => {
    const ends = { client: new PassThrough(), upstream: new PassThrough() }
    ends[gone].destroy()
    await once(ends[gone], 'close')
    const other = ends[gone === 'client' ? 'upstream' : 'client']
    const closed = once(other, 'close')

    openTunnel({ ...ends, isWebSocket: true, clock: createTestClock(), idleMs: 0 })

    await closed
  },
)

test('a place in the pool comes back when the upstream resets a tunnel that its client does not read', async () => {
  const accepted: Socket[] = []
  const server = createServer(socket => {
    accepted.push(socket)
    socket
      .on('error', () => {})
      .on('data', () => socket.write(accepted.length === 1 ? switched : 'HTTP/1.1 204 No Content\r\n\r\n'))
  })
  await using rooms = await startRooms({
    upstreamPort: await listenOnLoopback(server),
    upstream: { connectionsMax: 1 },
  })
  await using tunnel = await connectRaw({ port: rooms.port })
  await tunnel.send(upgrade)
  await expect.poll(() => tunnel.received()).toContain('101')
  await using next = await connectRaw({ port: rooms.port })
  await next.send(get)
  await expect.poll(() => rooms.served.length).toBe(2)
  expect(accepted).toHaveLength(1)

  accepted[0]?.resetAndDestroy()

  expect((await next.response())?.status).toBe(204)
  server.close()
})

test('a place that is given back twice is free once', () => {
  const turns = createTurns(2)
  const [first] = [turns.enter(), turns.enter()]
  expect(turns.enter()).toBeNull()

  first?.()
  first?.()

  expect(turns.enter()).not.toBeNull()
  expect(turns.enter()).toBeNull()
})
