import { once } from 'node:events'
import { connect as connectTcp, createServer } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { networks } from '../proxy/rooms.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { createTestClock } from '../support/test-clock.ts'
import { clientHello } from './client-hello.ts'
import {
  authority,
  certificates,
  connectPlainly,
  connectSecurely,
  get,
  last,
  ofGateway,
  readAll,
  startTlsEntrance,
} from './entrance.ts'

describe('a request over TLS', () => {
  test('is https and its peer’s, whatever its fields say', async () => {
    await using entrance = await startTlsEntrance()
    const client = await connectSecurely(entrance.port)

    client.write(last('/', 'X-Forwarded-Proto: http\r\nX-Forwarded-For: 192.0.2.66\r\n'))

    expect(await readAll(client)).toContain('200 OK')
    expect(entrance.served[0]?.head).toMatchObject({ secure: true, client: { address: { text: '127.0.0.1' } } })
  })

  test('is https even when a trusted proxy says that it was not', async () => {
    await using entrance = await startTlsEntrance({
      proxies: { trusted: networks(['127.0.0.0/8']), mode: 'x-forwarded-for' },
    })
    const client = await connectSecurely(entrance.port)

    client.write(last('/', 'X-Forwarded-Proto: http\r\n'))
    await readAll(client)

    expect(entrance.served[0]?.head.secure).toBe(true)
  })

  test('speaks HTTP/1.1 where nobody serves HTTP/2', async () => {
    await using entrance = await startTlsEntrance()
    const client = await connectSecurely(entrance.port, { ALPNProtocols: ['h2', 'http/1.1'] })
    expect(client.alpnProtocol).toBe('http/1.1')
    client.destroy()
  })

  test('may switch to a WebSocket, early bytes and all', async () => {
    await using entrance = await startTlsEntrance({
      handler(one) {
        const socket = one.acceptUpgrade('websocket', [])
        socket?.on('data', bytes => socket.write(bytes)).resume()
      },
    })
    const client = await connectSecurely(entrance.port)
    client.write(`${get('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n')}early`)
    let text = ''
    client.on('data', bytes => {
      text += bytes
    })
    await expect.poll(() => text).toContain('early')
    client.write('late')
    await expect.poll(() => text).toContain('late')
    client.destroy()
  })

  test('an answer that is cut where it would end with the connection does not look whole', async () => {
    await using entrance = await startTlsEntrance({
      handler(one) {
        const writer = one.begin(200, '', [])
        writer.write(Buffer.from('half'))
        setImmediate(() => writer.abort())
      },
    })
    const client = await connectSecurely(entrance.port)
    const ended = new Promise<string>(resolve => {
      client.on('end', () => resolve('a clean end'))
      client.on('close', hadError => resolve(hadError ? 'an error' : 'closed'))
    })
    client.write('GET / HTTP/1.0\r\nHost: gw.test\r\n\r\n')
    client.resume()
    expect(await ended).toBe('an error')
  })

  test.each(['gw.test', 'other.test'])('takes up its session again (%s)', async servername => {
    const other = authority.issue({ names: ['other.test'] })
    await using entrance = await startTlsEntrance({ certificates: certificates(ofGateway, other) })
    const first = await connectSecurely(entrance.port, { maxVersion: 'TLSv1.2', servername })
    const session = first.getSession()
    first.destroy()

    const second = await connectSecurely(entrance.port, { maxVersion: 'TLSv1.2', servername, session })

    expect(second.isSessionReused()).toBe(true)
    second.destroy()
  })
})

describe('the certificate follows the name that the client asks for', () => {
  const exact = authority.issue({ names: ['one.test', 'a.wild.test'], commonName: 'exact' })
  const wild = authority.issue({ names: ['*.wild.test'], commonName: 'wild', keys: 'rsa' })
  const late = authority.issue({ names: ['one.test', 'late.test'], commonName: 'late' })

  test.each([
    ['one.test', 'exact'],
    ['ONE.Test', 'exact'],
    ['a.wild.test', 'exact'],
    ['b.wild.test', 'wild'],
    ['c.b.wild.test', 'gw.test'],
    ['wild.test', 'gw.test'],
    ['late.test', 'late'],
    ['unknown.test', 'gw.test'],
    ['__proto__', 'gw.test'],
    ['constructor', 'gw.test'],
    ['*.wild.test', 'wild'],
    [`${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.test`, 'gw.test'],
    ['', 'gw.test'],
  ])('%j is shown %s', async (servername, shown) => {
    await using entrance = await startTlsEntrance({ certificates: certificates(ofGateway, wild, exact, late) })
    const client = await connectSecurely(entrance.port, { servername, rejectUnauthorized: false })
    expect(client.getPeerCertificate().subject.CN).toBe(shown)
    client.destroy()
  })
})

