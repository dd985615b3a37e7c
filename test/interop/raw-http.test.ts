import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { fieldsOf } from '../support/http-message.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { connectRaw, exchange, type RawConnection } from '../support/raw-http.ts'

test('the bytes arrive exactly as they were written, high and control characters included', async () => {
  const text = 'GET\t/\x00ÿ HTTP/1.1\nHost : a\r\n\r\n'
  const { port, received } = await startBytes('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n', text.length)

  const answer = await exchange({ port }, text)

  expect(answer?.status).toBe(400)
  expect(received()).toBe(text)
})

test.each([
  ['by its length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
  [
    'in chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\nX: y\r\n\r\n',
    'hello!',
  ],
  ['by its status', 'HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n', ''],
])('an answer that ends %s is whole', async (_way, bytes, body) => {
  const connection = await ask(bytes)

  const answer = await connection.response()

  expect(answer).toMatchObject({ complete: true, faults: [] })
  expect(answer?.body.toString()).toBe(body)
})

test('an answer that the connection cuts short is not whole, and one that it ends is', async () => {
  const short = await ask('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npartial', 'close')
  const chunked = await ask('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel', 'close')
  const ended = await ask('HTTP/1.0 200 OK\r\n\r\nall of it', 'close')

  expect(await short.response()).toMatchObject({ complete: false })
  expect(await chunked.response()).toMatchObject({ complete: false })
  expect(await ended.response()).toMatchObject({ complete: true, body: Buffer.from('all of it') })
})

test('two answers on one connection are told apart, interim ones are skipped but kept', async () => {
  const one = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1'
  const connection = await ask(`${one}HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\n2`)

  expect((await connection.response())?.status).toBe(200)
  expect((await connection.response())?.status).toBe(404)
  expect(connection.responses.map(answer => answer.status)).toEqual([103, 200, 404])
})

test('an answer to HEAD has no body, whatever length it names', async () => {
  const connection = await ask('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n', 'keep', ['HEAD'])

  expect(await connection.response()).toMatchObject({ status: 200, complete: true })
})

test.each([
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok', 'several Content-Length'],
  [
    'both framings',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'Content-Length and',
  ],
  ['a bare CR', 'HTTP/1.1 200 OK\r\nX: a\rY: b\r\nContent-Length: 0\r\n\r\n', 'bare CR'],
  ['a folded line', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n', 'field line'],
  [
    'a bad chunk size',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n',
    'chunk size "0x5"',
  ],
  ['long chunk data', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nhello\r\n0\r\n\r\n', 'no CRLF after'],
])('%s is named as a fault', async (_what, bytes, fault) => {
  const connection = await ask(bytes)

  expect((await connection.response())?.faults).toContainEqual(expect.stringContaining(fault))
})

test('fields keep their order and repetition', async () => {
  const connection = await ask('HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie:  b=2 \r\nContent-Length: 0\r\n\r\n')

  const answer = await connection.response()

  expect(fieldsOf(answer ?? { headers: [] }, 'set-cookie')).toEqual(['a=1', 'b=2'])
})

test('a close is seen, and so is its absence', async () => {
  const closing = await ask('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n', 'close')
  const keeping = await ask('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
  await keeping.response()

  expect(await closing.closes()).toBe(true)
  expect(await keeping.closes(20)).toBe(false)
  expect(await keeping.staysQuiet(20)).toBe(true)
})

test('dribbled bytes arrive in pieces', async () => {
  const { port, received, packets } = await startBytes('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 4)
  const connection = await connectRaw({ port })
  onTestFinished(() => connection.close())

  await connection.dribble('abcd')
  await connection.response()

  expect(received()).toBe('abcd')
  // Each was sent by itself; a busy machine may read two of them at once.
  expect(packets()).toBeGreaterThan(1)
})

type After = 'keep' | 'close'

/** Connects to a server that answers the first byte with these bytes. */
async function ask(bytes: string, after: After = 'keep', methods: string[] = []): Promise<RawConnection> {
  const { port } = await startBytes(bytes, 1, after)
  const connection = await connectRaw({ port, methods })
  onTestFinished(() => connection.close())
  await connection.send('x')
  return connection
}

async function startBytes(bytes: string, answerAfter: number, after: After = 'keep') {
  const chunks: Buffer[] = []
  const server = createServer(socket => {
    socket.on('error', () => socket.destroy())
    socket.on('data', chunk => {
      chunks.push(chunk)
      if (Buffer.concat(chunks).length < answerAfter) return
      socket.write(Buffer.from(bytes, 'latin1'))
      if (after === 'close') socket.end()
    })
  })
  const port = await listenOnLoopback(server)
  onTestFinished(() => {
    server.close()
  })
  return { port, received: () => Buffer.concat(chunks).toString('latin1'), packets: () => chunks.length }
}
