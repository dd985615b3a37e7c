import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { byTest, type GatewaySections, startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { type LiveUpstream, startLiveUpstream } from '../support/live-upstream.ts'
import { type MailSink, startMailSink } from '../support/mail-sink.ts'
import { openConnections } from '../support/open-connections.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'

// A gateway that runs while its files change: what follows at once, what waits for a restart and says so, and what is left alone.

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [
    { name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in', websocket: true },
    { name: 'open', hosts: ['localhost'], prefix: '/open', upstream: 'app', access: 'public' },
  ],
}

let upstream: LiveUpstream
let mails: MailSink
let gateway: TestGateway
let token: string
let people = 0

beforeAll(async () => {
  upstream = await startLiveUpstream()
  mails = await startMailSink()
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-token-'))
  token = join(folder, 'token')
  writeFileSync(token, 'first')
  gateway = await startGateway({
    upstream: upstream.origin,
    policies: { routes },
    gateway: { operator: { listen: { address: '127.0.0.1', port: 0 }, token: { file: token } } },
  })
  return () => rmSync(folder, { recursive: true })
})
afterEach(() => reloadWith({}))
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await mails[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function reloadWith(sections: GatewaySections): Promise<void> {
  gateway.writeGateway(sections)
  expect(await gateway.running.reload()).toMatchObject({ kind: 'adopted' })
}

async function newcomer(): Promise<string> {
  people += 1
  const email = `person${people}@example.com`
  await gateway.addPerson({ email })
  return email
}

async function signIn(email: string): Promise<PortalVisitor> {
  const visitor = createPortalVisitor({ port: gateway.port })
  const first = await visitor.follow(await visitor.get(`${gateway.appOrigin}/`))
  const second = await visitor.submit(first, { email })
  const end = await visitor.follow(await visitor.submit(second, { password: testPassword }))
  expect(end.body).toBe('hello from /')
  return visitor
}

describe('from the next request on', () => {
  test('other proxies are believed', async () => {
    const seen = async () => {
      const visitor = createPortalVisitor({ port: gateway.port, address: '198.51.100.7' })
      await visitor.get(`${gateway.appOrigin}/open`)
      return upstream.requests.at(-1)?.headers['x-forwarded-for']
    }
    expect(await seen()).toBe('127.0.0.1')

    await reloadWith({ trustedProxies: { networks: ['127.0.0.0/8'] } })
    expect(await seen()).toBe('198.51.100.7')

    await reloadWith({ trustedProxies: { networks: ['127.0.0.0/8'], header: 'none' } })
    expect(await seen()).toBe('127.0.0.1')
  })

  test('the operators’ token is the new one, though only the file that holds it has changed', async () => {
    expect([await apiStatus('first'), await apiStatus('second')]).toEqual([200, 401])

    writeFileSync(token, 'second')
    await reloadWith({ operator: { listen: { address: '127.0.0.1', port: 0 }, token: { file: token } } })

    expect([await apiStatus('first'), await apiStatus('second')]).toEqual([401, 200])
  })

  test('tokens have the new issuer, field and life; keys made from now on have the new algorithm', async () => {
    const visitor = await signIn(await newcomer())
    const seen = () => String(upstream.requests.at(-1)?.headers['x-other'])

    await reloadWith({
      identityToken: { issuer: 'https://new.example', lifetimeSeconds: 10, header: 'X-Other', algorithm: 'EdDSA' },
    })
    await visitor.get(`${gateway.appOrigin}/`)
    const { iss, exp = 0, iat = 0 } = decodeJwt(seen())
    expect([iss, exp - iat, decodeProtectedHeader(seen()).alg]).toEqual(['https://new.example', 10, 'ES256'])

    // Next was made before the change; the one after it was not.
    for (let i = 0; i < 2; i++) await rotateKeys()
    await visitor.get(`${gateway.appOrigin}/`)
    expect(decodeProtectedHeader(seen()).alg).toBe('EdDSA')
  })

  test('the portal answers under another host name, and people’s browsers still speak for its origin', async () => {
    const email = await newcomer()
    await reloadWith({ portal: { origin: gateway.portalOrigin, host: 'portal.internal' } })
    const visitor = createPortalVisitor({ port: gateway.port })
    const inside = { headers: { Host: 'portal.internal' } }

    expect((await visitor.get(`${gateway.portalOrigin}/sign-in`)).status).toBe(421)
    const page = await visitor.get(`${gateway.portalOrigin}/sign-in`, inside)
    const signedIn = await visitor.post(`${gateway.portalOrigin}/sign-in`, { email, password: testPassword }, inside)
    const foreign = await visitor.post(
      `${gateway.portalOrigin}/sign-in`,
      { email, password: testPassword },
      { headers: { ...inside.headers, Origin: 'http://portal.internal', 'Sec-Fetch-Site': '' } },
    )

    expect(page.status).toBe(200)
    expect(signedIn.location).toBe('/account')
    expect(foreign.status).toBe(403)
  })

  test('sessions that open have the new limits, and those that are open keep theirs', async () => {
    const email = await newcomer()
    await signIn(email)

    await reloadWith({ sessions: { idle: '1h', absolute: '2h' } })
    await signIn(email)

    const account = await accountOf(email)
    const sessions = await gateway.running.gateway.rooms.people.sessionBook.listOf(account.id)
    const hour = 3_600_000
    expect(sessions.map(({ idleMs }) => idleMs).toSorted((a, b) => a - b)).toEqual([hour, 24 * hour])
  })

  test('mails go the new way, in the new name', async () => {
    const email = await newcomer()
    await reloadWith({
      mail: { transport: 'smtp', smtp: { host: 'localhost', port: mails.port, tls: 'off' }, from: 'new@example.com' },
      pages: { productName: 'Renamed' },
    })
    const account = await accountOf(email)
    await gateway.running.gateway.rooms.people.resets.require(account, { reason: 'test', since: null }, byTest)

    const mail = await mails.next(one => one.to.includes(email), 30_000)

    expect(mail.parsed.from).toMatchObject({ name: 'Renamed', address: 'new@example.com' })
    expect(mail.text).toContain('Renamed')
    const visitor = createPortalVisitor({ port: gateway.port })
    expect((await visitor.get(`${gateway.portalOrigin}/mailbox`)).status, 'mails are sent, not shown').toBe(404)
  })
})

describe('what says where things are', () => {
  test('waits for a restart, and is named by the reload, by its log line, and until it happens', async () => {
    gateway.writeGateway({
      listen: { address: '127.0.0.1', port: 1 },
      operator: { listen: { address: '127.0.0.1', port: 2 }, socket: 'elsewhere.sock', token: { file: token } },
      dataDir: 'elsewhere',
      rootKey: { env: 'SEKISHO_TEST_ROOT' },
      log: { level: 'error' },
    })
    const environment = { SEKISHO_TEST_ROOT: Buffer.alloc(32, 9).toString('base64url') }
    Object.assign(gateway.configuration.environment, environment)
    const names = ['listen', 'operator.listen', 'operator.socket', 'dataDir', 'rootKey', 'log']

    const answer = JSON.parse(await api('POST', '/api/reload'))

    expect(answer).toMatchObject({ kind: 'reloaded', waitForRestart: names })
    expect(gateway.running.gateway.waitingKeys).toEqual(names)
    await expect
      .poll(() => loadedLines().at(-1), { timeout: 10_000 })
      .toMatchObject({ level: 'warn', waitForRestart: names })
    expect((await createPortalVisitor({ port: gateway.port }).get(`${gateway.appOrigin}/open`)).status).toBe(200)

    await reloadWith({})
    expect(gateway.running.gateway.waitingKeys).toEqual([])
  })
})

test('what is under way goes on: streams, WebSockets and answers that have begun', async () => {
  const connections = await openConnections(await signIn(await newcomer()), gateway.port)
  expect(await connections.echo('before')).toBe('before')
  const before = upstream.open()

  await reloadWith({ upstreams: { app: { addresses: [upstream.origin], connectionsMax: 7 } } })
  await reloadWith({})

  expect(await connections.echo('after')).toBe('after')
  expect(upstream.open(), 'the event stream too').toBe(before)
  connections.close()
})

function loadedLines(): readonly Record<string, unknown>[] {
  const lines = readFileSync(join(gateway.folder, 'gateway.log'), 'utf8').trim().split('\n')
  return lines.map(line => JSON.parse(line)).filter(({ event }) => event === 'configuration_loaded')
}

async function accountOf(email: string) {
  const { accounts } = gateway.running.gateway.rooms.store
  const found = (await accounts.list({ limit: 1000 })).find(account => account.email === email)
  if (found === undefined) throw new Error(`no account ${email}`)
  return found
}

async function rotateKeys(): Promise<void> {
  await api('POST', '/api/keys/rotate')
}

function api(method: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { socketPath } = gateway.running.gateway.operator
    const asking = request({ socketPath, method, path, headers: { Host: 'operator' } }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks).toString()))
    })
    asking.once('error', reject).end()
  })
}

function apiStatus(bearer: string): Promise<number> {
  const [host = '', port = ''] = gateway.running.gateway.operator.address.split(':')
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${bearer}` }
    const asking = request({ host, port, path: '/api/status', headers }, response => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asking.once('error', reject).end()
  })
}
