import { once } from 'node:events'
import { type ClientHttp2Stream, connect, constants, type OutgoingHttpHeaders } from 'node:http2'
import { buffer, text as readText } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import type { Exchange, ExchangeEnd } from '../../src/wire/exchange.ts'
import { alice, type RoomsSetup } from '../proxy/rooms.ts'
import { authority, startHttp2Rooms } from '../support/http2-rooms.ts'

async function startHttp2(setup: RoomsSetup = {}) {
  const rig = await startHttp2Rooms(setup)
  const session = connect(`https://127.0.0.1:${rig.port}`, {
    ca: authority.pem,
    servername: 'gw.test',
    maxSessionMemory: 1000,
  })
  session.on('error', () => {})
  await once(session, 'remoteSettings')
  return {
    ...rig,
    session,
    ask: (path: string, fields: OutgoingHttpHeaders = {}, options = {}) => {
      const stream = session.request({ ':path': path, ':authority': 'gw.test', ...fields }, options)
      stream.on('error', () => {})
      return stream
    },
    async [Symbol.asyncDispose]() {
      session.destroy()
      await rig[Symbol.asyncDispose]()
    },
  }
}

async function answerOf(stream: ClientHttp2Stream) {
  const [head] = await once(stream, 'response')
  return { head, status: head[':status'], body: await readText(stream) }
}

async function closeCode(stream: ClientHttp2Stream): Promise<number> {
  if (!stream.destroyed) await new Promise(resolve => stream.resume().once('close', resolve))
  return stream.rstCode
}

const endOf = (exchange: Exchange) => new Promise<ExchangeEnd>(resolve => exchange.onEnd(resolve))
/** One turn of what is on its way in this process. */
const turn = () => new Promise(setImmediate)

describe('a request', () => {
  test('reaches the application as one HTTP/1.1 request, with its cookies joined and our fields', async () => {
    await using rig = await startHttp2({ identity: () => alice })
    const fields = { cookie: ['a=1', 'b=2'], 'x-auth-user': 'mallory', 'x-two': ['1', '2'], te: 'trailers' }

    const { status, body } = await answerOf(rig.ask('/a?b=c', fields))

    expect([status, body]).toEqual([200, 'ok'])
    const [request] = rig.arrived()
    expect(request?.startLine).toBe('GET /a?b=c HTTP/1.1')
    const sent = request?.headers.map(([name, value]) => `${name}: ${value}`) ?? []
    expect(sent).toContain('Cookie: a=1; b=2')
    expect(sent).toContain('X-Auth-User: alice')
    expect(sent.filter(field => field.startsWith('x-two'))).toEqual(['x-two: 1', 'x-two: 2'])
    expect(sent.filter(field => /^Host:/i.test(field))).toEqual(['Host: gw.test'])
    expect(sent).toContain('X-Forwarded-Proto: https')
    expect(sent.join()).not.toMatch(/mallory|trailers|:path/)
  })

  test('with bytes over 0x7f in a value is passed on byte for byte', async () => {
    await using rig = await startHttp2()
    await answerOf(rig.ask('/', { 'x-name': 'Zo\u00eb' }))
    expect(rig.arrived()[0]?.head).toContain('x-name: Zo\u00eb')
  })

  test.each([
    ['a length', { 'content-length': 4 }, 'Content-Length: 4'],
    ['no length', {}, 'Transfer-Encoding: chunked'],
  ])('with a body and %s is framed anew', async (_, fields, framing) => {
    await using rig = await startHttp2()
    const stream = rig.ask('/', { ':method': 'POST', ...fields })
    stream.end('body')
    expect((await answerOf(stream)).status).toBe(200)
    const [request] = rig.upstream.requests
    expect(`${request?.body}`).toBe('body')
    expect(request?.head).toContain(framing)
  })

  test('may expect to be told to go on', async () => {
    await using rig = await startHttp2()
    const stream = rig.ask('/', { ':method': 'POST', expect: '100-continue' }, { endStream: false })
    await once(stream, 'continue')
    stream.end('body')
    expect((await answerOf(stream)).status).toBe(200)
    expect(`${rig.upstream.requests[0]?.body}`).toBe('body')
    expect(rig.arrived()[0]?.head).not.toMatch(/expect/i)
  })

  test.each([
    ['a head of more than 16 KiB', { 'x-a': 'a'.repeat(17_000) }],
    ['more than 100 fields', Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`x-${i}`, 'a']))],
  ])('with %s is answered 431 on its stream, and counted', async (_, fields) => {
    await using rig = await startHttp2()
    expect((await answerOf(rig.ask('/', fields))).status).toBe(431)
    expect(rig.rooms.refused.map(({ fault, partial }) => [fault.code, partial.target])).toEqual([
      ['head_too_large', '/'],
    ])
    expect((await answerOf(rig.ask('/'))).status).toBe(200)
  })

  test('with a hundred crumbs of cookies is one with one field of them', async () => {
    await using rig = await startHttp2()
    const cookie = Array.from({ length: 150 }, (_, i) => `c${i}=1`)
    expect((await answerOf(rig.ask('/', { cookie }))).status).toBe(200)
    expect(rig.arrived()[0]?.head).toContain(`Cookie: ${cookie.join('; ')}`)
  })

  test('that is larger than its route allows is refused while it comes', async () => {
    await using rig = await startHttp2({ route: { bodyBytesMax: 1000 } })
    rig.upstream.answer(() => null)
    const stream = rig.ask('/', { ':method': 'POST' })
    stream.end(Buffer.alloc(5000))
    expect((await answerOf(stream)).status).toBe(413)
    expect((await answerOf(rig.ask('/', { ':method': 'POST', 'content-length': 2000 }))).status).toBe(413)
  })
})

