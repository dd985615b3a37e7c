import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import type { Session } from '../../src/people/session.ts'
import { startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { type LiveUpstream, startLiveUpstream } from '../support/live-upstream.ts'
import { type MailSink, startMailSink } from '../support/mail-sink.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from '../support/portal-visitor.ts'

// One gateway at which next to nothing is as it stands by default: what a key says has to show from outside.

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [
    { name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' },
    { name: 'tenants', hosts: ['*.tenants.localhost'], prefix: '/', upstream: 'app', access: 'signed-in' },
    {
      name: 'bearer',
      hosts: ['localhost'],
      exact: '/bearer',
      upstream: 'app',
      access: 'signed-in',
      tokenAs: 'bearer',
      identityHeaders: ['X-Auth-Email'],
      limits: { rate: '7/1h', burst: 2, per: 'account' },
    },
    { name: 'open', hosts: ['localhost'], prefix: '/open', upstream: 'app', access: 'public' },
    { name: 'known', hosts: ['localhost'], prefix: '/known', upstream: 'app', access: 'public', identity: 'optional' },
  ],
}

/** Rules of organizations, each alone in one. */
const organizations: Readonly<Record<string, Partial<Extract<ConfigurationInput, { slug: string }>>>> = {
  short: { sessions: { idle: '10m', absolute: '20m' } },
  office: {
    networks: [{ network: '203.0.113.0/24', comment: 'office' }],
    exemptions: [{ email: 'exempt@office.example', reason: 'travels' }],
  },
  watched: { networks: [{ network: '203.0.113.0/24' }], networksMode: 'report' },
  factors: { secondFactor: { roles: ['administrator'], from: '2020-01-01T00:00:00Z' } },
  devices: { devices: 'approved' },
}

let upstream: LiveUpstream
let mails: MailSink
let gateway: TestGateway
let secrets: string

beforeAll(async () => {
  upstream = await startLiveUpstream()
  mails = await startMailSink()
  secrets = mkdtempSync(join(tmpdir(), 'sekisho-secrets-'))
  writeFileSync(join(secrets, 'root-key'), `${Buffer.alloc(32, 7).toString('base64url')}\n`)
  writeFileSync(join(secrets, 'token'), 'operators-only\n')
  gateway = await startGateway({
    upstream: upstream.origin,
    policies: {
      routes,
      ...Object.fromEntries(
        Object.entries(organizations).map(([slug, rules]): [string, ConfigurationInput] => [
          slug,
          { kind: 'organization', slug, name: `Org ${slug}`, ...rules },
        ]),
      ),
    },
    gateway: {
      operator: { listen: { unix: 'probe.sock' }, socket: 'cli.sock', token: { file: join(secrets, 'token') } },
      rootKey: { file: join(secrets, 'root-key') },
      trustedProxies: { hops: 1, header: 'forwarded' },
      sessions: { idle: '2h', absolute: '3h' },
      identityToken: { issuer: 'https://issuer.example', algorithm: 'EdDSA', header: 'X-Who', lifetimeSeconds: 20 },
      mail: {
        transport: 'smtp',
        smtp: { host: '127.0.0.1', port: mails.port, tls: 'off' },
        from: 'post@harbour.example',
        productName: 'Harbour Post',
      },
      limits: {
        traffic: {
          address: { rate: '5000/1m' },
          addressWithSession: { rate: '6001/1m' },
          account: { rate: '6002/1m' },
          organization: { rate: '6003/1m' },
        },
      },
      pages: { languages: ['ja'], accent: '#aa3300', productName: 'Harbour', support: 'Ask Hana.' },
      ownPrefix: '/-gate/',
    },
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await mails[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
  rmSync(secrets, { recursive: true, force: true })
})

async function signIn(email: string, at = `${gateway.appOrigin}/`): Promise<{ visitor: PortalVisitor; end: Reply }> {
  const visitor = createPortalVisitor({ port: gateway.port })
  const first = await visitor.follow(await visitor.get(at))
  const second = await visitor.submit(first, { email })
  return { visitor, end: await visitor.follow(await visitor.submit(second, { password: testPassword })) }
}

describe('the identity token', () => {
  test('has the issuer, algorithm, field and life that are configured, and its keys lie below the own prefix', async () => {
    await gateway.addPerson({ email: 'token@example.com' })
    const { visitor, end } = await signIn('token@example.com')
    expect(end.url.href).toBe(`${gateway.appOrigin}/`)

    const headers = upstream.requests.at(-1)?.headers ?? {}
    const token = String(headers['x-who'])
    const { kid } = decodeProtectedHeader(token)
    const jwks = JSON.parse((await visitor.get(`${gateway.appOrigin}/-gate/jwks.json`)).body)
    const key = await importJWK(
      jwks.keys.find((one: { kid: string }) => one.kid === kid),
      'EdDSA',
    )
    const { payload } = await jwtVerify(token, key, { issuer: 'https://issuer.example', audience: 'app' })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(20)
    expect(headers['x-auth-token']).toBeUndefined()
    expect(visitor.cookie('localhost', 'sekisho'), 'the cookie of plain HTTP').toBeDefined()
  })

  test('travels as a route says, with the plain fields that it asks for', async () => {
    await gateway.addPerson({ email: 'bearer@example.com' })
    const { visitor } = await signIn('bearer@example.com')

    await visitor.get(`${gateway.appOrigin}/bearer`)
    const { authorization, 'x-auth-email': email, 'x-who': own } = upstream.requests.at(-1)?.headers ?? {}

    expect([email, own]).toEqual(['bearer@example.com', undefined])
    expect(authorization).toMatch(/^Bearer eyJ/)
    await visitor.get(`${gateway.appOrigin}/known`)
    expect(upstream.requests.at(-1)?.headers['x-who']).toMatch(/^eyJ/)
  })
})

test('the own prefix is where it is configured, and elsewhere the application answers', async () => {
  const visitor = createPortalVisitor({ port: gateway.port })

  const first = await visitor.get(`${gateway.appOrigin}/room`)
  expect(first.location).toMatch(new RegExp(`^${gateway.appOrigin}/-gate/start\\?`))
  expect((await visitor.get(`${gateway.appOrigin}/open/.sekisho/session`)).body).toBe(
    'hello from /open/.sekisho/session',
  )
})

describe('a host of a wildcard', () => {
  test('lets people sign in, leads back to where they were, and shares its session with no other host', async () => {
    await gateway.addPerson({ email: 'tenant@example.com' })
    const one = `http://one.tenants.localhost:${gateway.port}`

    const { visitor, end } = await signIn('tenant@example.com', `${one}/room?x=1`)

    expect(end.url.href).toBe(`${one}/room?x=1`)
    expect(end.body).toBe('hello from /room?x=1')
    const other = await visitor.get(`http://two.tenants.localhost:${gateway.port}/`)
    expect(other.status).toBe(303)
    expect((await visitor.follow(other)).body, 'signed in at the portal already').toBe('hello from /')
    const who = await visitor.get(`${one}/-gate/session`)
    expect(JSON.parse(who.body)).toMatchObject({ account: { email: 'tenant@example.com' } })
    const out = await visitor.post(`${one}/-gate/sign-out`, {})
    expect(out.location).toContain('signed_out')
  })

  test('is one label longer and no more, on the portal too', async () => {
    const visitor = createPortalVisitor({ port: gateway.port })
    const deep = `http://a.b.tenants.localhost:${gateway.port}/`

    expect((await visitor.get(deep)).status).toBe(421)
    const page = await visitor.get(`${gateway.portalOrigin}/sign-in?${new URLSearchParams({ return: deep })}`)
    expect(page.body).not.toContain('a.b.tenants')
    expect(page.headers['content-security-policy']).toContain(`http://*.tenants.localhost:${gateway.port}`)
  })
})

describe('sessions', () => {
  test('last as long as configured, and shorter where an organization says so', async () => {
    const minute = 60_000
    expect(await limitsOf('long@example.com')).toEqual([120 * minute, 180 * minute])
    expect(await limitsOf('short@example.com', 'short')).toEqual([10 * minute, 20 * minute])
  })

  async function limitsOf(email: string, organization?: string): Promise<readonly number[]> {
    const account = await gateway.addPerson({ email, ...(organization === undefined ? {} : { organization }) })
    await signIn(email)
    const { people } = gateway.running.gateway.rooms
    const [session]: readonly Session[] = await people.sessionBook.listOf(account.id)
    if (session === undefined) throw new Error('no session')
    return [session.idleMs, session.absoluteEndsAt - session.openedAt]
  }
})

test('pages speak the configured languages alone, under the configured name and colour, and say whom to ask', async () => {
  const visitor = createPortalVisitor({ port: gateway.port, language: 'en' })

  const page = await visitor.get(`${gateway.portalOrigin}/sign-in`)
  const style = /href="(\/assets\/style\.css[^"]*)"/.exec(page.body)?.[1] ?? ''

  expect(page.body).toContain('<html lang="ja">')
  expect(page.body).toContain('Harbour')
  expect(page.body).toContain('Ask Hana.')
  expect(page.body).not.toContain('name="language"')
  expect((await visitor.get(`${gateway.portalOrigin}${style}`)).body).toContain('--accent:#aa3300')
})

test('mails go through the configured server, from the configured sender, in one of the configured languages', async () => {
  await gateway.addPerson({ email: 'reader@example.com', language: 'en' })
  await signIn('reader@example.com')

  const mail = await mails.next(one => one.to.includes('reader@example.com'), 30_000)

  expect(mail.from).toBe('post@harbour.example')
  expect(mail.parsed.from).toMatchObject({ name: 'Harbour Post', address: 'post@harbour.example' })
  expect(mail.text).toContain('Harbour Post')
  expect(mail.text).toContain('Ask Hana.')
  expect(mail.raw.toString()).toContain('Content-Language: ja')
})

test('the client’s address is read from the configured field, past the configured number of proxies', async () => {
  const visitor = createPortalVisitor({ port: gateway.port })

  await visitor.get(`${gateway.appOrigin}/open`, {
    headers: { Forwarded: 'for=198.51.100.1, for=192.0.2.9', 'X-Forwarded-For': '198.51.100.2' },
  })

  expect(upstream.requests.at(-1)?.headers['x-forwarded-for']).toBe('192.0.2.9')
})

describe('budgets', () => {
  test('are those that are configured, each under its name', async () => {
    await gateway.addPerson({ email: 'budget@example.com', organization: 'watched' })
    const { visitor, end } = await signIn('budget@example.com')
    expect(end.headers['ratelimit-policy']).toBe(
      '"address";q=6001;w=60, "account";q=6002;w=60, "organization";q=6003;w=60',
    )

    const stranger = await visitor.get(`${gateway.appOrigin}/open`, { headers: { Cookie: '' } })
    expect(stranger.headers['ratelimit-policy']).toBe('"address";q=5000;w=60')
  })

  test('of a route: so many at once, shared as it says, and no more', async () => {
    await gateway.addPerson({ email: 'one@example.com' })
    await gateway.addPerson({ email: 'other@example.com' })
    const { visitor: one } = await signIn('one@example.com')
    const { visitor: other } = await signIn('other@example.com')
    const ask = (visitor: PortalVisitor) => visitor.get(`${gateway.appOrigin}/bearer`)
    const replies = [await ask(one), await ask(one), await ask(one), await ask(other)]

    expect(replies.map(({ status }) => status)).toEqual([200, 200, 429, 200])
    expect(replies[2]?.body, 'a page of ours on a host of the application').toContain('Ask Hana.')
  })
})

describe('the operators’ surface', () => {
  test('listens where it is configured, and its API asks for the configured token', async () => {
    const path = join(gateway.folder, 'probe.sock')

    expect(await statusAt(path, '/healthz')).toBe(200)
    expect(await statusAt(path, '/api/status')).toBe(401)
    expect(await statusAt(path, '/api/status', { Authorization: 'Bearer operators-onlx' })).toBe(401)
    expect(await statusAt(path, '/api/status', { Authorization: 'Bearer operators-only' })).toBe(200)
    expect(gateway.running.gateway.operator.socketPath).toBe(join(gateway.folder, 'cli.sock'))
    expect(await statusAt(join(gateway.folder, 'cli.sock'), '/api/status')).toBe(200)
  })

  test('a root key of one’s own is used, and none is made', () => {
    expect(existsSync(join(gateway.folder, 'data', 'sekisho.db'))).toBe(true)
    expect(existsSync(join(gateway.folder, 'data', 'root.key'))).toBe(false)
  })
})

describe('the rules of an organization that is kept in a file hold for its people', () => {
  test.each([
    ['networks', 'office', 'inside@office.example', ['person'], '203.0.113.7', 'allow'],
    ['networks', 'office', 'outside@office.example', ['person'], '192.0.2.7', 'deny outside_organization_networks'],
    ['exemptions', 'office', 'exempt@office.example', ['person'], '192.0.2.7', 'allow'],
    ['networksMode', 'watched', 'watched@example.com', ['person'], '192.0.2.7', 'allow'],
    ['secondFactor.roles', 'factors', 'admin@example.com', ['administrator'], '192.0.2.7', 'challenge enrol_factor'],
    ['secondFactor.roles', 'factors', 'plain@example.com', ['person'], '192.0.2.7', 'allow'],
    ['devices', 'devices', 'device@example.com', ['person'], '192.0.2.7', 'challenge device_approval'],
  ] as const)('%s of %s for %s', async (_key, organization, email, roles, address, verdict) => {
    await gateway.addPerson({ email, organization, roles })
    // Exemptions find their account at the next start or reload.
    if (email.startsWith('exempt')) await gateway.running.reload()

    const body = JSON.stringify({ email, address, path: '/', host: 'localhost' })
    const answer = JSON.parse(await post(join(gateway.folder, 'cli.sock'), '/api/explain', body))

    expect(answer.verdict).toBe(verdict)
    expect(answer.notes).toHaveLength(organization === 'watched' ? 1 : 0)
  })
})

function statusAt(socketPath: string, path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path, headers: { Host: 'operator', ...headers } }, response => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asking.once('error', reject).end()
  })
}

function post(socketPath: string, path: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { Host: 'operator', 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
    const asking = request({ socketPath, path, method: 'POST', headers }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks).toString()))
    })
    asking.once('error', reject).end(body)
  })
}
