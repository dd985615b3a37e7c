import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { acceptValue } from '../../src/wire/ws-frames.ts'
import { fieldsOf } from '../support/http-message.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { connectRaw, type RawConnection } from '../support/raw-http.ts'
import { createTestClock } from '../support/test-clock.ts'
import { alice, type Rooms, type RoomsSetup, startRooms, usualTimeouts } from './rooms.ts'

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const handshake = (fields = '', path = '/ws') =>
  `GET ${path} HTTP/1.1\r\nHost: gw.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${fields}\r\n`

describe('a WebSocket', () => {
  test('is a WebSocket to both ends, whatever the size of its messages', async () => {
    await using rig = await startWsRig()
    const client = new WebSocket(`ws://127.0.0.1:${rig.rooms.port}/ws`, ['chat', 'other'])
    await once(client, 'open')

    expect(client.protocol).toBe('chat')
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 5_000_000]) {
      client.send(Buffer.alloc(size, 9))
      const [message] = (await once(client, 'message')) as [Buffer]
      expect(message.length).toBe(size)
    }
    client.close(4000, 'bye')
    const [code, reason] = (await once(client, 'close')) as [number, Buffer]
    expect([code, `${reason}`]).toEqual([4000, 'bye'])
    await expect.poll(() => rig.rooms.live.count('all')).toBe(0)
  })

  test('carries who is asking, and what was sent with the handshake is not lost', async () => {
    await using rig = await startRawRig()

    await rig.client.send(
      `${handshake('Origin: https://gw.test\r\nSec-WebSocket-Extensions: permessage-deflate\r\n')}early`,
    )
    const upstream = await rig.accepted
    await expect.poll(() => upstream.received()).toMatch(/early$/)

    expect(upstream.received()).toContain('X-Auth-User: alice\r\n')
    expect(upstream.received()).toContain(`Sec-WebSocket-Key: ${key}\r\n`)
    expect(upstream.received()).toContain('Sec-WebSocket-Extensions: permessage-deflate\r\n')
    expect(upstream.received()).toContain('Origin: https://gw.test\r\n')
    expect(upstream.received().match(/upgrade: websocket/gi)).toHaveLength(1)
  })

  test('that the upstream refuses is answered as the upstream answered', async () => {
    await using rig = await startRawRig('HTTP/1.1 401 Unauthorized\r\nX-Why: no\r\nContent-Length: 4\r\n\r\nnope')

    await rig.client.send(handshake())

    const answer = await rig.client.response()
    expect(answer?.status).toBe(401)
    expect(fieldsOf(answer ?? { headers: [] }, 'x-why')).toEqual(['no'])
    expect(`${answer?.body}`).toBe('nope')
    expect(await rig.client.closes()).toBe(true)
  })

  test('with a malformed key is a bad request', async () => {
    await using rig = await startRawRig()

    await rig.client.send(handshake().replace(key, 'short'))

    expect((await rig.client.response())?.status).toBe(400)
  })

  test('on a route without WebSockets goes on as an ordinary request', async () => {
    await using rig = await startRawRig('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno', {
      route: { webSockets: false },
    })

    await rig.client.send(handshake())

    expect((await rig.client.response())?.status).toBe(426)
    expect((await rig.accepted).received()).not.toMatch(/upgrade: websocket/i)
  })

  test('ends at one side when it ended at the other', async () => {
    await using rig = await startRawRig()
    await rig.client.send(handshake())
    const upstream = await rig.accepted
    await expect.poll(() => rig.client.received()).toContain('101')

    upstream.socket.end('last words')

    expect(await rig.client.closes()).toBe(true)
    expect(rig.client.received()).toMatch(/last words$/)
    await expect.poll(() => rig.rooms.live.count('all')).toBe(0)
  })

  test('of a client that is gone is gone upstream', async () => {
    await using rig = await startRawRig()
    await rig.client.send(handshake())
    const upstream = await rig.accepted
    await expect.poll(() => rig.client.received()).toContain('101')

    rig.client.reset()

    await once(upstream.socket, 'close')
    await expect.poll(() => rig.rooms.live.count('all')).toBe(0)
  })

  test('that nobody uses is closed', async () => {
    const clock = createTestClock()
    await using rig = await startRawRig(undefined, {
      clock,
      route: { timeouts: { ...usualTimeouts, tunnelIdleMs: 60_000 } },
    })
    await rig.client.send(handshake())
    const upstream = await rig.accepted
    await expect.poll(() => rig.client.received()).toContain('101')

    clock.advance(50_000)
    upstream.socket.write(frame('still here'))
    await expect.poll(() => rig.client.received()).toContain('still here')
    clock.advance(50_000)
    expect(await rig.client.staysQuiet(20)).toBe(true)
    clock.advance(20_000)

    expect(await rig.client.closes()).toBe(true)
    expect(closeOf(rig.client)).toEqual({ code: 1001, reason: 'idle' })
  })
})

