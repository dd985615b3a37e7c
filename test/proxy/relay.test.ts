import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createConnection } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { fieldsOf } from '../support/http-message.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { connectRaw, exchange, type RawConnection } from '../support/raw-http.ts'
import { type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.ts'
import { type Rooms, type RoomsSetup, startRooms, usualTimeouts } from './rooms.ts'

const get = (path = '/', fields = '') => `GET ${path} HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n`
const post = (fields: string, body = '') => `POST / HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n${body}`

describe('requests', () => {
  test('arrive as they were sent: method, target, fields, body', async () => {
    await using rig = await startRig()

    await rig.client.send(
      post('Content-Length: 5\r\nX-B: 1\r\nx-b: 2\r\nAccept: */*\r\n', 'hello').replace(
        ' / ',
        ' /a%20b?c=%2F&d#'.replace('#', ' '),
      ),
    )
    expect((await rig.client.response())?.status).toBe(200)

    const [seen] = rig.upstream.requests
    expect(seen?.startLine).toBe('POST /a%20b?c=%2F&d HTTP/1.1')
    expect(`${seen?.body}`).toBe('hello')
    expect(seen?.head).toContain('X-B: 1\r\nx-b: 2\r\n')
    expect(seen?.faults).toEqual([])
  })

  test('trailers are dropped', async () => {
    await using rig = await startRig()

    await rig.client.send(
      post('Transfer-Encoding: chunked\r\nTrailer: X-T\r\n', '2\r\nhi\r\n0\r\nX-T: mallory\r\n\r\n'),
    )
    await rig.client.response()

    expect(`${rig.upstream.requests[0]?.body}`).toBe('hi')
    expect(rig.upstream.requests[0]?.trailers).toBe('')
  })

  test('Expect is answered by us once the upstream can take the body', async () => {
    await using rig = await startRig()

    await rig.client.send(post('Content-Length: 5\r\nExpect: 100-continue\r\n'))
    await expect.poll(() => rig.client.received()).toContain('HTTP/1.1 100 Continue\r\n\r\n')
    await rig.client.send('hello')

    expect((await rig.client.response())?.status).toBe(200)
    expect(fieldsOf(rig.upstream.requests[0] ?? { headers: [] }, 'expect')).toEqual([])
  })

  test('over the route’s limit are refused before or while they come', async () => {
    await using rig = await startRig({ route: { bodyBytesMax: 10 } })

    await rig.client.send(post('Content-Length: 11\r\n', 'hello world'))
    expect((await rig.client.response())?.status).toBe(413)
    const answer = await exchange(
      { port: rig.rooms.port },
      post('Transfer-Encoding: chunked\r\n', 'b\r\nhello world\r\n'),
    )

    expect(answer?.status).toBe(413)
    expect(rig.upstream.requests.filter(one => one.complete)).toEqual([])
  })
})

describe('answers', () => {
  test('arrive as they were sent: status, reason, fields, body', async () => {
    await using rig = await startRig()
    rig.upstream.answer(() => ({
      bytes:
        'HTTP/1.1 207 Quite Fine\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nX-Name: \u00e9\r\nDate: x\r\nContent-Length: 2\r\n\r\nok',
    }))

    await rig.client.send(get())

    const answer = await rig.client.response()
    expect(answer?.startLine).toBe('HTTP/1.1 207 Quite Fine')
    expect(answer?.head).toContain(
      'set-cookie: a=1\r\nSet-Cookie: b=2\r\nX-Name: \u00e9\r\nDate: x\r\nContent-Length: 2',
    )
    expect(fieldsOf(answer ?? { headers: [] }, 'date')).toEqual(['x'])
    expect(`${answer?.body}`).toBe('ok')
  })

  test.each([
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n', 'keep'],
    ['until the end', 'HTTP/1.1 200 OK\r\n\r\nok', 'close'],
    ['from a 1.0 server', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 'close'],
  ] as const)('%s are framed anew', async (_, bytes, after) => {
    await using rig = await startRig()
    rig.upstream.answer(() => ({ bytes, after }))

    await rig.client.send(get())

    const answer = await rig.client.response()
    expect(`${answer?.body}`).toBe('ok')
    expect(answer?.complete).toBe(true)
    expect(answer?.trailers).toBe('')
  })

  test.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', '5'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n', undefined],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n', undefined],
    ['DELETE', 'HTTP/1.1 204 No Content\r\n\r\n', undefined],
  ])('%s %j have no body, and the connection goes on', async (method, bytes, length) => {
    await using rig = await startRig()
    rig.upstream.answer(() => ({ bytes }))
    await using client = await connectRaw({ port: rig.rooms.port, methods: [method, method] })

    await client.send(get().replace('GET', method) + get('/2').replace('GET', method))

    const answers = [await client.response(), await client.response()]
    expect(answers.map(one => one?.body.length)).toEqual([0, 0])
    expect(fieldsOf(answers[0] ?? { headers: [] }, 'content-length')).toEqual(length === undefined ? [] : [length])
    expect(fieldsOf(answers[0] ?? { headers: [] }, 'transfer-encoding')).toEqual([])
  })

  test('interim ones are passed on, without what is ours', async () => {
    await using rig = await startRig()
    rig.upstream.answer(() => ({
      bytes:
        'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-Auth-User: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    }))

    await rig.client.send(get())

    expect((await rig.client.response())?.status).toBe(200)
    expect(rig.client.received()).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200/,
    )
  })

  test.each(['Connection: Upgrade\r\nUpgrade: x\r\n', ''])(
    'a 101 that nobody asked for is no answer (%j)',
    async fields => {
      await using rig = await startRig()
      rig.upstream.answer(() => ({ bytes: `HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n` }))

      await rig.client.send(get())

      expect((await rig.client.response())?.status).toBe(502)
    },
  )

  test('an early answer to an upload arrives whole, and ends the connection', async () => {
    await using rig = await startRig()
    rig.upstream.answer(() => ({ bytes: 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno', at: 'head' }))

    await rig.client.send(post('Content-Length: 100000000\r\n', 'x'.repeat(100_000)))

    const answer = await rig.client.response()
    expect(answer?.status).toBe(403)
    expect(`${answer?.body}`).toBe('no')
    expect(await rig.client.closes()).toBe(true)
  })

  test('server-sent events arrive one by one, and their head before the first', async () => {
    let stream: ServerResponse | undefined
    await using rig = await startNodeRig((_, response) => {
      stream = response
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
    })

    await rig.client.send(get('/events', 'Accept: text/event-stream\r\n'))
    await expect.poll(() => rig.client.received()).toContain('text/event-stream')
    for (const event of ['one', 'two', 'three']) {
      stream?.write(`data: ${event}\n\n`)
      await expect.poll(() => rig.client.received()).toContain(`data: ${event}\n\n`)
    }
  })
})

describe('a failing upstream is never a short success', () => {
  test.each([
    ['ends before it answers', '', 'close', 502],
    ['resets before it answers', '', 'reset', 502],
    ['ends within its head', 'HTTP/1.1 200 OK\r\nContent-', 'close', 502],
    ['speaks another protocol', 'SSH-2.0-OpenSSH\r\n', 'keep', 502],
    ['sends two answers in one', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok', 'keep', 502],
  ] as const)('one that %s', async (_, bytes, after, status) => {
    await using rig = await startRig()
    rig.upstream.answer(() => ({ bytes, after }))

    await rig.client.send(post('Content-Length: 2\r\n', 'hi'))

    const answer = await rig.client.response()
    expect(answer?.status).toBe(status)
    expect(JSON.parse(`${answer?.body}`)).toMatchObject({ code: 'upstream_broken', receipt: 'r-1' })
    // A POST is never sent twice.
    expect(rig.upstream.heads).toHaveLength(1)
  })

  test.each([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart', 'close'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n', 'close'],
    ['a broken chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\nzz\r\n', 'keep'],
    ['a reset', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart', 'reset'],
  ] as const)('one that breaks off behind %s', async (_, bytes, after) => {
    await using rig = await startRig()
    rig.upstream.answer(() => ({ bytes, after }))

    await rig.client.send(get())

    expect(await rig.client.closes()).toBe(true)
    expect(rig.client.responses[0]?.complete ?? false).toBe(false)
    expect(rig.client.received()).not.toMatch(/\r\n0\r\n\r\n$/)
  })

  test('one that nobody can reach', async () => {
    await using rooms = await startRooms({ upstreamPort: await freePort() })

    const answer = await exchange({ port: rooms.port }, get())

    expect(answer?.status).toBe(502)
    expect(rooms.faults.map(fault => fault.code)).toEqual(['upstream_unreachable'])
  })

  test('one that does not answer in time', async () => {
    await using rig = await startRig({ route: { timeouts: { ...usualTimeouts, headMs: 300 } } })
    rig.upstream.answer(() => null)

    await rig.client.send(get())

    expect((await rig.client.response())?.status).toBe(504)
    await rig.upstream.untilClosed(1)
  })

  test('one that stops within its answer', async () => {
    await using rig = await startRig({ route: { timeouts: { ...usualTimeouts, bodyIdleMs: 300 } } })
    rig.upstream.answer(() => ({ bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart' }))

    await rig.client.send(get())

    expect(await rig.client.closes()).toBe(true)
    await rig.upstream.untilClosed(1)
  })

  test('a connection that carried a fault is not used again', async () => {
    await using rig = await startRig()
    rig.upstream.answer(request =>
      request.target === '/bad'
        ? { bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison' }
        : { bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood' },
    )

    for (const path of ['/good', '/bad', '/good', '/good']) await rig.client.send(get(path))
    const bodies: string[] = []
    for (let i = 0; i < 4; i++) bodies.push(`${(await rig.client.response())?.body}`)

    expect(bodies).toEqual(['good', 'ok', 'good', 'good'])
    expect(rig.upstream.connectionsOpened).toBeGreaterThan(1)
  })
})

describe('a client that leaves takes its request with it', () => {
  test.each([
    ['while the upstream thinks', get(), null],
    ['within its upload', post('Content-Length: 100\r\n', 'part'), null],
    ['within its chunks', post('Transfer-Encoding: chunked\r\n', '4\r\npart\r\n'), null],
    ['within the answer', get(), 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart'],
  ])('%s', async (_, bytes, answer) => {
    await using rig = await startRig()
    rig.upstream.answer(() => (answer === null ? null : { bytes: answer, at: 'head' }))
    await rig.client.send(bytes)
    await expect.poll(() => rig.upstream.heads.length).toBe(1)

    rig.client.close()

    await rig.upstream.untilClosed(1)
    expect(rig.live()).toBe(0)
  })

  test('and nothing of a broken upload is taken for whole', async () => {
    await using rig = await startRig()

    await rig.client.send(post('Transfer-Encoding: chunked\r\n', '4\r\npart\r\n5g\r\n'))

    expect((await rig.client.response())?.status).toBe(400)
    await rig.upstream.untilClosed(1)
    expect(rig.upstream.requests.filter(one => one.complete)).toEqual([])
  })
})

describe('256 MiB', { timeout: 120_000 }, () => {
  const total = 256 * 1024 * 1024
  // Client, gateway and upstream share this process, and freed pieces are counted until they are swept.
  const heldMiBMax = 100
  const piece = Buffer.alloc(64 * 1024, 7)

  function* pieces(): Generator<Buffer> {
    for (let sent = 0; sent < total; sent += piece.length) yield piece
  }

  test('go down with the memory of a few', async () => {
    await using rig = await startNodeRig((_, response) => void pipeline(Readable.from(pieces()), response))
    const memory = watchMemory()

    const down = request({ port: rig.rooms.port, headers: { Host: 'gw.test' } }).end()
    const [response] = (await once(down, 'response')) as [IncomingMessage]
    let received = 0
    for await (const chunk of response) {
      received += (chunk as Buffer).length
      memory.look((chunk as Buffer).length)
    }

    expect(received).toBe(total)
    expect(memory.grownMiB()).toBeLessThan(heldMiBMax)
  })

  test('go up with the memory of a few', async () => {
    let received = 0
    const memory = watchMemory()
    await using rig = await startNodeRig(async (incoming, response) => {
      for await (const chunk of incoming) {
        received += (chunk as Buffer).length
        memory.look((chunk as Buffer).length)
      }
      response.end('done')
    })

    const up = request({ port: rig.rooms.port, method: 'POST', headers: { Host: 'gw.test' } })
    const answered = once(up, 'response')
    await pipeline(Readable.from(pieces()), up)
    const [response] = (await answered) as [IncomingMessage]
    response.resume()

    expect(response.statusCode).toBe(200)
    expect(received).toBe(total)
    expect(memory.grownMiB()).toBeLessThan(heldMiBMax)
  })

  test('to a client that takes nothing stay with the upstream', async () => {
    let sent = 0
    await using rig = await startNodeRig((_, response) => {
      const pour = () => {
        do sent += piece.length
        while (response.write(piece))
      }
      response.on('drain', pour).on('error', () => {})
      pour()
    })
    const lazy = createConnection(rig.rooms.port, '127.0.0.1').pause()
    lazy.on('error', () => {}).write(get())

    let before = -1
    while (before !== sent || sent === 0) {
      before = sent
      await new Promise(resolve => setTimeout(resolve, 200))
    }

    expect(sent).toBeLessThan(64 * 1024 * 1024)
    lazy.destroy()
  })
})

interface Rig extends AsyncDisposable {
  readonly rooms: Rooms
  readonly upstream: RecordingUpstream
  readonly client: RawConnection
  live(): number
}

async function startRig(setup: RoomsSetup = {}): Promise<Rig> {
  const upstream = await startRecordingUpstream()
  const rooms = await startRooms({ upstreamPort: upstream.port, ...setup })
  const client = await connectRaw({ port: rooms.port })
  return {
    rooms,
    upstream,
    client,
    live: () => rooms.live.count('all'),
    async [Symbol.asyncDispose]() {
      client.close()
      await rooms[Symbol.asyncDispose]()
      await upstream.close()
    },
  }
}

async function startNodeRig(
  serve: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<AsyncDisposable & { rooms: Rooms; client: RawConnection }> {
  const server = createServer((request, response) => void serve(request, response))
  const rooms = await startRooms({ upstreamPort: await listenOnLoopback(server) })
  const client = await connectRaw({ port: rooms.port })
  return {
    rooms,
    client,
    async [Symbol.asyncDispose]() {
      client.close()
      await rooms[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
    },
  }
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listenOnLoopback(server)
  server.close()
  await once(server, 'close')
  return port
}

/** What is held outside of the JavaScript heap, where bytes on their way are; rubbish is collected before each look. */
function watchMemory() {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const used = () => {
    collect()
    return process.memoryUsage().external
  }
  const before = used()
  let most = before
  let passed = 0
  return {
    /** Looks once per 16 MiB that pass. */
    look(bytes: number) {
      passed += bytes
      if (passed < 16 * 1024 * 1024) return
      passed = 0
      most = Math.max(most, used())
    },
    grownMiB: () => (most - before) / 1024 / 1024,
  }
}
