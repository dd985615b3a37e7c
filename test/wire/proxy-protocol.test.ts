import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'
import type { ListenerOptions } from '../../src/wire/listener.ts'
import { networks } from '../proxy/rooms.ts'
import { createTestClock } from '../support/test-clock.ts'
import { clientHello } from './client-hello.ts'
import { authority, connectPlainly, type Entrance, last, readAll, startEntrance, startTlsEntrance } from './entrance.ts'
import { vector, version2 } from './proxy-headers.ts'

const here: ListenerOptions['proxies'] = { trusted: networks(['127.0.0.0/8']), mode: 'proxy-protocol' }
const elsewhere: ListenerOptions['proxies'] = { trusted: networks(['192.0.2.0/24']), mode: 'proxy-protocol' }
const named = 'PROXY TCP4 203.0.113.7 10.0.0.1 4660 443\r\n'
const addresses = [203, 0, 113, 7, 10, 0, 0, 1, 0x12, 0x34, 1, 0xbb]
const namedIn2 = version2({ family: 0x11, addresses })

async function say({ port }: Entrance, ...pieces: readonly (string | Buffer)[]): Promise<string> {
  const client = await connectPlainly(port)
  for (const piece of pieces) client.write(piece, 'latin1')
  return readAll(client)
}

const clientsOf = ({ served }: Entrance) => served.map(({ head: { client } }) => client.address.text)

describe('a connection that a proxy has announced', () => {
  test.each<[what: string, header: string | Buffer]>([
    ['version 1', named],
    ['version 2', namedIn2],
  ])('is its client’s, and no field says otherwise: %s', async (_what, header) => {
    await using entrance = await startEntrance({ proxies: here })

    const fields =
      'X-Forwarded-For: 192.0.2.66\r\nForwarded: for=192.0.2.66;proto=https\r\nX-Forwarded-Proto: https\r\n'
    expect(await say(entrance, header, last('/a', fields))).toContain('200 OK')

    expect(clientsOf(entrance)).toEqual(['203.0.113.7'])
    expect(entrance.served[0]?.head).toMatchObject({ secure: false, client: { uncertain: false } })
  })

  test.each<[what: string, header: string | Buffer]>([
    ['version 1', named],
    ['version 2', namedIn2],
  ])('is read wherever its bytes are split: %s', async (_what, header) => {
    await using entrance = await startEntrance({ proxies: here })
    const bytes = Buffer.concat([Buffer.from(header.toString('latin1'), 'latin1'), Buffer.from(last('/a'))])

    for (let at = 1; at < header.length + 2; at++) {
      const client = await connectPlainly(entrance.port)
      client.write(bytes.subarray(0, at))
      await new Promise(resolve => setImmediate(resolve))
      client.write(bytes.subarray(at))
      expect(await readAll(client)).toContain('200 OK')
    }

    expect(new Set(clientsOf(entrance))).toEqual(new Set(['203.0.113.7']))
  })

  test('may come one byte at a time', async () => {
    await using entrance = await startEntrance({ proxies: here })
    expect(await say(entrance, ...(named + last('/a')))).toContain('200 OK')
    expect(clientsOf(entrance)).toEqual(['203.0.113.7'])
  })

  test('is the proxy’s own when it says so, and of nobody certain when it cannot name the client', async () => {
    await using entrance = await startEntrance({ proxies: here })

    await say(entrance, version2({ command: 0x20, family: 0, addresses: [] }), last('/own'))
    await say(entrance, 'PROXY UNKNOWN\r\n', last('/unknown', 'X-Forwarded-For: 192.0.2.66\r\n'))

    expect(entrance.served.map(({ head }) => [head.target, head.client.address.text, head.client.uncertain])).toEqual([
      ['/own', '127.0.0.1', false],
      ['/unknown', '127.0.0.1', true],
    ])
  })

  test('is https when its proxy says that the client spoke TLS', async () => {
    await using entrance = await startEntrance({ proxies: here })
    await say(
      entrance,
      version2({ family: 0x11, addresses: [...addresses, ...vector(0x20, [1, 0, 0, 0, 0])] }),
      last('/'),
    )
    expect(entrance.served[0]?.head.secure).toBe(true)
  })

  test('counts for its client, not for the proxy', async () => {
    const limits = { connectionsPerAddressMax: 1 }
    await using entrance = await startEntrance({ proxies: here, limits })
    const first = await connectPlainly(entrance.port)
    first.write(named + last('/').replace('Connection: close', 'Connection: keep-alive'))
    await once(first, 'data')

    expect(await say(entrance, named, last('/'))).toContain('503')
    expect(await say(entrance, named.replace('203.0.113.7', '203.0.113.8'), last('/'))).toContain('200')
    first.destroy()
  })
})

