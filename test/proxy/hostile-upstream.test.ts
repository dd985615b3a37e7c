import { createServer, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { openTunnel } from '../../src/proxy/tunnel.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { connectRaw } from '../support/raw-http.ts'
import { startStubbornClient } from '../support/stubborn-client.ts'
import { createTestClock } from '../support/test-clock.ts'
import { startRooms } from './rooms.ts'

// Upstreams that talk without end, or say what no server may say.

const request = 'GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n'

async function startTalker(talk: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.once('data', () => talk(socket))
  })
  const port = await listenOnLoopback(server)
  return {
    port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

describe('an upstream that takes its time over the head', () => {
  test.each([
    ['a byte at a time', 'X'],
    ['with interim answers', 'HTTP/1.1 102 Processing\r\n\r\n'],
  ])('%s is given up when the time for a head is over', async (_, piece) => {
    const clock = createTestClock()
    await using upstream = await startTalker(socket => {
      if (piece === 'X') socket.write('HTTP/1.1 200 OK\r\nX-A: ')
    })
    await using rooms = await startRooms({ clock, upstreamPort: upstream.port })
    await using client = await connectRaw({ port: rooms.port })
    await client.send(request)
    await expect.poll(() => upstream.sockets.size).toBe(1)

    for (let second = 0; second < 40; second++) {
      for (const socket of upstream.sockets) await new Promise(resolve => socket.write(piece, resolve))
      await new Promise(setImmediate)
      clock.advance(1000)
    }

    expect((await client.response())?.status).toBe(504)
  })
})

test('interim answers without end are not handed on without end', async () => {
  await using upstream = await startTalker(socket => {
    const flood = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n'.repeat(1000)
    const pour = () => {
      while (!socket.destroyed && socket.write(flood));
      if (!socket.destroyed) socket.once('drain', pour)
    }
    pour()
  })
  await using rooms = await startRooms({ upstreamPort: upstream.port })
  await using client = await startStubbornClient(rooms.port)

  client.send(request)

  await expect.poll(() => rooms.faults.map(fault => fault.code)).toEqual(['upstream_broken'])
})

describe('what no upstream may answer becomes 502, and its connection is used no more', () => {
  test.each([
    ['status 099', 'HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['status 000', 'HTTP/1.1 000 Odd\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['HTTP/2.0', 'HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['HTTP/0.9', 'HTTP/0.9 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    [
      'a transfer coding from a 1.0 server',
      'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    ],
  ])('%s', async (_, bytes) => {
    await using upstream = await startTalker(socket => socket.write(bytes))
    await using rooms = await startRooms({ upstreamPort: upstream.port })
    await using client = await connectRaw({ port: rooms.port })

    await client.send(request)

    expect((await client.response())?.status).toBe(502)
    await expect.poll(() => upstream.sockets.size).toBe(0)
  })
})

describe('a switch to a protocol that was not asked for', () => {
  const upgrade =
    'GET /ws HTTP/1.1\r\nHost: gw.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
  test.each([
    ['another protocol', 'Connection: Upgrade\r\nUpgrade: h2c\r\n'],
    ['two protocols', 'Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n'],
    ['no protocol', ''],
    ['with a length', 'Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n'],
    ['with a transfer coding', 'Connection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n'],
  ])('%s is no tunnel', async (_, fields) => {
    await using upstream = await startTalker(socket =>
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\nhello`),
    )
    await using rooms = await startRooms({ upstreamPort: upstream.port })
    await using client = await connectRaw({ port: rooms.port })

    await client.send(upgrade)

    expect((await client.response())?.status).toBe(502)
  })
})

test('a tunnel whose client takes nothing more ends some time after its upstream has', async () => {
  const clock = createTestClock()
  const never = new Duplex({ read() {}, write() {} })
  const upstream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  openTunnel({ client: never, upstream, isWebSocket: false, clock, idleMs: 600_000 })
  upstream.push('last words')
  await expect.poll(() => never.writableLength).toBe(10)

  upstream.destroy()
  await expect.poll(() => never.writableEnded).toBe(true)
  clock.advance(60_000)

  await expect.poll(() => never.destroyed).toBe(true)
})
