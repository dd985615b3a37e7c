import { expect, onTestFinished, test } from 'vitest'
import { connectRaw, exchange, type RawConnection } from '../support/raw-http.ts'
import { type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.ts'

test('a request is remembered byte by byte: head, body, trailers and connection', async () => {
  const upstream = await startUpstream()
  const head = 'POST /a%2Fb?c HTTP/1.1\r\nHost: x\r\nX-A:  spaced \r\nTransfer-Encoding: chunked'

  const answer = await exchange({ port: upstream.port }, `${head}\r\n\r\n3\r\nabc\r\n0\r\nX-T: t\r\n\r\n`)

  expect(answer?.body.toString()).toBe('ok')
  expect(upstream.requests).toHaveLength(1)
  expect(upstream.requests[0]).toMatchObject({
    method: 'POST',
    target: '/a%2Fb?c',
    head,
    body: Buffer.from('abc'),
    trailers: 'X-T: t\r\n',
    complete: true,
    connection: 1,
    faults: [],
  })
})

test('pipelined requests are told apart and answered in order', async () => {
  const upstream = await startUpstream()
  const connection = await connect(upstream)

  await connection.send(
    'GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /3 HTTP/1.1\r\n\r\n',
  )
  for (let i = 0; i < 3; i++) expect((await connection.response())?.status).toBe(200)

  expect(upstream.requests.map(request => `${request.method} ${request.target}`)).toEqual([
    'GET /1',
    'POST /2',
    'GET /3',
  ])
})

test('a request that never ends is remembered as unfinished and gets no answer', async () => {
  const upstream = await startUpstream()
  const connection = await connect(upstream)

  await connection.send('POST /cut HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf')
  connection.fin()
  await upstream.until(request => request.target === '/cut')
  await upstream.untilClosed(1)

  expect(upstream.requests).toMatchObject([{ complete: false, body: Buffer.from('half') }])
  expect(upstream.heads).toHaveLength(1)
  expect(upstream.connectionsOpen).toBe(0)
  expect(connection.received()).toBe('')
})

test('bad framing is named, never repaired', async () => {
  const upstream = await startUpstream()
  const connection = await connect(upstream)

  await connection.send(
    'POST /odd HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n',
  )
  const [odd] = await upstream.until(request => request.target === '/odd')

  expect(odd?.complete).toBe(false)
  expect(odd?.faults).toEqual(['Content-Length and Transfer-Encoding', 'chunk size "0x5"'])
})

test('any bytes can be the answer, at the head or at the end, and any end can follow', async () => {
  const upstream = await startUpstream()
  upstream.answer(request => {
    if (request.target === '/early') return { bytes: 'HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n', at: 'head' }
    if (request.target === '/cut') return { bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', after: 'close' }
    if (request.target === '/reset') return { bytes: 'HTTP/1.1 2', after: 'reset' }
    return null
  })
  const early = await connect(upstream)
  const silent = await connect(upstream)

  await early.send('POST /early HTTP/1.1\r\nContent-Length: 100\r\n\r\n')
  await silent.send('GET /silent HTTP/1.1\r\n\r\n')

  expect((await early.response())?.status).toBe(413)
  expect(await exchange({ port: upstream.port }, 'GET /cut HTTP/1.1\r\n\r\n')).toMatchObject({ complete: false })
  expect((await exchange({ port: upstream.port }, 'GET /reset HTTP/1.1\r\n\r\n'))?.complete ?? false).toBe(false)
  expect(await silent.staysQuiet(20)).toBe(true)
})

test('after an upgrade every byte comes back', async () => {
  const upstream = await startUpstream()
  upstream.answer(() => ({ bytes: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n', after: 'echo' }))
  const connection = await connect(upstream)

  await connection.send('GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')
  await expect.poll(() => connection.received()).toContain('101')
  await connection.send('\x81\x00ping')

  await expect.poll(() => connection.received()).toMatch(/\x81\x00ping$/)
})

test('what was seen can be forgotten between cases', async () => {
  const upstream = await startUpstream()
  await exchange({ port: upstream.port }, 'GET /a HTTP/1.1\r\n\r\n')

  upstream.forget()
  await exchange({ port: upstream.port }, 'GET /b HTTP/1.1\r\n\r\n')

  expect(upstream.requests.map(request => request.target)).toEqual(['/b'])
  expect(upstream.connectionsOpened).toBe(2)
})

async function startUpstream(): Promise<RecordingUpstream> {
  const upstream = await startRecordingUpstream()
  onTestFinished(() => upstream.close())
  return upstream
}

async function connect(upstream: RecordingUpstream): Promise<RawConnection> {
  const connection = await connectRaw({ port: upstream.port })
  onTestFinished(() => connection.close())
  return connection
}
