import { once } from 'node:events'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import type { Exchange } from '../../src/wire/exchange.ts'
import { createListener } from '../../src/wire/listener.ts'
import { networks, startRooms } from '../proxy/rooms.ts'
import { fieldsOf } from '../support/http-message.ts'
import { connectRaw, exchange } from '../support/raw-http.ts'
import { createTestClock } from '../support/test-clock.ts'

const get = (path: string, fields = '') => `GET ${path} HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n`

/** Answers with method, target and body. */
async function echo(one: Exchange): Promise<void> {
  const body = one.head.bodyLength === 0 ? '' : await readText(one.body)
  one.answer(200, ['Content-Type', 'text/plain'], `${one.head.method} ${one.head.target} ${body}`)
}

describe('requests on one connection', () => {
  test('pipelined ones are served one after the other and answered in order', async () => {
    const started: string[] = []
    const first = Promise.withResolvers<void>()
    await using rooms = await startRooms({
      async handler(one) {
        started.push(one.head.target)
        if (one.head.target === '/1') await first.promise
        one.answer(200, [], one.head.target)
      },
    })
    await using client = await connectRaw({ port: rooms.port })

    await client.send(get('/1') + get('/2') + get('/3'))
    expect(await client.staysQuiet(50)).toBe(true)

    expect(started).toEqual(['/1'])
    first.resolve()
    const bodies = [await client.response(), await client.response(), await client.response()].map(
      one => `${one?.body}`,
    )
    expect(bodies).toEqual(['/1', '/2', '/3'])
  })

  test('bytes may come one at a time', async () => {
    await using rooms = await startRooms({ handler: echo })
    await using client = await connectRaw({ port: rooms.port })

    await client.dribble(
      'POST /slow HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
      0,
    )

    expect(`${(await client.response())?.body}`).toBe('POST /slow hi')
  })

  test('a refused small body is thrown away and the connection goes on', async () => {
    await using rooms = await startRooms({ handler: one => one.answer(403, [], 'no') })
    await using client = await connectRaw({ port: rooms.port })

    await client.send(`POST /x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 5\r\n\r\nhello${get('/y')}`)

    expect((await client.response())?.status).toBe(403)
    expect((await client.response())?.status).toBe(403)
  })

  test('a refused large body ends the connection, and the answer still arrives whole', async () => {
    await using rooms = await startRooms({ handler: one => one.answer(413, [], 'too large') })
    await using client = await connectRaw({ port: rooms.port })

    await client.send('POST /x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 10000000\r\n\r\n')
    await client.send(Buffer.alloc(2_000_000))

    const answer = await client.response()
    expect(answer?.status).toBe(413)
    expect(answer?.complete).toBe(true)
    expect(await client.closes()).toBe(true)
  })

  test('a message that is broken behind a good one does not spoil its answer', async () => {
    await using rooms = await startRooms({
      async handler(one) {
        await new Promise(setImmediate)
        one.answer(200, [], 'good')
      },
    })
    await using client = await connectRaw({ port: rooms.port })

    await client.send(`${get('/1')}BROKEN\r\n\r\n`)

    expect((await client.response())?.status).toBe(200)
    expect((await client.response())?.status).toBe(400)
    expect(await client.closes()).toBe(true)
    expect(rooms.served).toHaveLength(1)
  })

  test('more than can be kept waiting ends the connection', async () => {
    await using rooms = await startRooms({ limits: { pipelinedMax: 5 }, handler: () => {} })
    await using client = await connectRaw({ port: rooms.port })

    await client.send(Array.from({ length: 20 }, (_, i) => get(`/${i}`)).join(''))

    expect(await client.closes()).toBe(true)
    expect(rooms.served).toHaveLength(1)
  })
})