describe('an answer', () => {
  const answered = (status: string, fields = '', body = '') => ({ bytes: `HTTP/1.1 ${status}\r\n${fields}\r\n${body}` })

  test('has its fields in lower case, those of a connection gone, and one date', async () => {
    await using rig = await startHttp2()
    const fields =
      'Connection: x-gone\r\nX-Gone: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nUpgrade: h2c\r\n' +
      'X-Padded:  a \r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nTransfer-Encoding: chunked\r\n'
    rig.upstream.answer(() => answered('200 OK', fields, '2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n'))
    const { head, body } = await answerOf(rig.ask('/'))
    expect(body).toBe('ok')
    expect(head['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(head['x-padded']).toBe('a')
    expect(Object.keys(head).sort()).toEqual([':status', 'cache-control', 'date', 'set-cookie', 'x-padded'])
  })

  test.each([
    ['204 No Content', 'GET', ''],
    ['304 Not Modified', 'GET', 'Content-Length: 5\r\n'],
    ['200 OK', 'HEAD', 'Content-Length: 5\r\n'],
    ['205 Reset Content', 'GET', 'Content-Length: 0\r\n'],
  ])('%s to %s has no body', async (status, method, fields) => {
    await using rig = await startHttp2()
    rig.upstream.answer(() => answered(status, fields))
    const answer = await answerOf(rig.ask('/', { ':method': method }))
    expect([answer.status, answer.body]).toEqual([Number.parseInt(status, 10), ''])
    expect((await answerOf(rig.ask('/', { ':method': method }))).status).toBe(answer.status)
  })

  test('may have others before it', async () => {
    await using rig = await startHttp2()
    const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n'
    rig.upstream.answer(() => ({ bytes: `${early}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n` }))
    const stream = rig.ask('/')
    const [hints] = await once(stream, 'headers')
    expect([hints[':status'], hints.link]).toEqual([103, '</a>, </b>'])
    expect((await answerOf(stream)).status).toBe(200)
  })

  test('of a status that HTTP/2 does not know is that of a broken application', async () => {
    await using rig = await startHttp2({ handler: one => one.answer(999, [], 'no') })
    expect(await answerOf(rig.ask('/'))).toMatchObject({ status: 502, body: 'no' })
  })

  test('of an event stream flows at once, and goes on after other streams have ended', async () => {
    const opened = Promise.withResolvers<Exchange>()
    await using rig = await startHttp2({
      handler: one => (one.head.path === '/events' ? opened.resolve(one) : one.answer(200, [], 'other')),
    })
    const stream = rig.ask('/events')
    const writer = (await opened.promise).begin(200, '', ['Content-Type', 'text/event-stream'])
    const [head] = await once(stream, 'response')
    expect(head['content-type']).toBe('text/event-stream')
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      writer.write(Buffer.from(event))
      expect(`${(await once(stream, 'data'))[0]}`).toBe(event)
      expect((await answerOf(rig.ask('/other'))).body).toBe('other')
    }
    writer.end()
    expect(await closeCode(stream)).toBe(0)
  })

  test('of our own has no field that belongs to a connection', async () => {
    const fields = ['Connection', 'close', 'Keep-Alive', 'timeout=5', 'Transfer-Encoding', 'chunked', 'Upgrade', 'h2c']
    await using rig = await startHttp2({
      handler: one => one.answer(200, [...fields, 'Proxy-Connection', 'close', 'HTTP2-Settings', 'a', 'TE', 'x'], 'ok'),
    })
    const { head, body } = await answerOf(rig.ask('/'))
    expect(body).toBe('ok')
    expect(Object.keys(head).sort()).toEqual([':status', 'content-length', 'date'])
  })

  test.each([
    ['longer', 3],
    ['shorter', 1],
  ])('that is %s than announced is reset, and never looks whole', async (_, bytes) => {
    const ended = Promise.withResolvers<ExchangeEnd>()
    await using rig = await startHttp2({
      handler(one) {
        one.onEnd(ended.resolve)
        const writer = one.begin(200, '', ['Content-Length', '2'])
        writer.write(Buffer.alloc(bytes))
        writer.end()
      },
    })
    expect(await closeCode(rig.ask('/'))).toBe(constants.NGHTTP2_INTERNAL_ERROR)
    expect(await ended.promise).toMatchObject({ complete: false })
  })

  test.each([
    ['a line break in a value', ['X-A', 'b\r\nX-B: c']],
    ['a NUL in a value', ['X-A', 'b\0c']],
    ['a name that is none', ['X A', 'b']],
    ['two lengths', ['Content-Length', '1', 'Content-Length', '2']],
  ])('with %s is reset', async (_, fields) => {
    await using rig = await startHttp2({ handler: one => one.begin(200, '', fields).end() })
    expect(await closeCode(rig.ask('/'))).toBe(constants.NGHTTP2_INTERNAL_ERROR)
  })
})

describe('what flows', () => {
  const megabytes = 8
  const chunk = Buffer.alloc(64 * 1024, 'x')

  test('upwards waits for its reader: no more comes than the window of the stream', async () => {
    const opened = Promise.withResolvers<Exchange>()
    await using rig = await startHttp2({ handler: one => opened.resolve(one) })
    const stream = rig.ask('/', { ':method': 'POST' })
    for (let i = 0; i < megabytes * 16; i++) stream.write(chunk)
    stream.end()
    const exchange = await opened.promise
    for (let i = 0; i < 200; i++) await turn()
    expect(stream.bufferSize + stream.writableLength).toBeGreaterThan((megabytes - 1) * 1024 * 1024)

    const body = await buffer(exchange.body)
    expect(body.length).toBe(megabytes * 1024 * 1024)
    exchange.answer(200, [], 'taken')
    expect((await answerOf(stream)).body).toBe('taken')
  })

  test('upwards waits for a reader who stops in the middle', async () => {
    const opened = Promise.withResolvers<Exchange>()
    await using rig = await startHttp2({ handler: one => opened.resolve(one) })
    const stream = rig.ask('/', { ':method': 'POST' })
    for (let i = 0; i < megabytes * 16; i++) stream.write(chunk)
    const { body } = await opened.promise
    await once(body, 'data')
    body.pause()
    for (let i = 0; i < 200; i++) await turn()
    expect(stream.bufferSize + stream.writableLength).toBeGreaterThan((megabytes - 1) * 1024 * 1024)
    expect(body.readableLength).toBeLessThan(1024 * 1024)
  })

  test('upwards and is read by nobody does not hold up other streams', async () => {
    await using rig = await startHttp2({
      async handler(one) {
        if (one.head.path !== '/unread') one.answer(200, [], String((await buffer(one.body)).length))
      },
    })
    for (let i = 0; i < 8; i++) rig.ask('/unread', { ':method': 'POST' }).end(Buffer.alloc(2 * 1024 * 1024))
    const stream = rig.ask('/read', { ':method': 'POST' })
    stream.end(Buffer.alloc(3 * 1024 * 1024))
    expect((await answerOf(stream)).body).toBe(String(3 * 1024 * 1024))
  })

  test('downwards waits for the client', async () => {
    const written = Promise.withResolvers<number>()
    await using rig = await startHttp2({
      handler(one) {
        const writer = one.begin(200, '', [])
        let left = megabytes * 16
        let stopped = false
        const pour = () => {
          while (left > 0) {
            left -= 1
            if (writer.write(chunk)) continue
            if (!stopped) written.resolve(megabytes * 16 - left)
            stopped = true
            return
          }
          writer.end()
        }
        writer.onDrain(pour)
        pour()
      },
    })
    const stream = rig.ask('/')
    await once(stream, 'response')
    expect(await written.promise).toBeLessThan(8)
    expect((await buffer(stream)).length).toBe(megabytes * 1024 * 1024)
  })

  test('upwards to an application ends with an answer before the body, and the client is told to stop', async () => {
    await using rig = await startHttp2({ handler: one => one.answer(401, [], 'sign in') })
    const streams = Array.from({ length: 20 }, () => rig.ask('/', { ':method': 'POST' }))
    for (const stream of streams) stream.write(Buffer.alloc(1024 * 1024))
    const answers = await Promise.all(streams.map(stream => Promise.all([answerOf(stream), closeCode(stream)])))
    for (const answer of answers) expect(answer).toMatchObject([{ status: 401, body: 'sign in' }, 0])
    // So much that nobody read is no flood.
    expect((await answerOf(rig.ask('/'))).status).toBe(401)
    expect(rig.rooms.refused).toEqual([])
  })
})

describe('what breaks off', () => {
  test('a client that resets its stream ends the request to the application, and nothing else', async () => {
    await using rig = await startHttp2()
    rig.upstream.answer(({ target }) =>
      target === '/slow' ? null : { bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' },
    )
    const stream = rig.ask('/slow')
    const other = rig.ask('/other')
    await rig.upstream.until(({ target }) => target === '/slow')
    const { connection = 0 } = rig.arrived().find(({ target }) => target === '/slow') ?? {}

    stream.close(constants.NGHTTP2_CANCEL)

    await rig.upstream.untilClosed(connection)
    expect((await answerOf(other)).status).toBe(200)
  })

  test('a client that leaves with its body half sent is never taken for one that has sent it', async () => {
    const heard: unknown[] = []
    const opened = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<ExchangeEnd>()
    await using rig = await startHttp2({
      handler(one) {
        one.onEnd(ended.resolve)
        for (const event of ['end', 'error']) one.body.on(event, () => heard.push(event))
        one.body.on('data', () => opened.resolve())
      },
    })
    rig.ask('/', { ':method': 'POST' }).write('half')
    await opened.promise
    rig.session.destroy()
    expect(await ended.promise).toMatchObject({ complete: false, status: null })
    await turn()
    expect(heard).toEqual(['error'])
  })

  test('an application that dies before its answer is told as 502, one that dies in it by a reset', async () => {
    await using rig = await startHttp2()
    const dying: Record<string, string> = {
      '/body': 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf',
      '/chunked': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
    }
    rig.upstream.answer(({ target }) => ({
      bytes: dying[target] ?? '',
      after: 'reset',
    }))
    expect((await answerOf(rig.ask('/head', { ':method': 'POST' }, { endStream: true }))).status).toBe(502)
    for (const path of ['/body', '/chunked'])
      expect(await closeCode(rig.ask(path))).toBe(constants.NGHTTP2_INTERNAL_ERROR)
    rig.upstream.answer(() => ({ bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' }))
    expect((await answerOf(rig.ask('/'))).body).toBe('ok')
  })

  test('a session that is cut ends its streams, and the connection carries others', async () => {
    await using rig = await startHttp2({ identity: head => (head.path === '/public' ? null : alice) })
    rig.upstream.answer(({ target }) => ({
      bytes:
        target === '/events' ? 'HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n' : 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    }))
    const events = rig.ask('/events')
    await once(events, 'data')

    await rig.rooms.live.cut({ session: alice.sessionId }, 4401, 'signed out')

    expect(await closeCode(events)).toBe(constants.NGHTTP2_INTERNAL_ERROR)
    expect((await answerOf(rig.ask('/public'))).status).toBe(200)
  })

  test('a handler that fails is answered', async () => {
    await using rig = await startHttp2({
      handler() {
        throw new Error('bug')
      },
    })
    expect((await answerOf(rig.ask('/'))).status).toBe(500)
  })

  test('each exchange ends once, with what was sent', async () => {
    const ends: Promise<ExchangeEnd>[] = []
    await using rig = await startHttp2({
      handler(one) {
        ends.push(endOf(one))
        one.answer(200, [], 'twelve bytes')
      },
    })
    await answerOf(rig.ask('/'))
    await answerOf(rig.ask('/', { ':method': 'HEAD' }))
    expect(await Promise.all(ends)).toEqual([
      { status: 200, complete: true, bytesSent: 12 },
      { status: 200, complete: true, bytesSent: 0 },
    ])
  })
})