describe('a cut', () => {
  test('puts the close frame between two frames and lets nothing more upstream', async () => {
    await using rig = await startRawRig()
    await rig.client.send(handshake())
    const upstream = await rig.accepted
    await expect.poll(() => rig.client.received()).toContain('101')

    await rig.rooms.live.cut({ session: alice.sessionId }, 4401, 'r-9')
    await rig.client.send('after the cut')

    expect(await rig.client.closes()).toBe(true)
    expect(closeOf(rig.client)).toEqual({ code: 4401, reason: 'r-9' })
    expect(upstream.received()).not.toContain('after the cut')
    await expect.poll(() => upstream.socket.destroyed).toBe(true)
  })

  test('within a frame waits for its end', async () => {
    await using rig = await startRawRig()
    await rig.client.send(handshake())
    const upstream = await rig.accepted
    await expect.poll(() => rig.client.received()).toContain('101')
    // A fragmented message: a close frame may stand between its fragments, never inside of one.
    const fragment = frame('x'.repeat(1000), { fin: false })
    const open = frame('y'.repeat(100_000), { continuation: true })
    upstream.socket.write(Buffer.concat([fragment, open.subarray(0, 500)]))
    await expect.poll(() => rig.client.received().length).toBeGreaterThan(1400)

    await rig.rooms.live.cut({ account: alice.accountId }, 4403, 'r-9')
    upstream.socket.write(Buffer.concat([open.subarray(500), frame('never seen')]))

    expect(await rig.client.closes()).toBe(true)
    expect(closeOf(rig.client)).toEqual({ code: 4403, reason: 'r-9' })
    expect(rig.client.received()).not.toContain('never seen')
  })

  test('within a frame that does not end destroys the connection in time', async () => {
    const clock = createTestClock()
    await using rig = await startRawRig(undefined, { clock })
    await rig.client.send(handshake())
    const upstream = await rig.accepted
    await expect.poll(() => rig.client.received()).toContain('101')
    upstream.socket.write(frame('unfinished'.repeat(100)).subarray(0, 500))
    await expect.poll(() => rig.client.received()).toContain('unfinished')

    await rig.rooms.live.cut('all', 4401, 'r-9')
    expect(await rig.client.staysQuiet(20)).toBe(true)
    await rig.client.send('after the cut')
    await new Promise(setImmediate)
    clock.advance(250)

    expect(await rig.client.closes()).toBe(true)
    expect(upstream.received()).not.toContain('after the cut')
    await expect.poll(() => upstream.socket.destroyed).toBe(true)
  })

  test('is understood by a WebSocket client', async () => {
    await using rig = await startWsRig()
    const client = new WebSocket(`ws://127.0.0.1:${rig.rooms.port}/ws`)
    await once(client, 'open')

    await rig.rooms.live.cut({ organization: 'organization-1' }, 4401, 'receipt')

    const [code, reason] = (await once(client, 'close')) as [number, Buffer]
    expect([code, `${reason}`]).toEqual([4401, 'receipt'])
  })

  test('of another protocol destroys both ends at once', async () => {
    await using rig = await startRawRig(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n',
      {
        route: { upgrades: ['raw'] },
      },
    )
    await rig.client.send(handshake().replace('Upgrade: websocket', 'Upgrade: raw'))
    const upstream = await rig.accepted
    await expect.poll(() => rig.client.received()).toContain('Upgrade: raw')

    await rig.rooms.live.cut('all', 4401, 'r-9')

    expect(await rig.client.closes()).toBe(true)
    expect(rig.client.received()).not.toContain('r-9')
    await expect.poll(() => upstream.socket.destroyed).toBe(true)
  })

  test('of a stream leaves its last chunk out', async () => {
    await using rig = await startRawRig('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n')
    await rig.client.send('GET /events HTTP/1.1\r\nHost: gw.test\r\n\r\n')
    await expect.poll(() => rig.client.received()).toContain('part')

    await rig.rooms.live.cut({ session: alice.sessionId }, 4401, 'r-9')

    expect(await rig.client.closes()).toBe(true)
    expect(rig.client.received()).not.toContain('\r\n0\r\n')
    await once((await rig.accepted).socket, 'close')
  })

  test.each([
    [4401, 401],
    [4403, 403],
    [4429, 429],
    [1012, 503],
  ])('of a poll that waits for its answer tells the client: %i is %i', async (code, status) => {
    await using rig = await startRawRig('')
    await rig.client.send('GET /poll HTTP/1.1\r\nHost: gw.test\r\n\r\n')
    const upstream = await rig.accepted

    await rig.rooms.live.cut({ session: alice.sessionId }, code, 'r-9')

    const answer = await rig.client.response()
    expect(answer?.status).toBe(status)
    expect(JSON.parse(`${answer?.body}`).receipt).toBe('r-1')
    await once(upstream.socket, 'close')
  })
})