describe('heads that are refused before anybody sees them', () => {
  test.each([
    ['a host that is not served', 'GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n', 421],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['no host from a 1.0 client', 'GET / HTTP/1.0\r\n\r\n', 400],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: gw.test\r\n\r\n', 405],
    ['CONNECT', 'CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n', 405],
    ['an absolute target', 'GET http://gw.test/ HTTP/1.1\r\nHost: gw.test\r\n\r\n', 400],
    ['a dot segment', get('/a/../b'), 400],
    ['an expectation nobody knows', get('/', 'Expect: x\r\n'), 417],
    ['a head over 16 KiB', get('/', `X-A: ${'a'.repeat(17_000)}\r\n`), 431],
    ['a target over 8 KiB', get(`/${'a'.repeat(9000)}`), 414],
    ['a target of 200 KB', get(`/${'a'.repeat(200_000)}`), 414],
    ['more than 100 fields', get('/', 'X-A: 1\r\n'.repeat(100)), 431],
    ['3,000 fields', get('/', 'A:\r\n'.repeat(3000)), 431],
  ])('%s', async (_, bytes, status) => {
    await using rooms = await startRooms({ handler: echo })
    await using client = await connectRaw({ port: rooms.port })

    await client.send(bytes)

    const answer = await client.response()
    expect(answer?.status).toBe(status)
    expect(`${answer?.body}`).toContain('r-early')
    expect(fieldsOf(answer ?? { headers: [] }, 'cache-control')).toEqual(['no-store'])
    expect(await client.closes()).toBe(true)
    expect(rooms.served).toEqual([])
    expect(rooms.refused).toHaveLength(1)
  })

  test('a field name that exists in every object is only a name', async () => {
    await using rooms = await startRooms({ handler: echo })

    const answer = await exchange({ port: rooms.port }, get('/', '__proto__: x\r\nconstructor: y\r\n'))

    expect(answer?.status).toBe(200)
  })

  test('a head that does not end in time is told so', async () => {
    await using rooms = await startRooms({ limits: { headMs: 200 }, handler: echo })
    await using client = await connectRaw({ port: rooms.port })

    await client.send('GET / HTTP/1.1\r\nHost: gw')

    expect((await client.response())?.status).toBe(408)
    expect(await client.closes()).toBe(true)
  })

  test('connections over the cap are told to come back', async () => {
    await using rooms = await startRooms({ limits: { connectionsMax: 1 }, handler: echo })
    await using first = await connectRaw({ port: rooms.port })
    await first.send(get('/'))
    expect((await first.response())?.status).toBe(200)

    await using second = await connectRaw({ port: rooms.port })

    expect((await second.response())?.status).toBe(503)
  })
})

describe('bodies', () => {
  test('are asked for with 100 Continue when somebody reads them', async () => {
    await using rooms = await startRooms({ handler: echo })
    await using client = await connectRaw({ port: rooms.port })

    await client.send('POST / HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n')
    await expect.poll(() => client.received()).toContain('100 Continue')
    await client.send('hi')

    expect(`${(await client.response())?.body}`).toBe('POST / hi')
    await client.send(get('/next'))
    expect(`${(await client.response())?.body}`).toBe('GET /next ')
  })

  test('are not asked for when the request is refused', async () => {
    await using rooms = await startRooms({ handler: one => one.answer(401, [], 'no') })
    await using client = await connectRaw({ port: rooms.port })

    await client.send('POST / HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n')

    const answer = await client.response()
    expect(answer?.status).toBe(401)
    expect(fieldsOf(answer ?? { headers: [] }, 'connection')).toEqual(['close'])
    expect(await client.closes()).toBe(true)
    expect(client.received()).not.toContain('100 Continue')
  })

  test('over the limit fail with a Fault', async () => {
    await using rooms = await startRooms({
      async handler(one) {
        one.limitBody(10)
        await readText(one.body)
      },
    })

    const answer = await exchange(
      { port: rooms.port },
      'POST / HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n',
    )

    expect(answer?.status).toBe(413)
  })

  test('that stop coming fail with a Fault', async () => {
    const clock = createTestClock()
    await using rooms = await startRooms({
      clock,
      async handler(one) {
        await readText(one.body)
      },
    })
    await using client = await connectRaw({ port: rooms.port })
    await client.send('POST / HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 5\r\n\r\nhe')
    await expect.poll(() => rooms.served.length).toBe(1)
    await new Promise(setImmediate)

    clock.advance(20_000)
    expect(await client.staysQuiet(20)).toBe(true)
    clock.advance(15_000)

    expect((await client.response())?.status).toBe(408)
  })

  test('that break off never look whole', async () => {
    const outcome = Promise.withResolvers<unknown>()
    await using rooms = await startRooms({
      async handler(one) {
        outcome.resolve(await readText(one.body).catch((cause: unknown) => cause))
      },
    })
    await using client = await connectRaw({ port: rooms.port })

    await client.send('POST / HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 5\r\n\r\nhe')
    await expect.poll(() => rooms.served.length).toBe(1)
    client.reset()

    expect(await outcome.promise).toBeInstanceOf(Error)
  })

  test('that break in their framing abort the exchange, and the client is told', async () => {
    const aborted = Promise.withResolvers<void>()
    await using rooms = await startRooms({
      handler(one) {
        one.onAbort(() => aborted.resolve())
        one.body.resume()
      },
    })
    await using client = await connectRaw({ port: rooms.port })

    await client.send('POST / HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n5g\r\n')

    await aborted.promise
    expect((await client.response())?.status).toBe(400)
    expect(await client.closes()).toBe(true)
  })
})

