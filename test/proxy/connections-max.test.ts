import { createServer, type ServerResponse } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createTurns } from '../../src/proxy/turns.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { connectRaw, exchange, type RawConnection } from '../support/raw-http.ts'
import { createTestClock } from '../support/test-clock.ts'
import { type Rooms, startRooms } from './rooms.ts'

describe('with all connections of an address in use', () => {
  test('a request waits for its turn', async () => {
    await using upstream = await startHolding()
    await using rooms = await startRooms(oneOf(upstream))
    await using first = await begin(rooms, '/held')
    await using second = await begin(rooms, '/second')
    expect(upstream.targets).toEqual(['/held'])

    upstream.finish()

    expect((await first.response())?.status).toBe(200)
    expect((await second.response())?.status).toBe(200)
    expect(upstream.targets).toEqual(['/held', '/second'])
  })

  test('it waits no longer than for the head of an answer, and is told to come again', async () => {
    const clock = createTestClock()
    await using upstream = await startHolding()
    await using rooms = await startRooms({ ...oneOf(upstream), clock })
    await using first = await begin(rooms, '/held')
    await using second = await begin(rooms, '/second')

    clock.advance(30_000)

    const refused = await second.response()
    expect(refused?.status).toBe(503)
    expect(refused?.headers).toContainEqual(['Retry-After', '1'])
    upstream.finish()
    expect((await first.response())?.status).toBe(200)
    expect(upstream.targets).toEqual(['/held'])
  })

  test('whoever leaves while waiting costs the application nothing, and nobody a turn', async () => {
    await using upstream = await startHolding()
    await using rooms = await startRooms(oneOf(upstream))
    await using first = await begin(rooms, '/held')
    const leaver = await begin(rooms, '/leaver')
    await using third = await begin(rooms, '/third')
    const gone = new Promise<void>(resolve => rooms.served[1]?.onEnd(() => resolve()))
    leaver.reset()
    await gone

    upstream.finish()

    expect((await first.response())?.status).toBe(200)
    expect((await third.response())?.status).toBe(200)
    expect(upstream.targets).toEqual(['/held', '/third'])
  })

  test('an open WebSocket is one of them until it closes', async () => {
    await using upstream = await startHolding()
    await using rooms = await startRooms(oneOf(upstream))
    const socket = await connectRaw({ port: rooms.port })
    await socket.send(
      'GET /socket HTTP/1.1\r\nHost: gw.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    )
    await expect.poll(() => socket.received()).toContain('101 Switching Protocols')
    await using next = await begin(rooms, '/next')
    expect(upstream.targets).toEqual(['/socket'])

    socket.close()

    expect((await next.response())?.status).toBe(200)
  })

  test('another address that has one free is taken', async () => {
    await using upstream = await startHolding()
    await using other = await startHolding()
    await using rooms = await startRooms({ upstream: { addresses: [upstream.url, other.url], connectionsMax: 1 } })
    await using _ = await begin(rooms, '/held')

    for (let i = 0; i < 3; i++) expect((await exchange({ port: rooms.port }, request('/')))?.status).toBe(200)

    expect(other.targets).toHaveLength(3)
  })
})

test('a place goes to the next in order, however many give it back at once', async () => {
  const turns = createTurns(1)
  const order: number[] = []
  const leave = turns.take(() => {})
  for (let i = 0; i < 20_000; i++)
    turns.take(leaveAtOnce => {
      order.push(i)
      leaveAtOnce()
    })
  expect(turns.isFull).toBe(true)

  leave()
  leave()
  await expect.poll(() => turns.isFull).toBe(false)

  expect(order).toEqual(Array.from({ length: 20_000 }, (_, i) => i))
})

test('an address where no connection comes to stand is given up after its time', async () => {
  // TCP stands at once; the handshake of TLS is what never comes to an end.
  const silent = createTcpServer(() => {})
  const port = await listenOnLoopback(silent)
  await using rooms = await startRooms({ upstream: { addresses: [`https://127.0.0.1:${port}`], connectMs: 50 } })

  expect((await exchange({ port: rooms.port }, request('/')))?.status).toBe(502)
  silent.close()
})

interface Holding extends AsyncDisposable {
  readonly url: string
  readonly targets: readonly string[]
  /** Ends the answers at /held. */
  finish(): void
}

/** Holds the answer to /held, switches protocols at /socket, and answers anything else at once. */
async function startHolding(): Promise<Holding> {
  const targets: string[] = []
  const held: ServerResponse[] = []
  const server = createServer((asked, response) => {
    targets.push(asked.url ?? '')
    if (asked.url === '/held') held.push(response)
    else response.end('ok')
  })
  server.on('upgrade', (asked, socket) => {
    targets.push(asked.url ?? '')
    socket.on('end', () => socket.end())
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n',
    )
  })
  const port = await listenOnLoopback(server)
  return {
    url: `http://127.0.0.1:${port}`,
    targets,
    finish() {
      for (const response of held.splice(0)) response.end('held')
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function oneOf(upstream: Holding) {
  return { upstream: { addresses: [upstream.url], connectionsMax: 1 } }
}

function request(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: gw.test\r\n\r\n`
}

/** Sends a request; resolves when the proxy has it, and a held one when the application has it. */
async function begin(rooms: Rooms, target: string): Promise<RawConnection> {
  const before = rooms.served.length
  const connection = await connectRaw({ port: rooms.port })
  await connection.send(request(target))
  await expect.poll(() => rooms.served.length).toBe(before + 1)
  return connection
}