interface RawUpstream {
  readonly socket: Socket
  received(): string
}

interface RawRig extends AsyncDisposable {
  readonly rooms: Rooms
  readonly client: RawConnection
  readonly accepted: Promise<RawUpstream>
}

const switched = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${acceptValue(key)}\r\n\r\n`

/** An upstream that answers the first head with the given bytes and then is a bare socket. */
async function startRawRig(answer = switched, setup: RoomsSetup = {}): Promise<RawRig> {
  const accepted = Promise.withResolvers<RawUpstream>()
  const server = createServer(socket => {
    let text = ''
    let answered = false
    socket.on('error', () => {})
    socket.on('data', bytes => {
      text += bytes.toString('latin1')
      if (answered || !text.includes('\r\n\r\n')) return
      answered = true
      socket.write(answer)
      accepted.resolve({ socket, received: () => text })
    })
  })
  const rooms = await startRooms({ upstreamPort: await listenOnLoopback(server), identity: () => alice, ...setup })
  const client = await connectRaw({ port: rooms.port })
  return {
    rooms,
    client,
    accepted: accepted.promise,
    async [Symbol.asyncDispose]() {
      client.close()
      await stop(rooms, server)
    },
  }
}

async function startWsRig() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', socket => socket.on('message', message => socket.send(message)))
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const rooms = await startRooms({ upstreamPort: port, identity: () => alice })
  return {
    rooms,
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate()
      await rooms[Symbol.asyncDispose]()
      server.close()
    },
  }
}

async function stop(rooms: Rooms, server: Server): Promise<void> {
  await rooms[Symbol.asyncDispose]()
  server.close()
}

function frame(text: string, { fin = true, continuation = false } = {}): Buffer {
  const payload = Buffer.from(text)
  const first = (fin ? 0x80 : 0) | (continuation ? 0 : 1)
  if (payload.length < 126) return Buffer.concat([Buffer.from([first, payload.length]), payload])
  if (payload.length < 65_536) {
    const head = Buffer.from([first, 126, payload.length >> 8, payload.length & 255])
    return Buffer.concat([head, payload])
  }
  const head = Buffer.alloc(10)
  head[0] = first
  head[1] = 127
  head.writeBigUInt64BE(BigInt(payload.length), 2)
  return Buffer.concat([head, payload])
}

/** Reads frame by frame what came behind the 101: the close frame has to stand where a frame begins. */
function closeOf(client: RawConnection): { code: number; reason: string } | null {
  const all = Buffer.from(client.received(), 'latin1')
  let rest = all.subarray(all.indexOf('\r\n\r\n') + 4)
  while (rest.length >= 2) {
    const [first = 0, second = 0] = rest
    const extended = second === 126 ? rest.readUInt16BE(2) : second === 127 ? Number(rest.readBigUInt64BE(2)) : second
    const start = second === 126 ? 4 : second === 127 ? 10 : 2
    const payload = rest.subarray(start, start + extended)
    if ((first & 0x0f) === 8) return { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString('utf8') }
    rest = rest.subarray(start + extended)
  }
  return null
}
