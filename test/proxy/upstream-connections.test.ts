import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createTurns } from '../../src/proxy/turns.ts'
import { localCertificate, otherCertificate, testAuthority } from '../support/certificates.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { connectRaw, exchange } from '../support/raw-http.ts'
import { startRecordingUpstream } from '../support/recording-upstream.ts'
import { createTestClock } from '../support/test-clock.ts'
import { type Rooms, startRooms } from './rooms.ts'

const get = (path = '/', fields = '') => `GET ${path} HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n`
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

describe('a kept connection', () => {
  test('serves the next request; of several, the one that was used last', async () => {
    const asked: Socket[] = []
    const server = createServer(socket => {
      socket.on('error', () => {}).on('data', () => asked.push(socket))
    })
    await using rooms = await startRooms({ upstreamPort: await listenOnLoopback(server) })
    await using first = await connectRaw({ port: rooms.port })
    await using second = await connectRaw({ port: rooms.port })
    for (const [i, client] of [first, second].entries()) {
      await client.send(get())
      await expect.poll(() => asked.length).toBe(i + 1)
    }
    for (const [i, client] of [second, first].entries()) {
      asked[1 - i]?.write(ok)
      await client.response()
    }

    for (let i = 2; i < 5; i++) {
      await second.send(get())
      await expect.poll(() => asked.length).toBe(i + 1)
      asked[i]?.write(ok)
      await second.response()
    }

    expect(asked.slice(2).every(socket => socket === asked[0])).toBe(true)
    server.close()
  })

  test('is closed by us before the upstream would do it', async () => {
    const clock = createTestClock()
    await using upstream = await startRecordingUpstream()
    await using rooms = await startRooms({ clock, upstreamPort: upstream.port })
    await ask(rooms, get())

    clock.advance(3000)
    await ask(rooms, get())
    expect(upstream.connectionsOpened).toBe(1)
    clock.advance(4500)

    await upstream.untilClosed(1)
  })

  test.each([
    ['timeout=30', 20_000, 1],
    ['timeout=30', 29_000, 2],
    ['timeout=1', 0, 2],
    ['max=5, timeout=20', 17_000, 1],
    ['nothing of use', 5000, 2],
  ])('is kept as the upstream says (%s, asked again after %i ms)', async (said, afterMs, connections) => {
    const clock = createTestClock()
    await using upstream = await startRecordingUpstream()
    upstream.answer(() => ({ bytes: ok.replace('\r\n\r\n', `\r\nKeep-Alive: ${said}\r\n\r\n`) }))
    await using rooms = await startRooms({ clock, upstreamPort: upstream.port })
    await ask(rooms, get())

    clock.advance(afterMs)
    await ask(rooms, get())

    expect(upstream.connectionsOpened).toBe(connections)
  })

  test.each([
    ['another answer in the same breath', `${ok}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`, 'GET'],
    ['a body that belongs to a HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison', 'HEAD'],
    ['a body behind 304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\npoison', 'GET'],
    ['Connection: close', ok.replace('OK\r\n', 'OK\r\nConnection: close\r\n'), 'GET'],
    ['HTTP/1.0', ok.replace('/1.1', '/1.0'), 'GET'],
  ])('is not used again after %s', async (_, bytes, method) => {
    await using upstream = await startRecordingUpstream()
    upstream.answer(one => ({ bytes: one.target === '/bad' ? bytes : ok }))
    await using rooms = await startRooms({ upstreamPort: upstream.port })
    await exchange({ port: rooms.port, methods: [method] }, get('/bad').replace('GET', method))

    const answer = await exchange({ port: rooms.port }, get('/next'))

    expect(`${answer?.body}`).toBe('ok')
    expect(upstream.requests.map(one => one.connection)).toEqual([1, 2])
  })

  test('on which something comes that nobody asked for is closed', async () => {
    const sockets: Socket[] = []
    const server = createServer(socket => {
      sockets.push(socket)
      socket.on('error', () => {}).on('data', () => socket.write(ok))
    })
    const port = await listenOnLoopback(server)
    await using rooms = await startRooms({ upstreamPort: port })
    expect(await ask(rooms, get())).toBe(200)

    const closed = new Promise<void>(resolve => sockets[0]?.once('close', () => resolve()))
    sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison')
    await closed

    expect(`${(await exchange({ port: rooms.port }, get()))?.body}`).toBe('ok')
    server.close()
  })
})

