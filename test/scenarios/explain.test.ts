import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { aboutAccount, auditOf } from '../../src/people/origin.ts'
import { byTest, startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { type LiveUpstream, startLiveUpstream } from '../support/live-upstream.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'

const office = '203.0.113.0/24'

function routesNamed(name: string): ConfigurationInput {
  return {
    kind: 'routes',
    routes: [
      { name, hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' },
      { name: 'board', hosts: ['localhost'], prefix: '/board', upstream: 'app', access: 'signed-in' },
    ],
  }
}

function organization(network: string): ConfigurationInput {
  return { kind: 'organization', slug: 'acme', name: 'Acme', networks: [{ network }, { network: '192.0.2.1' }] }
}

let upstream: LiveUpstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startLiveUpstream()
  gateway = await startGateway({
    upstream: upstream.origin,
    policies: {
      routes: routesNamed('app'),
      acme: organization('127.0.0.0/8'),
      phones: { kind: 'organization', slug: 'phones', name: 'Phones', devices: 'approved' },
    },
    gateway: { trustedProxies: { networks: ['127.0.0.1'] } },
  })
  await gateway.addPerson({ email: 'alice@example.com', organization: 'acme' })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function signedIn(): Promise<PortalVisitor> {
  const visitor = createPortalVisitor({ port: gateway.port })
  const first = await visitor.follow(await visitor.get(`${gateway.appOrigin}/`))
  const second = await visitor.submit(first, { email: 'alice@example.com' })
  const end = await visitor.follow(await visitor.submit(second, { password: testPassword }))
  expect(end.body).toBe('hello from /')
  return visitor
}

/** A program's refused request: its receipt. */
async function refused(visitor: PortalVisitor, address: string): Promise<{ receipt: string; body: string }> {
  const reply = await visitor.get(`${gateway.appOrigin}/room?secret=1`, {
    headers: { Accept: 'application/json', 'Sec-Fetch-Mode': 'cors', 'X-Forwarded-For': address },
  })
  expect(reply.status).toBe(403)
  const parsed: unknown = JSON.parse(reply.body)
  const receipt = typeof parsed === 'object' && parsed !== null && 'receipt' in parsed ? String(parsed.receipt) : ''
  expect(receipt).toMatch(/^[0-9a-f]{8}-[0-9a-z]+$/)
  return { receipt, body: reply.body }
}

describe('why', () => {
  test('the client is told nothing but one sentence and a receipt', async () => {
    const { body } = await refused(await signedIn(), '198.51.100.7')

    expect(body).not.toMatch(/network|127\.0|acme|organization/i)
  })

  test('the operator is told gate, rule and policy version by the receipt, also after a reload and a restart', async () => {
    const visitor = await signedIn()
    const { receipt } = await refused(visitor, '198.51.100.7')

    const atOnce = await gateway.cli('explain', receipt)
    expect(atOnce.code, atOnce.err).toBe(0)
    expect(atOnce.out).toContain('deny outside_organization_networks')
    expect(atOnce.out).toContain('from-organization-network')
    expect(atOnce.out).toContain('127.0.0.0/8')
    expect(atOnce.out).toContain('✓ signed-in')
    expect(atOnce.out).not.toContain('secret=1')
    const version = /policies +([0-9a-f]{64})/.exec(atOnce.out)?.[1]
    expect(version).toBeDefined()

    gateway.writePolicy('acme', organization(office))
    expect((await gateway.cli('status', 'reload')).code).toBe(0)
    const reloaded = await gateway.cli('explain', receipt)
    expect(reloaded.out, 'the version of that moment, not of now').toContain(version)

    await gateway.restart()
    const restarted = await gateway.cli('explain', receipt)
    expect(restarted.out).toBe(reloaded.out)

    gateway.writePolicy('acme', organization('127.0.0.0/8'))
    expect((await gateway.cli('status', 'reload')).code).toBe(0)
  })

  test('an unknown receipt is said to be unknown, with exit code 1', async () => {
    const answer = await gateway.cli('explain', '00000000-1')

    expect(answer.code).toBe(1)
    expect(answer.err).toContain('seven days')
  })
})

describe('what if', () => {
  test.each([
    ['from the office', '127.0.0.1', 'verdict    allow'],
    ['from elsewhere', '198.51.100.7', 'verdict    deny outside_organization_networks'],
  ])('a person asked about %s gets the walk that a request would get', async (_where, address, expected) => {
    const answer = await gateway.cli(
      'explain',
      '--account',
      'alice@example.com',
      '--address',
      address,
      '--path',
      '/room',
    )

    expect(answer.code, answer.err).toBe(0)
    expect(answer.out).toContain(expected)
    expect(answer.out).toContain('route      app')
  })

  test('where devices need approval, the one last seen is supposed, and named', async () => {
    const account = await gateway.addPerson({ email: 'phone@example.com', organization: 'phones' })
    const asked = ['--account', 'phone@example.com', '--address', '127.0.0.1', '--path', '/']
    const without = await gateway.cli('explain', ...asked)
    const { store } = gateway.running.gateway.rooms
    const at = 1_800_000_000_000
    for (const [label, lastSeenAt] of [
      ['Old phone', at],
      ['New phone', at + 2],
      ['Other phone', at + 1],
    ] as const) {
      const seen = {
        deviceId: label.replace(' ', '-'),
        label,
        mobile: true,
        firstSeenAt: at,
        lastSeenAt,
        address: '127.0.0.1',
        reportedAt: null,
      }
      const device = { ...seen, accountId: account.id, approvedAt: label === 'New phone' ? at : null }
      const audit = auditOf('device_approved', aboutAccount(account), byTest, at)
      await store.devices.ask(device, { audit, notices: [] })
    }

    const supposed = await gateway.cli('explain', ...asked)

    expect(without.out).toContain('verdict    challenge device_approval')
    expect(without.out).not.toMatch(/^device /m)
    expect(supposed.out, supposed.err).toContain('device     New phone')
    expect(supposed.out).toContain('verdict    allow')
  })

  test('nobody at all is led to sign in', async () => {
    const answer = await gateway.cli('explain', '--address', '127.0.0.1', '--path', '/room', '--json')

    expect(JSON.parse(answer.out)).toMatchObject({ verdict: 'challenge sign_in', gate: 'signed-in' })
  })

  test.each([
    [['--address', 'nonsense', '--path', '/'], 'not an address'],
    [['--address', '127.0.0.1', '--path', '/', '--host', 'elsewhere.test'], 'no route'],
    [['--address', '127.0.0.1', '--path', '/', '--account', 'nobody@example.com'], 'no account'],
    [
      ['--address', '127.0.0.1', '--path', 'room'],
      'the listener refuses the path room: the target is not in origin-form',
    ],
    [['--address', '127.0.0.1', '--path', '/a/../room'], 'the listener refuses the path /a/../room: a dot segment'],
    [['--address', '127.0.0.1', '--path', '/a%2fb'], 'an encoded slash'],
    [['--address', '127.0.0.1', '--path', '/%62oard'], 'it may be read as /board'],
    [['--address', '127.0.0.1', '--path', '/.sekisho/start'], "a page of the gateway's own"],
    [['--address', '127.0.0.1', '--path', '/', '--host', 'auth.localhost'], "the portal's own host"],
  ])('a question that makes no sense is refused with its reason: %s', async (words, reason) => {
    const answer = await gateway.cli('explain', ...words)

    expect(answer.code).toBe(1)
    expect(answer.err).toContain(reason)
  })
})

describe('a reload', () => {
  test('that fails its policy tests keeps the old rules as a whole, and says which test', async () => {
    const visitor = await signedIn()
    gateway.writePolicy('acme', organization(office))
    writeFileSync(
      `${gateway.configuration.policiesFolder}/acme.test.yaml`,
      'kind: tests\ntests:\n  - name: this machine comes in\n    request: { host: localhost, address: 127.0.0.1 }\n    person: { organization: acme }\n    expect: allow\n',
    )

    const answer = await gateway.cli('status', 'reload')

    expect(answer.code).toBe(1)
    expect((await visitor.get(`${gateway.appOrigin}/still`)).status, 'the old rules speak').toBe(200)

    gateway.writePolicy('acme', organization('127.0.0.0/8'))
    expect((await gateway.cli('status', 'reload')).code).toBe(0)
  })
})
