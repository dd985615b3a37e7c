import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { startLiveUpstream } from '../support/live-upstream.ts'
import { createTestAuthority } from '../support/test-authority.ts'
import type { TestCertificate } from '../support/test-certificate.ts'

const authority = createTestAuthority()
const dayMs = 86_400_000
const certificateFor = (commonName: string, until?: Date) =>
  authority.issue({ names: ['localhost', 'auth.localhost'], commonName, ...(until === undefined ? {} : { until }) })

let upstream: Awaited<ReturnType<typeof startLiveUpstream>>
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startLiveUpstream()
  gateway = await startGateway({
    upstream: upstream.origin,
    policies: {
      routes: {
        kind: 'routes',
        routes: [{ name: 'open', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'public' }],
      },
    },
    gateway: {
      portal: { origin: 'https://auth.localhost' },
      development: { insecureCookies: false },
      listen: {
        address: '127.0.0.1',
        port: 0,
        tls: {
          certificates: [
            { cert: 'one.pem', key: 'one.key' },
            { cert: 'two.pem', key: 'two.key' },
          ],
        },
      },
      trustedProxies: { networks: ['127.0.0.1'] },
    },
    before(folder) {
      place(folder, 'one', certificateFor('first'))
      place(
        folder,
        'two',
        authority.issue({ names: ['two.localhost'], commonName: 'other', until: new Date(Date.now() + 3 * dayMs) }),
      )
    },
  })
})

afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

test('an application is asked over TLS when the configured authority vouches for it, for the client whom a proxy names', async () => {
  await using secure = await startSecureUpstream()
  await using other = await startGateway({
    upstream: secure.origin,
    policies: {
      routes: {
        kind: 'routes',
        routes: [
          { name: 'right', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'public' },
          { name: 'wrong', hosts: ['localhost'], prefix: '/wrong', upstream: 'wrong', access: 'public' },
        ],
      },
    },
    gateway: {
      upstreams: {
        app: { addresses: [secure.origin], ca: 'ca.pem' },
        wrong: { addresses: [secure.origin], ca: 'wrong-ca.pem' },
      },
      trustedProxies: { networks: ['127.0.0.1'], header: 'proxy-protocol' },
    },
    before(folder) {
      writeFileSync(join(folder, 'ca.pem'), authority.pem)
      writeFileSync(join(folder, 'wrong-ca.pem'), createTestAuthority('another').pem)
    },
  })
  const say = async (path: string) => {
    const socket = connectTcp(portOf(other), '127.0.0.1')
    socket.write('PROXY TCP4 203.0.113.7 10.0.0.1 1 2\r\n')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.66\r\nConnection: close\r\n\r\n`)
    return text(socket)
  }

  expect(await say('/')).toContain('200 OK')
  expect(secure.addresses).toEqual(['203.0.113.7'])
  expect(await say('/wrong')).toContain(' 502 ')
  expect(secure.addresses).toHaveLength(1)
})

async function startSecureUpstream() {
  const { pem, key } = certificateFor('upstream')
  const addresses: unknown[] = []
  const server = createServer({ cert: pem, key }, (asked, answer) => {
    addresses.push(asked.headers['x-forwarded-for'])
    answer.end('ok')
  })
  const port = await listenOnLoopback(server)
  return {
    origin: `https://localhost:${port}`,
    addresses,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function place(folder: string, name: string, { pem, key }: TestCertificate): void {
  writeFileSync(join(folder, `${name}.key`), key)
  writeFileSync(join(folder, `${name}.pem`), pem)
}

function portOf({ running }: TestGateway): number {
  return running.gateway.port ?? 0
}

async function open(options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port: portOf(gateway),
    servername: 'localhost',
    ca: authority.pem,
    ...options,
  })
  await once(socket, 'secureConnect')
  return socket
}

async function shown(servername = 'localhost'): Promise<string | string[] | undefined> {
  const socket = await open({ servername, rejectUnauthorized: false })
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return CN
}

function ask(host: string, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number | undefined; headers: NodeJS.Dict<string | string[]>; body: string }>(
    (resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port: portOf(gateway),
        servername: host,
        ca: authority.pem,
        path,
        agent: false,
      }
      request({ ...options, headers: { Host: host, ...headers } }, answer => {
        let body = ''
        answer.setEncoding('utf8').on('data', (text: string) => {
          body += text
        })
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }))
      })
        .once('error', reject)
        .end()
    },
  )
}