describe('where proxies have to name the client', () => {
  test.each<[what: string, bytes: string | Buffer]>([
    ['nothing of the kind', last('/')],
    ['a header that is wrong', `PROXY TCP4 203.0.113.07 10.0.0.1 1 2\r\n${last('/')}`],
    ['a version 2 with a wrong length', Buffer.concat([version2({ family: 0x21, addresses }), Buffer.from(last('/'))])],
    ['a header behind the request', last('/') + named],
    ['a header behind an empty line', `\r\n${named}${last('/')}`],
  ])('a connection is refused without an answer that begins with %s', async (_what, bytes) => {
    await using entrance = await startEntrance({ proxies: here })

    expect(await say(entrance, bytes)).toBe('')

    expect(entrance.served).toEqual([])
    expect(entrance.refused[0]?.fault.message).toContain('PROXY')
  })

  test.each<[what: string, second: string | Buffer]>([
    ['version 1', named.replace('203.0.113.7', '192.0.2.66')],
    ['version 2', version2({ family: 0x11, addresses: [192, 0, 2, 66, ...addresses.slice(4)] })],
  ])('a second header is no part of a request: %s', async (_what, second) => {
    await using entrance = await startEntrance({ proxies: here })
    expect(await say(entrance, named, second, last('/'))).toContain('400')
    expect(entrance.served).toEqual([])
  })

  test('a peer that is none of the proxies is refused, whatever it says', async () => {
    await using entrance = await startEntrance({ proxies: elsewhere })

    expect(await say(entrance, named, last('/'))).toBe('')
    expect(await say(entrance, last('/'))).toBe('')

    expect(entrance.served).toEqual([])
    expect(entrance.refused.map(({ partial }) => partial.peer)).toEqual(['127.0.0.1', '127.0.0.1'])
  })

  test('a header that does not end in time ends the connection', async () => {
    const clock = createTestClock()
    await using entrance = await startEntrance({ clock, proxies: here })
    const client = await connectPlainly(entrance.port)
    client.write('PROXY TCP4 ')
    const ended = readAll(client)
    await expect.poll(() => entrance.listener.connections).toBe(1)

    clock.advance(12_000)

    expect(await ended).toBe('')
  })

  test('a client that ends in the middle of the header leaves nothing behind', async () => {
    await using entrance = await startEntrance({ proxies: here })
    const client = await connectPlainly(entrance.port)
    client.end('PROXY TCP4 ')
    expect(await readAll(client)).toBe('')
    await expect.poll(() => entrance.listener.connections).toBe(0)
  })

  test('a connection from before that rule is of nobody certain', async () => {
    const proxies: { -readonly [Key in keyof typeof here]: (typeof here)[Key] } = { ...here, mode: 'x-forwarded-for' }
    await using entrance = await startEntrance({ proxies })
    const client = await connectPlainly(entrance.port)
    client.write(last('/1').replace('close', 'keep-alive'))
    await once(client, 'data')

    proxies.mode = 'proxy-protocol'
    client.write(last('/2', 'X-Forwarded-For: 192.0.2.66\r\n'))
    await readAll(client)

    expect(entrance.served[1]?.head.client).toMatchObject({ address: { text: '127.0.0.1' }, uncertain: true })
  })
})

test('without that rule a PROXY header is no request', async () => {
  await using entrance = await startEntrance({ proxies: { ...here, mode: 'x-forwarded-for' } })
  expect(await say(entrance, named, last('/'))).toContain('400')
  expect(await say(entrance, namedIn2, last('/'))).toContain('400')
  expect(entrance.served).toEqual([])
})

describe('before TLS', () => {
  test.each<[what: string, header: string | Buffer]>([
    ['version 1', named],
    ['version 2', namedIn2],
  ])('the header comes in the clear, and the request is its client’s and https: %s', async (_what, header) => {
    await using entrance = await startTlsEntrance({ proxies: here })
    const transport = await connectPlainly(entrance.port)
    transport.write(header)
    const client = connectTls({ socket: transport, servername: 'gw.test', ca: authority.pem })

    client.write(last('/'))
    expect(await readAll(client)).toContain('200 OK')

    expect(clientsOf(entrance)).toEqual(['203.0.113.7'])
    expect(entrance.served[0]?.head.secure).toBe(true)
  })

  test('a header inside TLS names nobody', async () => {
    await using entrance = await startTlsEntrance({ proxies: here })
    const transport = await connectPlainly(entrance.port)
    transport.write(named)
    const client = connectTls({ socket: transport, servername: 'gw.test', ca: authority.pem })

    client.write(named.replace('203.0.113.7', '192.0.2.66') + last('/'))

    expect(await readAll(client)).toContain('400')
    expect(entrance.served).toEqual([])
  })

  test('without the header there is no handshake', async () => {
    await using entrance = await startTlsEntrance({ proxies: here })
    const client = connectTls({ host: '127.0.0.1', port: entrance.port, ca: authority.pem })
    await expect(once(client, 'secureConnect')).rejects.toThrow()
    expect(entrance.served).toEqual([])
  })

  test('header and handshake have one deadline, from the accept on', async () => {
    const clock = createTestClock()
    await using entrance = await startTlsEntrance({ clock, proxies: here })
    const client = await connectPlainly(entrance.port)
    client.write('PROXY TCP4 ')
    await expect.poll(() => entrance.listener.connections).toBe(1)
    clock.advance(8000)
    client.write(named.slice('PROXY TCP4 '.length))
    client.write(clientHello({ serverName: Buffer.from('gw.test') }))
    await once(client, 'data')
    const ended = readAll(client)

    clock.advance(4000)

    await ended
    await expect.poll(() => entrance.listener.connections).toBe(0)
  })
})
