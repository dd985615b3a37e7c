import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listenOnLoopback } from '../support/listen.ts'
import { exchange } from '../support/raw-http.ts'
import { type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.ts'
import { createTestClock } from '../support/test-clock.ts'
import { type Rooms, startRooms } from './rooms.ts'

const get = 'GET /x HTTP/1.1\r\nHost: gw.test\r\n\r\n'
const post = 'POST /x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 2\r\n\r\nhi'

describe('several addresses', () => {
  test('take turns', async () => {
    await using one = await startRecordingUpstream()
    await using other = await startRecordingUpstream()
    await using rooms = await startRooms({ upstream: { addresses: [url(one), url(other)] } })

    for (let i = 0; i < 4; i++) await ask(rooms, get)

    expect([one.requests.length, other.requests.length]).toEqual([2, 2])
  })

  test('a dead one costs no request, is set aside, and comes back', async () => {
    const clock = createTestClock()
    await using alive = await startRecordingUpstream()
    const dead = await startRecordingUpstream()
    await dead.close()
    await using rooms = await startRooms({ clock, upstream: { addresses: [url(dead), url(alive)] } })

    for (let i = 0; i < 4; i++) expect(await ask(rooms, i % 2 === 0 ? get : post)).toBe(200)

    expect(alive.requests).toHaveLength(4)
    expect(rooms.changes).toEqual([`app ${url(dead)} aside`])
    const healed = createServer((_, response) => response.end('healed'))
    await new Promise<void>(resolve => healed.listen(dead.port, '127.0.0.1', resolve))
    clock.advance(1500)
    for (let i = 0; i < 2; i++) await ask(rooms, get)
    expect(rooms.changes).toEqual([`app ${url(dead)} aside`, `app ${url(dead)} back`])
    closeAll(healed)
  })

  test.each([
    ['a GET is asked again elsewhere', get, 200],
    ['a POST is not: it could happen twice', post, 502],
  ])('of one that breaks off %s', async (_, bytes, status) => {
    await using broken = await startRecordingUpstream()
    broken.answer(() => ({ bytes: '', after: 'close' }))
    await using good = await startRecordingUpstream()
    await using rooms = await startRooms({ upstream: { addresses: [url(broken), url(good)] } })

    expect(await ask(rooms, bytes)).toBe(status)

    expect(broken.heads).toHaveLength(1)
    expect(good.heads).toHaveLength(status === 200 ? 1 : 0)
  })

  test('one that fails three times in a row is set aside', async () => {
    await using broken = await startRecordingUpstream()
    broken.answer(() => ({ bytes: 'nonsense\r\n\r\n' }))
    await using good = await startRecordingUpstream()
    await using rooms = await startRooms({ upstream: { addresses: [url(broken), url(good)] } })

    for (let i = 0; i < 12; i++) await ask(rooms, get)

    expect(broken.heads).toHaveLength(3)
    expect(rooms.changes).toEqual([`app ${url(broken)} aside`])
  })

  test('when all are set aside, the one that is due first is tried all the same', async () => {
    const clock = createTestClock()
    const dead = await startRecordingUpstream()
    await dead.close()
    await using rooms = await startRooms({ clock, upstream: { addresses: [url(dead)] } })
    expect(await ask(rooms, get)).toBe(502)

    const healed = createServer((_, response) => response.end('healed'))
    await new Promise<void>(resolve => healed.listen(dead.port, '127.0.0.1', resolve))

    expect(await ask(rooms, get)).toBe(200)
    closeAll(healed)
  })
})

test('a kept connection that the upstream has closed costs a GET nothing', async () => {
  await using upstream = await startRecordingUpstream()
  await using rooms = await startRooms({ upstreamPort: upstream.port })
  let answered = 0
  upstream.answer(() =>
    ++answered === 2 ? { bytes: '', after: 'reset' } : { bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' },
  )

  expect([await ask(rooms, get), await ask(rooms, get)]).toEqual([200, 200])
  expect(upstream.heads).toHaveLength(3)
})

describe('a checked address', () => {
  test('is set aside before a request finds it dead, and is back when it answers', async () => {
    const clock = createTestClock()
    await using sick = await startRecordingUpstream()
    await using good = await startRecordingUpstream()
    let healthy = false
    sick.answer(() => ({ bytes: `HTTP/1.1 ${healthy ? 200 : 503} X\r\nContent-Length: 2\r\n\r\nok` }))
    await using rooms = await startRooms({
      clock,
      upstream: { addresses: [url(sick), url(good)], health: { path: '/alive', everyMs: 5000 } },
    })

    clock.advance(5000)
    await expect.poll(() => rooms.changes).toEqual([`app ${url(sick)} aside`])
    healthy = true
    clock.advance(5000)

    await expect.poll(() => rooms.changes).toEqual([`app ${url(sick)} aside`, `app ${url(sick)} back`])
    expect(sick.requests.map(one => one.target)).toEqual(['/alive', '/alive'])
  })
})

test('an upstream on a Unix socket', async () => {
  const path = join(tmpdir(), `sekisho-upstream-${process.pid}.sock`)
  const server = createServer((request, response) => response.end(`${request.headers.host}`))
  await new Promise<void>(resolve => server.listen(path, resolve))
  await using rooms = await startRooms({ upstream: { addresses: [`unix:${path}`] }, route: { preserveHost: false } })

  const answer = await exchange({ port: rooms.port }, get)

  expect(`${answer?.body}`).toBe('localhost')
  closeAll(server)
})

test('the Host of an upstream is its own where the route wants it', async () => {
  const server = createServer((request, response) => response.end(`${request.headers.host}`))
  const port = await listenOnLoopback(server)
  await using rooms = await startRooms({ upstreamPort: port, route: { preserveHost: false } })

  expect(`${(await exchange({ port: rooms.port }, get))?.body}`).toBe(`127.0.0.1:${port}`)
  closeAll(server)
})

function url(upstream: RecordingUpstream): string {
  return `http://127.0.0.1:${upstream.port}`
}

async function ask(rooms: Rooms, bytes: string): Promise<number | undefined> {
  return (await exchange({ port: rooms.port }, bytes))?.status
}

function closeAll(server: Server): void {
  server.closeAllConnections()
  server.close()
}
