import { once } from 'node:events'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import type { Exchange } from '../../src/wire/exchange.ts'
import { createListener, type ListenerOptions } from '../../src/wire/listener.ts'
import { networks } from '../proxy/rooms.ts'
import { createTestAuthority } from '../support/test-authority.ts'

const authority = createTestAuthority()
const first = authority.issue({ names: ['gw.test'] })

async function startTls(options: Partial<ListenerOptions> = {}) {
  const served: Exchange[] = []
  const certificates = { fallback: { cert: first.pem, key: first.key }, find: () => null }
  const listener = createListener({
    clock: systemClock,
    proxies: { trusted: networks([]), mode: 'x-forwarded-for' },
    certificates: () => certificates,
    serves: () => true,
    handler(one) {
      served.push(one)
      one.answer(200, [], one.head.target)
    },
    ...options,
  })
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 })
  return {
    port: port ?? 0,
    listener,
    served,
    [Symbol.asyncDispose]: () => listener.close(0),
  }
}

async function connectTls(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'gw.test', ca: authority.pem, ...options })
  await once(socket, 'secureConnect')
  return socket
}

const get = (path: string, fields = '') => `GET ${path} HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n`

describe('a request over TLS', () => {
  test('is https, whatever its fields say', async () => {
    await using rooms = await startTls({ proxies: { trusted: networks(['127.0.0.0/8']), mode: 'x-forwarded-for' } })
    const client = await connectTls(rooms.port)

    client.write(get('/', 'X-Forwarded-Proto: http\r\n'))
    const [bytes] = await once(client, 'data')

    expect(`${bytes}`).toContain('200')
    expect(rooms.served[0]?.head.secure).toBe(true)
    client.destroy()
  })

  test('speaks HTTP/1.1 where nobody serves HTTP/2', async () => {
    await using rooms = await startTls()
    const client = await connectTls(rooms.port, { ALPNProtocols: ['h2', 'http/1.1'] })
    expect(client.alpnProtocol).toBe('http/1.1')
    client.destroy()
  })

  test('of a client that chose HTTP/2 goes to who serves it, with what is known of the connection', async () => {
    const got = Promise.withResolvers<unknown>()
    await using rooms = await startTls({ http2: (_socket, { peer, secure }) => got.resolve([peer.text, secure]) })
    const client = await connectTls(rooms.port, { ALPNProtocols: ['h2', 'http/1.1'] })
    expect(client.alpnProtocol).toBe('h2')
    expect(await got.promise).toEqual(['127.0.0.1', true])
    client.destroy()
  })
})