describe('answers', () => {
  test('to a 1.0 client end with the connection', async () => {
    await using rooms = await startRooms({
      handler(one) {
        const writer = one.begin(200, '', [])
        writer.write(Buffer.from('streamed'))
        writer.end()
      },
    })

    const answer = await exchange({ port: rooms.port }, 'GET / HTTP/1.0\r\nHost: gw.test\r\n\r\n')

    expect(`${answer?.body}`).toBe('streamed')
    expect(fieldsOf(answer ?? { headers: [] }, 'transfer-encoding')).toEqual([])
  })

  test('that are aborted never get their last chunk', async () => {
    await using rooms = await startRooms({
      handler(one) {
        const writer = one.begin(200, '', [])
        writer.write(Buffer.from('part'))
        setImmediate(() => writer.abort())
      },
    })
    await using client = await connectRaw({ port: rooms.port })

    await client.send(get('/'))

    expect((await client.response())?.complete ?? false).toBe(false)
    expect(await client.closes()).toBe(true)
    expect(client.received()).not.toContain('\r\n0\r\n')
  })

  test('to HEAD have the length and no body', async () => {
    await using rooms = await startRooms({ handler: one => one.answer(200, [], 'hello') })

    const answer = await exchange({ port: rooms.port, methods: ['HEAD'] }, get('/').replace('GET', 'HEAD'))

    expect(fieldsOf(answer ?? { headers: [] }, 'content-length')).toEqual(['5'])
    expect(answer?.body.length).toBe(0)
  })

  test('fields keep their case, order and repetition', async () => {
    await using rooms = await startRooms({
      handler: one =>
        one.answer(200, ['set-cookie', 'a=1', 'X-Caf\u00e9'.replace('\u00e9', 'e'), '\u00e9', 'Set-Cookie', 'b=2'], ''),
    })

    const answer = await exchange({ port: rooms.port }, get('/'))

    expect(answer?.head).toContain('set-cookie: a=1\r\nX-Cafe: \u00e9\r\nSet-Cookie: b=2')
  })

  test('a handler that throws is answered 500 without its cause', async () => {
    await using rooms = await startRooms({
      handler() {
        throw new Error('secret cause')
      },
    })

    const answer = await exchange({ port: rooms.port }, get('/'))

    expect(answer?.status).toBe(500)
    expect(`${answer?.body}`).not.toContain('secret')
    expect(rooms.refused[0]?.fault).toBeInstanceOf(Fault)
  })

  test('a client that takes nothing is cut', async () => {
    const clock = createTestClock()
    const ended = Promise.withResolvers<boolean>()
    await using rooms = await startRooms({
      clock,
      handler(one) {
        const writer = one.begin(200, '', [])
        const pour = () => {
          while (writer.write(Buffer.alloc(65_536)));
        }
        writer.onDrain(pour)
        one.onEnd(end => ended.resolve(end.complete))
        pour()
      },
    })
    const socket = createConnection(rooms.port, '127.0.0.1')
    socket.pause().on('error', () => {})
    socket.write(get('/'))
    await expect.poll(() => rooms.served.length).toBe(1)
    // Wait until the system's buffers are full: from then on the bytes written stand still.
    let before = -1
    for (let now = 0; now !== before; now = rooms.listener.connections === 0 ? -1 : socket.bytesRead) {
      before = now
      await new Promise(resolve => setTimeout(resolve, 50))
    }

    clock.advance(200_000)
    clock.advance(2000)

    expect(await ended.promise).toBe(false)
    socket.destroy()
  })
})