const logged = (event: string) =>
  readFileSync(join(gateway.folder, 'gateway.log'), 'utf8')
    .split('\n')
    .filter(line => line.includes(`"${event}"`))

async function figures(): Promise<string> {
  const answer = await fetch(`http://${gateway.running.gateway.operator.address}/metrics`)
  return answer.text()
}

describe('a gateway that speaks TLS itself', () => {
  test('tells applications https, whatever a proxy in front says', async () => {
    const { status } = await ask('localhost', '/', { 'X-Forwarded-Proto': 'http', 'X-Forwarded-For': '192.0.2.7' })
    expect(status).toBe(200)
    expect(upstream.requests.at(-1)?.headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
      'x-forwarded-for': '192.0.2.7',
    })
  })

  test('has pages that are for https alone', async () => {
    const { headers } = await ask('auth.localhost', '/sign-in')
    expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
  })

  test('shows the certificate of the name that is asked for', async () => {
    expect([await shown('two.localhost'), await shown('nobody.test')]).toEqual(['other', 'first'])
  })

  test('says when its certificates end, and warns of one that is near its end', async () => {
    const text = await figures()
    expect(text).toMatch(/sekisho_tls_certificate_ends_seconds\{file="[^"]*one\.pem"\} 2524/)
    expect(text).toMatch(/sekisho_tls_certificate_trouble\{file="[^"]*one\.pem"\} 0/)
    expect(logged('certificate_ending')).toHaveLength(1)
    expect(logged('certificate_ending')[0]).toContain('two.pem')
  })

  test('counts handshakes that come to nothing, by reason', async () => {
    await expect(open({ maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' })).rejects.toThrow()
    await expect.poll(figures).toMatch(/sekisho_tls_handshakes_failed_total\{reason="no shared cipher"\} 1/)
  })
})

describe('certificates', () => {
  test('are taken over without a restart, and connections that stand live on', async () => {
    const standing = await open()
    place(gateway.folder, 'one', certificateFor('second'))

    await expect.poll(() => shown(), { timeout: 10_000 }).toBe('second')

    standing.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    const [bytes] = await once(standing, 'data')
    expect(`${bytes}`).toContain('200 OK')
    expect(standing.getPeerCertificate().subject.CN).toBe('first')
  })

  test.each<[what: string, spoil: (folder: string) => void, why: string]>([
    ['half a file', folder => writeFileSync(join(folder, 'one.pem'), '-----BEGIN CERT'), 'cannot be read'],
    [
      'the key of another',
      folder => writeFileSync(join(folder, 'one.key'), certificateFor('x').key),
      'not the one of the certificate',
    ],
    ['no key', folder => writeFileSync(join(folder, 'one.key'), ''), 'key cannot be read'],
  ])('that cannot be used leave the ones before in force, and say so: %s', async (_what, spoil, why) => {
    const before = await shown()
    const refusals = logged('certificate_refused').length

    spoil(gateway.folder)

    await expect.poll(() => logged('certificate_refused').length, { timeout: 10_000 }).toBeGreaterThan(refusals)
    expect(logged('certificate_refused').at(-1)).toContain(why)
    expect(await shown()).toBe(before)
    expect(await figures()).toMatch(/sekisho_tls_certificate_trouble\{file="[^"]*one\.pem"\} 1/)
    expect((await gateway.cli('status', '--json')).out).toContain(why)

    place(gateway.folder, 'one', certificateFor('mended'))
    await expect.poll(figures, { timeout: 10_000 }).toMatch(/sekisho_tls_certificate_trouble\{file="[^"]*one\.pem"\} 0/)
    expect(await shown()).toBe('mended')
  })

  test('are read again on a reload, which refuses as a whole what cannot be used', async () => {
    writeFileSync(join(gateway.folder, 'one.pem'), 'nothing')
    const reload = await gateway.running.reload()
    expect(reload).toMatchObject({
      kind: 'refused',
      problems: [{ message: expect.stringContaining('cannot be read') }],
    })

    place(gateway.folder, 'one', certificateFor('after reload'))
    expect((await gateway.running.reload()).kind).toBe('adopted')
    expect(await shown()).toBe('after reload')
  })
})
