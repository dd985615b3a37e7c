import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { listenOnLoopback } from '../support/listen.ts'
import { connectRaw } from '../support/raw-http.ts'
import { createTestAuthority } from '../support/test-authority.ts'
import { makeTestCertificate, type TestCertificate } from '../support/test-certificate.ts'
import { startRooms } from './rooms.ts'

const ours = createTestAuthority('ours')
const foreign = createTestAuthority('foreign')
const right = ours.issue({ names: ['localhost', '127.0.0.1'] })

interface SecureUpstream extends AsyncDisposable {
  readonly port: number
  readonly connections: { readonly serverName: string | false; readonly isReused: boolean }[]
  readonly requests: string[]
}

async function startSecureUpstream(certificate: TestCertificate, options: TlsOptions = {}): Promise<SecureUpstream> {
  const connections: { serverName: string | false; isReused: boolean }[] = []
  const requests: string[] = []
  const sockets = new Set<TLSSocket>()
  const server: Server = createServer({ cert: certificate.pem, key: certificate.key, ...options }, socket => {
    sockets.add(socket)
    connections.push({ serverName: socket.servername ?? false, isReused: socket.isSessionReused() })
    socket
      .on('error', () => {})
      .on('data', bytes => {
        requests.push(`${bytes}`)
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')
      })
  })
  const port = await listenOnLoopback(server)
  return {
    port,
    connections,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function ask(address: string, ca: string | undefined, times = 1): Promise<readonly (number | undefined)[]> {
  await using rooms = await startRooms({ upstream: { addresses: [address], ...(ca === undefined ? {} : { ca }) } })
  const statuses: (number | undefined)[] = []
  for (let i = 0; i < times; i++) {
    await using client = await connectRaw({ port: rooms.port })
    await client.send('GET / HTTP/1.1\r\nHost: gw.test\r\nCookie: secret=1\r\nConnection: close\r\n\r\n')
    statuses.push((await client.response())?.status)
  }
  return statuses
}

describe('an upstream over TLS', () => {
  test('is asked when its certificate is right, by its configured name and not by the client’s', async () => {
    await using upstream = await startSecureUpstream(right)
    expect(await ask(`https://localhost:${upstream.port}`, ours.pem)).toEqual([200])
    expect(upstream.connections[0]?.serverName).toBe('localhost')
  })

  test('may be named by its address, which is no name to ask for', async () => {
    await using upstream = await startSecureUpstream(right)
    expect(await ask(`https://127.0.0.1:${upstream.port}`, ours.pem)).toEqual([200])
    expect(upstream.connections[0]?.serverName).toBe(false)
  })

  test.each<[what: string, certificate: () => TestCertificate | Promise<TestCertificate>, ca: string | undefined]>([
    ['has expired', () => ours.issue({ names: ['localhost'], until: new Date('2024-01-01') }), ours.pem],
    ['is not valid yet', () => ours.issue({ names: ['localhost'], from: new Date('2048-01-01') }), ours.pem],
    ['is for another name', () => ours.issue({ names: ['elsewhere.test', 'localhost.evil.test'] }), ours.pem],
    [
      'has the name as its common name alone',
      () => ours.issue({ names: ['x.test'], commonName: 'localhost' }),
      ours.pem,
    ],
    ['comes from an authority that nobody named', () => foreign.issue({ names: ['localhost'] }), ours.pem],
    ['comes from an authority that is not public', () => right, undefined],
    ['has signed itself', () => makeTestCertificate('localhost'), ours.pem],
  ])('is not asked when its certificate %s', async (_what, certificate, ca) => {
    await using upstream = await startSecureUpstream(await certificate())
    expect(await ask(`https://localhost:${upstream.port}`, ca)).toEqual([502])
    expect(upstream.requests).toEqual([])
  })

  test('is not asked over an old version of TLS', async () => {
    const old: TlsOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }
    await using upstream = await startSecureUpstream(right, old)
    expect(await ask(`https://localhost:${upstream.port}`, ours.pem)).toEqual([502])
    expect(upstream.requests).toEqual([])
  })

  test('is not asked in the clear when it speaks no TLS', async () => {
    const { createServer: createPlain } = await import('node:net')
    const seen: string[] = []
    const plain = createPlain(socket => {
      socket
        .on('error', () => {})
        .on('data', bytes => {
          seen.push(`${bytes.toString('latin1')}`)
          socket.destroy()
        })
    })
    const port = await listenOnLoopback(plain)
    expect(await ask(`https://localhost:${port}`, ours.pem)).toEqual([502])
    expect(seen.join('')).not.toContain('GET')
    await new Promise(resolve => plain.close(resolve))
  })

  test('takes up its session again on the next connection', async () => {
    await using upstream = await startSecureUpstream(right)
    expect(await ask(`https://localhost:${upstream.port}`, ours.pem, 2)).toEqual([200, 200])
    expect(upstream.connections.map(({ isReused }) => isReused)).toEqual([false, true])
  })
})