describe('answers do not depend on how their bytes arrive', () => {
  test.each([
    ['a length', 'HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
    [
      'chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x\r\nllo\r\n0\r\nT: 1\r\n\r\n',
      'hello',
    ],
    [
      'an interim one before',
      'HTTP/1.1 103 Early\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
      'hello',
    ],
    ['none at all', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
  ])('with %s', async (_, bytes, body) => {
    let at = 0
    const server = createServer({ noDelay: true }, socket => {
      socket
        .on('error', () => {})
        .on('data', () => {
          socket.write(bytes.slice(0, at))
          setImmediate(() => socket.write(bytes.slice(at)))
        })
    })
    const port = await listenOnLoopback(server)
    await using rooms = await startRooms({ upstreamPort: port })
    await using client = await connectRaw({ port: rooms.port })

    for (at = 1; at < bytes.length; at++) {
      await client.send(get())
      expect(`${(await client.response())?.body}`).toBe(body)
    }
    server.close()
  })
})

test('uploads do not depend on how their bytes arrive', async () => {
  await using upstream = await startRecordingUpstream()
  await using rooms = await startRooms({ upstreamPort: upstream.port })
  await using client = await connectRaw({ port: rooms.port })
  const bytes =
    'POST /x HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nT: 1\r\n\r\n'

  for (let at = 1; at < bytes.length; at++) {
    await client.send(bytes.slice(0, at))
    await new Promise(setImmediate)
    await client.send(bytes.slice(at))
    expect((await client.response())?.status).toBe(200)
  }

  expect(new Set(upstream.requests.map(one => `${one.target} ${one.body} ${one.faults}`))).toEqual(
    new Set(['/x hello! ']),
  )
})

test('an answer whose head never ends is no answer', async () => {
  const server = createServer(socket => {
    const pour = () => {
      while (socket.write(`X-A: ${'a'.repeat(1000)}\r\n`));
    }
    socket
      .on('error', () => {})
      .once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n')
        socket.on('drain', pour)
        pour()
      })
  })
  const port = await listenOnLoopback(server)
  await using rooms = await startRooms({ upstreamPort: port })

  expect(await ask(rooms, get())).toBe(502)
  server.close()
})

describe('an upload that the upstream does not take', () => {
  test('is given up after the time for the head of an answer', async () => {
    const clock = createTestClock()
    const taken = Promise.withResolvers<void>()
    const server = createServer(socket => {
      socket.on('error', () => {}).pause()
      taken.resolve()
    })
    const port = await listenOnLoopback(server)
    await using rooms = await startRooms({ clock, upstreamPort: port })
    await using client = await connectRaw({ port: rooms.port })
    await client.send('POST / HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 100000000\r\n\r\n')
    await taken.promise
    void client.send(Buffer.alloc(50_000_000))
    // Until the buffers of the system are full; from then on the upstream is what is waited for.
    for (let i = 0; i < 100 && client.responses.length === 0; i++) {
      await new Promise(resolve => setTimeout(resolve, 20))
      clock.advance(1000)
    }

    expect((await client.response())?.status).toBe(504)
    server.close()
  })
})

describe('an upstream over TLS', () => {
  test.each([
    ['by an authority that is known, under its own name', localCertificate, testAuthority, 200],
    ['by an authority that nobody knows', localCertificate, undefined, 502],
    ['for another name', otherCertificate, testAuthority, 502],
  ])('with a certificate %s', async (_, certificate, ca, status) => {
    const server = createTlsServer(certificate, socket => {
      socket.on('error', () => {}).on('data', () => socket.write(ok))
    })
    server.on('tlsClientError', () => {})
    const port = await listenOnLoopback(server)

    for (const name of ['localhost', '127.0.0.1']) {
      const addresses = [`https://${name}:${port}`]
      await using rooms = await startRooms({ upstream: { addresses, ...(ca === undefined ? {} : { ca }) } })
      expect(await ask(rooms, get())).toBe(status)
      expect(rooms.faults.map(fault => fault.code)).toEqual(status === 200 ? [] : ['upstream_unreachable'])
    }
    server.close()
  })

  test('keeps its connections too', async () => {
    let connections = 0
    const server = createTlsServer(localCertificate, socket => {
      connections += 1
      socket.on('error', () => {}).on('data', () => socket.write(ok))
    })
    const port = await listenOnLoopback(server)
    await using rooms = await startRooms({ upstream: { addresses: [`https://localhost:${port}`], ca: testAuthority } })

    for (let i = 0; i < 3; i++) expect(await ask(rooms, get())).toBe(200)

    expect(connections).toBe(1)
    server.close()
  })
})

test('no more wait for a connection than may', () => {
  const turns = createTurns(1, 2)
  const leaves = [1, 2, 3].map(() => turns.take(() => {}))

  expect(turns.isCrowded).toBe(true)
  leaves[2]?.()
  expect(turns.isCrowded).toBe(false)
})

async function ask(rooms: Rooms, bytes: string): Promise<number | undefined> {
  return (await exchange({ port: rooms.port }, bytes))?.status
}