describe('upgrades', () => {
  const handshake = (path: string, rest = '') => get(path, 'Connection: Upgrade\r\nUpgrade: websocket\r\n') + rest

  test('hand over the connection with every byte that came early', async () => {
    await using rooms = await startRooms({
      async handler(one) {
        await new Promise(setImmediate)
        const socket = one.acceptUpgrade('websocket', ['X-A', '1'])
        socket?.on('data', (bytes: Buffer) => socket.write(bytes)).resume()
      },
    })
    await using client = await connectRaw({ port: rooms.port })

    await client.send(handshake('/', 'early'))
    await client.send('late')

    await expect.poll(() => client.received()).toContain('\r\n\r\nearlylate')
    expect(client.received()).toMatch(
      /^HTTP\/1\.1 101 .*\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-A: 1\r\n\r\n/,
    )
  })

  test('that are refused get an ordinary answer and the end', async () => {
    await using rooms = await startRooms({ handler: one => one.answer(403, [], 'no') })
    await using client = await connectRaw({ port: rooms.port })

    await client.send(handshake('/'))

    const answer = await client.response()
    expect(answer?.status).toBe(403)
    expect(`${answer?.body}`).toBe('no')
    expect(await client.closes()).toBe(true)
  })

  test('a client that leaves while its upgrade is decided is noticed', async () => {
    const aborted = Promise.withResolvers<void>()
    await using rooms = await startRooms({ handler: one => one.onAbort(() => aborted.resolve()) })
    await using client = await connectRaw({ port: rooms.port })

    await client.send(handshake('/'))
    await expect.poll(() => rooms.served.length).toBe(1)
    client.fin()

    await aborted.promise
  })

  test.each([
    ['h2c', ''],
    ['h2c', 'Content-Length: 5\r\n'],
    ['TLS/1.0', ''],
    ['websocket', 'Content-Length: 5\r\n'],
  ])('a wish for %s (%j) is ignored: the body and what follows are not lost', async (protocol, length) => {
    await using rooms = await startRooms({ handler: echo })
    await using client = await connectRaw({ port: rooms.port })

    const fields = `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABk\r\n${length}`
    const body = length === '' ? '' : 'hello'
    await client.send(
      get('/first').replace('GET', 'POST') + get('/1', fields).replace('GET', 'POST') + body + get('/2'),
    )

    const bodies = [await client.response(), await client.response(), await client.response()].map(
      one => `${one?.body}`,
    )
    expect(bodies).toEqual(['POST /first ', `POST /1 ${body}`, 'GET /2 '])
  })
})

describe('closing', () => {
  test('lets what began come to its end and takes no more', async () => {
    const go = Promise.withResolvers<void>()
    const rooms = await startRooms({
      async handler(one) {
        await go.promise
        one.answer(200, [], 'done')
      },
    })
    await using busy = await connectRaw({ port: rooms.port })
    await busy.send(get('/'))
    await expect.poll(() => rooms.served.length).toBe(1)

    const closed = rooms.listener.close(10_000)
    await expect(connectRaw({ port: rooms.port })).rejects.toThrow()
    go.resolve()

    expect(`${(await busy.response())?.body}`).toBe('done')
    await closed
    expect(await busy.closes()).toBe(true)
  })

  test('ends open tunnels and idle connections within the time', async () => {
    const rooms = await startRooms({ handler: one => void one.acceptUpgrade('websocket', []) })
    await using tunnel = await connectRaw({ port: rooms.port })
    await tunnel.send(get('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'))
    await expect.poll(() => tunnel.received()).toContain('101')
    await using idle = await connectRaw({ port: rooms.port })

    await rooms.listener.close(50)

    expect(await tunnel.closes()).toBe(true)
    expect(await idle.closes()).toBe(true)
    await expect.poll(() => rooms.listener.connections).toBe(0)
  })
})

test('a Unix socket serves too, and its peer is this machine', async () => {
  const path = join(tmpdir(), `sekisho-${process.pid}.sock`)
  const listener = createListener({
    clock: systemClock,
    proxies: { trusted: networks(['127.0.0.0/8']), mode: 'x-forwarded-for' },
    serves: () => true,
    handler: one => one.answer(200, [], one.head.client.address.text),
  })
  await listener.listen({ path })

  const socket = createConnection(path)
  socket.write(get('/', 'X-Forwarded-For: 203.0.113.7\r\nConnection: close\r\n'))
  const [bytes] = await once(socket, 'data')

  expect(`${bytes}`).toContain('203.0.113.7')
  await listener.close(0)
})

test('clients that leave without their answer leave nothing behind', async () => {
  let open = 0
  await using rooms = await startRooms({
    handler(one) {
      open += 1
      one.onEnd(() => {
        open -= 1
      })
    },
  })
  for (let i = 0; i < 300; i++) {
    const client = await connectRaw({ port: rooms.port })
    await client.send(get('/'))
    client.close()
  }

  await expect.poll(() => rooms.listener.connections).toBe(0)
  expect(open).toBe(0)
})
