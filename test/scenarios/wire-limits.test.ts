import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { type GatewaySections, startGateway, type TestGateway } from '../support/gateway.ts'
import { connectRaw, exchange } from '../support/raw-http.ts'
import { okAnswer, type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'

// The caps and deadlines of the wire as gateway.yaml says them: a reload changes them, and what they refuse is told in full to the operator.

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [
    { name: 'open', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'public', websocket: true },
    { name: 'small', hosts: ['localhost'], prefix: '/small', upstream: 'app', access: 'public', bodyLimit: '8B' },
  ],
}

let upstream: RecordingUpstream
let clock: TestClock
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startRecordingUpstream()
  upstream.answer(({ target }) => (target === '/silent' ? null : target === '/ws' ? switched : okAnswer))
  clock = createTestClock()
  gateway = await startGateway({ upstream: `http://127.0.0.1:${upstream.port}`, policies: { routes }, clock })
})
afterEach(() => limit({}))
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

const switched = {
  bytes: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  after: 'echo',
} as const

type Limits = NonNullable<GatewaySections['limits']>

async function limit(limits: Limits): Promise<void> {
  gateway.writeGateway({ limits: { ...limits, traffic: { address: { off: true } } } })
  expect(await gateway.running.reload()).toMatchObject({ kind: 'adopted' })
}

const host = 'Host: localhost\r\n'
const get = (target = '/', fields = '') => `GET ${target} HTTP/1.1\r\n${host}${fields}\r\n`
const handshake = get(
  '/ws',
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
)

async function refused(cause: string): Promise<number> {
  const text = await gateway.running.gateway.rooms.metrics.text()
  return Number(new RegExp(`^sekisho_refused_messages_total\\{cause="${cause}"\\} ([0-9]+)$`, 'm').exec(text)?.[1] ?? 0)
}

async function tunnels(): Promise<boolean> {
  await using client = await connectRaw({ port: gateway.port })
  await client.send(handshake)
  await expect.poll(() => client.received()).not.toBe('')
  return client.received().startsWith('HTTP/1.1 101 ')
}

async function statusOf(bytes: string): Promise<number | undefined> {
  return (await exchange({ port: gateway.port }, bytes))?.status
}

describe('from the next message on', () => {
  const caps: readonly (readonly [string, Limits, string, number, string])[] = [
    ['connections.total', { connections: { total: 1 } }, get(), 503, 'connections-total'],
    ['connections.perAddress', { connections: { perAddress: 1 } }, get(), 503, 'connections-of-address'],
    ['heads.bytes', { heads: { bytes: '512B' } }, get('/', `X-A: ${'a'.repeat(600)}\r\n`), 431, 'head-bytes'],
    ['heads.fields', { heads: { fields: 10 } }, get('/', 'X-A: 1\r\n'.repeat(11)), 431, 'head-fields'],
    ['heads.target', { heads: { target: '64B' } }, get(`/${'a'.repeat(70)}`), 414, 'target-bytes'],
  ]

  test.each(caps)('limits.%s is what is configured', async (_, limits, bytes, status, cause) => {
    await using other = await connectRaw({ port: gateway.port })
    await other.send(get())
    expect((await other.response())?.status).toBe(200)
    expect(await statusOf(bytes)).toBe(200)
    const before = await refused(cause)

    await limit(limits)

    expect(await statusOf(bytes)).toBe(status)
    expect(await refused(cause)).toBe(before + 1)
  })

  test('limits.connections.pipelined is what is configured', async () => {
    await limit({ connections: { pipelined: 3 } })
    await using client = await connectRaw({ port: gateway.port })
    await client.send(get('/silent'))
    await expect.poll(() => upstream.requests.at(-1)?.target).toBe('/silent')

    for (let i = 0; i < 20; i++) await client.send(get())

    expect(await client.closes()).toBe(true)
    expect(await refused('pipelined')).toBe(1)
  })

  test('limits.connections.tunnels is what is configured', async () => {
    await using first = await connectRaw({ port: gateway.port })
    await first.send(handshake)
    await expect.poll(() => first.received()).toMatch(/^HTTP\/1\.1 101 /)

    await limit({ connections: { tunnels: 1 } })
    expect(await statusOf(handshake)).toBe(503)
    expect(await refused('tunnels-total')).toBe(1)

    first.close()
    await expect.poll(() => tunnels()).toBe(true)
  })

  test('a route’s bodyLimit is what is configured', async () => {
    expect(await statusOf(`POST /small HTTP/1.1\r\n${host}Content-Length: 9\r\n\r\nnine char`)).toBe(413)
    expect(await refused('body-bytes')).toBe(1)
  })
})

describe('limits.deadlines', () => {
  test.each([
    ['head', { head: '5s' }, 'GET / HT'],
    ['body', { body: '5s' }, `POST /late HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhe`],
  ] as const)('%s: whoever takes longer is told 408', async (key, deadlines, bytes) => {
    await limit({ deadlines })
    await using client = await connectRaw({ port: gateway.port })
    await client.send(bytes)

    // Shorter than the deadlines that stand by default, and again where the bytes were still on their way.
    await expect
      .poll(() => {
        clock.advance(6500)
        return client.responses.map(({ status }) => status)
      })
      .toEqual([408])
    expect(await refused(`${key}-deadline`)).toBe(1)
  })

  test('idle: a connection without a request is closed', async () => {
    await limit({ deadlines: { idle: '5s' } })
    await using client = await connectRaw({ port: gateway.port })
    await client.send(get())
    expect((await client.response())?.status).toBe(200)

    clock.advance(7000)

    expect(await client.closes()).toBe(true)
  })
})

test('an operator who asks for the receipt is told the rule and what helps, the client is not', async () => {
  const answer = await exchange({ port: gateway.port }, get(`/${'a'.repeat(9000)}`))
  const body = `${answer?.body}`
  const receipt = /Receipt: (\S+)/.exec(body)?.[1] ?? ''

  expect(body).not.toContain('target-bytes')
  const told = async () => {
    clock.advance(2000) // receipts are kept once a second
    const { out, err } = await gateway.cli('explain', receipt)
    return out + err
  }
  await expect.poll(told, { timeout: 20_000 }).toContain('limits.heads.target')
  expect((await gateway.cli('explain', receipt)).out).toContain('rule       target-bytes (RFC 9110')
})