describe('what a handshake may be', () => {
  test.each([
    ['TLS 1.3', { minVersion: 'TLSv1.3' }],
    ['TLS 1.2', { maxVersion: 'TLSv1.2' }],
    ['AES-256', { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384', maxVersion: 'TLSv1.2' }],
    ['ChaCha20', { ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305', maxVersion: 'TLSv1.2' }],
  ] as const)('%s is spoken', async (_what, options) => {
    await using entrance = await startTlsEntrance()
    const client = await connectSecurely(entrance.port, options)
    client.write(last('/'))
    expect(await readAll(client)).toContain('200 OK')
  })

  test.each([
    ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }],
    ['TLS 1.0', { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }],
    ['CBC', { ciphers: 'ECDHE-ECDSA-AES128-SHA256', maxVersion: 'TLSv1.2' }],
    ['CBC with SHA-1', { ciphers: 'ECDHE-RSA-AES256-SHA', maxVersion: 'TLSv1.2' }],
    ['a key exchange without forward secrecy', { ciphers: 'AES128-GCM-SHA256', maxVersion: 'TLSv1.2' }],
    ['a cipher that authenticates nobody', { ciphers: 'aNULL:@SECLEVEL=0', maxVersion: 'TLSv1.2' }],
    ['another protocol than HTTP', { ALPNProtocols: ['smtp'] }],
  ] as const)('%s is refused, counted, and does no harm', async (_what, options) => {
    const rsa = authority.issue({ names: ['rsa.test'], keys: 'rsa' })
    await using entrance = await startTlsEntrance({ certificates: certificates(rsa, ofGateway) })

    for (const servername of ['rsa.test', 'gw.test'])
      await expect(connectSecurely(entrance.port, { ...options, servername })).rejects.toThrow()

    await expect.poll(() => entrance.failedHandshakes.length).toBe(2)
    const client = await connectSecurely(entrance.port)
    client.write(last('/'))
    expect(await readAll(client)).toContain('200 OK')
  })

  test('nobody negotiates again', async () => {
    await using entrance = await startTlsEntrance()
    await using tap = await startTap(entrance.port)
    const client = await connectSecurely(tap.port, { maxVersion: 'TLSv1.2' })
    client.write(get('/'))
    await once(client, 'data')
    tap.types.length = 0

    client.renegotiate({}, () => {})

    // The alert `no_renegotiation`, and no further message of a handshake.
    await expect.poll(() => tap.types).toEqual([alert])
    client.destroy()
  })

  test.each([
    [
      'names with bytes that no name has',
      clientHello({ serverName: Buffer.from([0xff, 0x2e, 0x80, 0x0a, 0x20, 0xc3]) }),
    ],
    ['a name with a zero byte', clientHello({ serverName: Buffer.from('gw.test\0.evil') })],
    ['a name of no bytes', clientHello({ serverName: Buffer.alloc(0) })],
    ['a name longer than any', clientHello({ serverName: Buffer.alloc(2_000, 'a') })],
    ['a ClientHello of 60 KB', clientHello({ serverName: Buffer.from('gw.test'), padding: 60_000 })],
    ['a ClientHello without end', Buffer.concat(Array<Buffer>(40).fill(record(0x16, Buffer.alloc(16_384, 1))))],
    ['a record longer than any', Buffer.concat([Buffer.from([0x16, 3, 1, 0xff, 0xff]), Buffer.alloc(70_000)])],
    ['SSL 2', Buffer.from([0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10])],
    ['an alert first', record(0x15, Buffer.from([2, 40]))],
    ['application data first', record(0x17, Buffer.from(last('/')))],
    ['zeros', Buffer.alloc(1_000)],
  ])('%s: neither a crash nor a request, and others are served', async (_what, bytes) => {
    await using entrance = await startTlsEntrance()
    const hostile = await connectPlainly(entrance.port)
    hostile.write(bytes)
    hostile.end()
    await readAll(hostile)

    const client = await connectSecurely(entrance.port)
    client.write(last('/'))
    expect(await readAll(client)).toContain('200 OK')
    expect(entrance.served).toHaveLength(1)
    await expect.poll(() => entrance.listener.connections).toBe(0)
  })

  test('bytes may come one at a time', async () => {
    await using entrance = await startTlsEntrance()
    const transport = await connectPlainly(entrance.port)
    const hello = clientHello({ serverName: Buffer.from('gw.test') })
    for (const byte of hello) transport.write(Buffer.from([byte]))
    const [answer] = await once(transport, 'data')
    // A ServerHello.
    expect([answer[0], answer[5]]).toEqual([0x16, 2])
    transport.destroy()
  })
})

describe('plain HTTP on the port of TLS', () => {
  test.each([get('/secret?token=1'), 'POST / HTTP/1.1\r\n', 'get / http/1.0\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'])(
    'is told so, and nothing else: %j',
    async text => {
      await using entrance = await startTlsEntrance()
      const client = await connectPlainly(entrance.port)
      client.write(text)

      const answer = await readAll(client)

      expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
      expect(answer).toContain('Connection: close')
      expect(answer).toContain('Plain HTTP was sent to an HTTPS port')
      expect(answer).not.toContain('secret')
      expect(entrance.served).toEqual([])
    },
  )
})

describe('clients that do not come to the end of their handshake', () => {
  test.each([
    ['say nothing', Buffer.alloc(0)],
    ['stop in the middle', clientHello({ serverName: Buffer.from('gw.test') }).subarray(0, 50)],
    ['stop after the first message', clientHello({ serverName: Buffer.from('gw.test') })],
  ])('are ended in time: they %s', async (_what, bytes) => {
    const clock = createTestClock()
    await using entrance = await startTlsEntrance({ clock })
    const client = await connectPlainly(entrance.port)
    client.write(bytes)
    const ended = readAll(client)
    await expect.poll(() => entrance.listener.connections).toBe(1)

    clock.advance(12_000)

    await ended
    await expect.poll(() => entrance.listener.connections).toBe(0)
  })

  test('hold no place that somebody else needs: the oldest goes', async () => {
    await using entrance = await startTlsEntrance({ limits: { handshakesMax: 3 } })
    const silent = await Promise.all([1, 2, 3].map(() => connectPlainly(entrance.port)))
    const gone = Promise.race(silent.map(client => once(client, 'close')))
    await expect.poll(() => entrance.listener.connections).toBe(3)

    const client = await connectSecurely(entrance.port)
    client.write(last('/'))

    expect(await readAll(client)).toContain('200 OK')
    await gone
    for (const one of silent) one.destroy()
  })

  test('are counted like all others, and over the cap there is no handshake', async () => {
    await using entrance = await startTlsEntrance({ limits: { connectionsPerAddressMax: 1 } })
    const first = await connectSecurely(entrance.port)

    await expect(connectSecurely(entrance.port)).rejects.toThrow()

    expect(entrance.refused.map(({ fault }) => fault.code)).toEqual(['busy'])
    first.destroy()
    await expect.poll(() => entrance.listener.connections).toBe(0)
    const next = await connectSecurely(entrance.port)
    next.destroy()
  })

  test('do not hold up a stop', async () => {
    await using entrance = await startTlsEntrance()
    const silent = await connectPlainly(entrance.port)
    await expect.poll(() => entrance.listener.connections).toBe(1)
    await entrance.listener.close(20_000)
    silent.destroy()
  })
})

test('a client that is reset in its handshake leaves nothing behind', async () => {
  await using entrance = await startTlsEntrance()
  for (let i = 0; i < 50; i++) {
    const client = await connectPlainly(entrance.port)
    client.write(clientHello({ serverName: Buffer.from('gw.test') }))
    client.resetAndDestroy()
  }
  const left = connectTls({ host: '127.0.0.1', port: entrance.port, ca: authority.pem, servername: 'gw.test' })
  left.on('error', () => {})
  await once(left, 'secureConnect')
  left.destroy()
  await expect.poll(() => entrance.listener.connections).toBe(0)
})

const alert = 0x15

/** Passes bytes on, and notes the types of the records that the gateway sends. */
async function startTap(to: number) {
  const types: number[] = []
  const server = createServer(client => {
    const gateway = connectTcp(to, '127.0.0.1')
    gateway.on('data', (bytes: Buffer) => types.push(bytes[0] ?? 0))
    gateway.pipe(client).pipe(gateway)
    for (const socket of [client, gateway]) socket.on('error', () => {})
  })
  const port = await listenOnLoopback(server)
  return {
    port,
    types,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

function record(type: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, 3, 1, content.length >> 8, content.length & 255]), content])
}
