import { statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { createVerifier } from '../../src/verifier/verify.ts'
import { startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { type LiveUpstream, startLiveUpstream } from '../support/live-upstream.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' }],
}

const operatorToken = 'a-token-of-the-operators-0123456789'

let upstream: LiveUpstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startLiveUpstream()
  gateway = await startGateway({
    upstream: upstream.origin,
    policies: { routes },
    gateway: { operator: { listen: { address: '127.0.0.1', port: 0 }, token: { env: 'OPERATOR_TOKEN' } } },
    environment: { OPERATOR_TOKEN: operatorToken },
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function cli(...words: string[]): Promise<string> {
  const { code, out, err } = await gateway.cli(...words)
  expect(err).toBe('')
  expect(code).toBe(0)
  return out
}

async function signIn(email: string): Promise<PortalVisitor> {
  const visitor = createPortalVisitor({ port: gateway.port })
  const first = await visitor.follow(await visitor.get(`${gateway.appOrigin}/`))
  const second = await visitor.submit(first, { email })
  const end = await visitor.follow(await visitor.submit(second, { password: testPassword }))
  expect(end.body).toBe('hello from /')
  return visitor
}

async function addByCli(email: string): Promise<void> {
  const file = join(gateway.folder, 'password')
  writeFileSync(file, `${testPassword}\n`)
  await cli('users', 'add', email, '--name', 'By CLI', '--password-file', file)
}

describe('the CLI over the socket of a running gateway', () => {
  test('adds a person who can sign in, lists her, and never prints a secret', async () => {
    await addByCli('eve@example.com')

    await signIn('eve@example.com')

    const list = await cli('users', 'list', '--json')
    expect(list).toContain('eve@example.com')
    expect(list).not.toMatch(/argon2|sealed|tokenHash|\$v=/)
  })

  test('an invitation is mailed, and its ticket sets the first password', async () => {
    await cli('users', 'add', 'guest@example.com', '--name', 'Guest')

    await expect.poll(() => mailTo('guest@example.com'), { timeout: 20_000 }).toContain('/reset/')
    const link = new RegExp(`${gateway.portalOrigin}/reset/[\\w-]+`).exec(mailTo('guest@example.com'))?.[0] ?? ''
    const visitor = createPortalVisitor({ port: gateway.port })
    const form = await visitor.follow(await visitor.get(link))
    await visitor.follow(await visitor.submit(form, { password: testPassword }))

    await signIn('guest@example.com')
  })

  test('a name that exists is said to exist, and nothing is changed', async () => {
    await addByCli('twice@example.com')

    const again = await gateway.cli('users', 'add', 'TWICE@example.com', '--name', 'Again')

    expect(again.code).toBe(1)
    expect(again.err).toContain('already')
  })

  test.each([
    [['users', 'add', 'nobody', '--name', 'X'], 1, 'email'],
    [['users', 'require-reset', 'nobody@example.com', '--reason', 'x'], 1, 'no account'],
    [['users', 'require-reset', 'nobody@example.com'], 2, '--reason'],
    [['users', 'explode'], 2, 'explode'],
    [['users', 'list', '--organization', 'none'], 1, 'no organization'],
    [['orgs', 'networks', 'none', '10.0.0.0/8'], 1, 'no organization'],
    [['nonsense'], 2, 'nonsense'],
  ])('bad input gets a clear error and a code that means it: %j', async (words, code, text) => {
    const answer = await gateway.cli(...words)

    expect(answer.code, answer.err).toBe(code)
    expect(answer.err).toContain(text)
  })

  test('networks that are none are refused whole, each named by its place', async () => {
    await cli('orgs', 'add', 'harbour', '--name', 'Harbour')

    const refused = await gateway.cli('orgs', 'networks', 'harbour', '10.0.0.0/8', '10.0.0/8', '010.0.0.1')

    expect(refused.code).toBe(1)
    expect(refused.err).toContain('networks[1] "10.0.0/8"')
    expect(refused.err).toContain('networks[2] "010.0.0.1"')
    expect(JSON.parse(await cli('orgs', 'list', '--json'))).toMatchObject({
      organizations: [{ slug: 'harbour', rules: { networks: null } }],
    })
  })

  test('every change leaves an audit row that names the operator, and the chain is whole', async () => {
    await addByCli('audited@example.com')
    await cli('users', 'suspend', 'audited@example.com')
    await cli('users', 'resume', 'audited@example.com')

    const rows = await cli('audit', 'list', '--limit', '1000')
    expect(rows).toMatch(/account_suspended +operator /)
    expect(rows).toMatch(/account_resumed +operator /)
    expect(await cli('audit', 'verify')).toMatch(/^whole: \d+ rows/)
  })
})

describe('signing keys', () => {
  test('are rotated without one refused request, also for backends that cached the keys', async () => {
    await addByCli('rotating@example.com')
    const visitor = await signIn('rotating@example.com')
    const verifier = createVerifier({
      issuer: gateway.portalOrigin,
      audience: 'app',
      jwksUrl: `http://127.0.0.1:${gateway.port}/.sekisho/jwks.json`,
      fetch: keysFrom(gateway.port),
    })
    const verified = async () => {
      const reply = await visitor.get(`${gateway.appOrigin}/`)
      expect(reply.status).toBe(200)
      return (await verifier.verify(upstream.requests.at(-1)?.headers ?? {})).kind
    }
    expect(await verified()).toBe('verified')
    const before = JSON.parse(await cli('keys', 'list', '--json'))

    await cli('keys', 'rotate')

    expect(await verified()).toBe('verified')
    const after = JSON.parse(await cli('keys', 'list', '--json'))
    expect(kidOf(after, 'current')).toBe(kidOf(before, 'next'))
    expect(kidOf(after, 'previous')).toBe(kidOf(before, 'current'))
    expect(await cli('keys', 'list')).toMatch(/ES256 +\d{4}-\d\d-\d\dT[\d:]+Z\n/)
  })
})

describe('the operators’ surface over TCP', () => {
  test('answers health to anybody, and the API to nobody without a token', async () => {
    expect(await statusOf('/healthz')).toBe(200)
    expect(await statusOf('/readyz')).toBe(200)
    expect(await statusOf('/metrics')).toBe(200)
    expect(await statusOf('/api/users')).toBe(401)
    expect(await statusOf('/api/users', { Authorization: 'Bearer ' })).toBe(401)
    expect(await statusOf('/api/users', { Authorization: 'Bearer guess' })).toBe(401)
  })

  test('a change with the token is audited as that of a token’s holder, with his address; one over the socket as the user’s', async () => {
    await addByCli('changed@example.com')
    const change = (act: string) =>
      statusOf(
        `/api/users/${act}`,
        { Authorization: `Bearer ${operatorToken}`, 'Sekisho-Operator': 'root' },
        JSON.stringify({ email: 'changed@example.com' }),
      )
    expect(await change('suspend')).toBe(200)
    expect(await statusOf('/api/keys/rotate', { Authorization: `Bearer ${operatorToken}` }, '{}')).toBe(200)
    await cli('users', 'resume', 'changed@example.com')

    const { store } = gateway.running.gateway.rooms
    const rows = (await store.audit.list({ limit: 1_000 })).map(({ entry }) => entry)
    const lastOf = (event: string) => rows.findLast(row => row.event === event)
    expect(lastOf('account_suspended')).toMatchObject({
      actor: { kind: 'operator', id: 'token:root' },
      address: '127.0.0.1',
    })
    expect(lastOf('key_rotated')).toMatchObject({ actor: { id: 'token:operator' }, address: '127.0.0.1' })
    expect(lastOf('account_resumed')).toMatchObject({
      actor: { kind: 'operator', id: expect.not.stringContaining('token') },
      address: null,
    })
  })

  test('the socket and the secrets on disk are the user’s own', () => {
    const mode = (path: string) => statSync(path).mode & 0o777
    const data = join(gateway.folder, 'data')
    expect(mode(gateway.running.gateway.operator.socketPath)).toBe(0o600)
    expect(mode(join(data, 'root.key'))).toBe(0o600)
    expect(mode(join(data, 'sekisho.db'))).toBe(0o600)
    expect(mode(data)).toBe(0o700)
  })
})

function mailTo(email: string): string {
  return gateway.running.gateway.mailbox?.list().find(mail => mail.to === email)?.text ?? ''
}

function kidOf(list: { keys: { kid: string; state: string }[] }, state: string): string | undefined {
  return list.keys.find(key => key.state === state)?.kid
}

/** A body makes it a POST. */
function statusOf(path: string, headers: Record<string, string> = {}, body?: string): Promise<number> {
  const [host = '', port = ''] = gateway.running.gateway.operator.address.split(':')
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const sent = body === undefined ? headers : { ...headers, 'Content-Length': Buffer.byteLength(body) }
    const asking = request({ host, port, path, method, headers: sent }, response => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asking.once('error', reject).end(body)
  })
}

/** `fetch` cannot name a host of its own; the gateway answers for `localhost` only. */
function keysFrom(port: number): typeof fetch {
  return () => fetch(`http://localhost:${port}/.sekisho/jwks.json`)
}
