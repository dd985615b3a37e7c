import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { type Http2RefusalCause, http2Refusals } from '../../src/wire/http2-refusals.ts'
import { createListener, type ListenerOptions } from '../../src/wire/listener.ts'
import { type RefusalCause, refusals, statusOf } from '../../src/wire/refusals.ts'
import { alice, networks, type Rooms, type RoomsSetup, startRooms } from '../proxy/rooms.ts'
import { connectKeyUpdater } from '../support/key-updates.ts'
import { connectRaw, exchange, type RawConnection } from '../support/raw-http.ts'
import { startRecordingUpstream } from '../support/recording-upstream.ts'
import { startStubbornClient } from '../support/stubborn-client.ts'
import { createTestAuthority } from '../support/test-authority.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'

// The table of src/wire/refusals.ts, each row driven by at least one message through a real listener, and answers by a real upstream. Those
// of HTTP/2 are driven in http2-refusal-table.test.ts.

const host = 'Host: gw.test\r\n'
const get = (target: string, fields = '') => `GET ${target} HTTP/1.1\r\n${host}${fields}\r\n`
const post = (fields: string, body = '') => `POST / HTTP/1.1\r\n${host}${fields}\r\n${body}`
const chunked = (body: string) => post('Transfer-Encoding: chunked\r\n', body)
const ok = (fields: string, body = 'ok') => `HTTP/1.1 200 OK\r\n${fields}\r\n${body}`
const handshake = (key = 'dGhlIHNhbXBsZSBub25jZQ==') =>
  get('/ws', `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`)

/** What came of an offence: null stands for a connection that was cut without an answer. */
interface Seen {
  readonly status: number | null
  readonly cause: string | undefined
}

interface Example {
  /** Bytes of a client, each on a connection of its own, or what a longer offence comes to. */
  readonly sends?: readonly string[]
  /** Bytes of an upstream, each as the answer to a request of its own. */
  readonly answers?: readonly string[]
  readonly setup?: RoomsSetup
  readonly plays?: () => Promise<Seen>
  /** What it is answered where nothing can be answered any more. */
  readonly cut?: true
}

const examples: Readonly<Record<Exclude<RefusalCause, Http2RefusalCause>, Example>> = {
  'connections-total': { sends: [get('/')], setup: { limits: { connectionsMax: 0 } } },
  'connections-of-address': { sends: [get('/')], setup: { limits: { connectionsPerAddressMax: 0 } } },
  'head-bytes': { sends: [get('/', `X-A: ${'a'.repeat(17_000)}\r\n`), get('/', 'X-A: aaaaaaaa\r\n'.repeat(2000))] },
  'head-fields': { sends: [get('/', 'X-A: 1\r\n'.repeat(100)), get('/', 'A:\r\n'.repeat(2000))] },
  'target-bytes': { sends: [get(`/${'a'.repeat(8192)}`), get(`/?${'a'.repeat(200_000)}`), `GET /${'a'.repeat(9000)}`] },
  'body-bytes': {
    sends: [post('Content-Length: 11\r\n', 'hello world'), chunked('b\r\nhello world\r\n0\r\n\r\n')],
    setup: { route: { bodyBytesMax: 10 } },
  },
  'body-overhead': { sends: [chunked(`1;${'a'.repeat(40_000)}\r\nx\r\n`), chunked(`0\r\n${'A: b\r\n'.repeat(9000)}`)] },
  pipelined: { plays: pipelines, cut: true },
  'tunnels-total': { sends: [handshake()], setup: { tunnelCaps: { total: 0 } } },
  'tunnels-of-session': { sends: [handshake()], setup: { tunnelCaps: { perSession: 0 }, identity: () => alice } },
  'tunnels-of-account': { sends: [handshake()], setup: { tunnelCaps: { perAccount: 0 }, identity: () => alice } },
  'upstream-connections': { plays: crowdsTheUpstream },
  'head-deadline': { plays: () => isLate('GET / HTTP/1.1\r\nHost: gw') },
  'body-deadline': { plays: () => isLate(post('Content-Length: 5\r\n', 'he')) },
  'send-deadline': { plays: readsNothing, cut: true },
  'proxy-peer': { plays: () => atTheDoor({ proxies: namedBy([]) }, get('/')), cut: true },
  'proxy-header': { plays: () => atTheDoor({ proxies: namedBy(['127.0.0.1']) }, get('/')), cut: true },
  'plain-http': { plays: () => atTheDoor({ certificates: () => certificates }, get('/')) },
  'key-changes': { plays: changesKeys, cut: true },
  'request-line': {
    sends: [
      `GET\t/\tHTTP/1.1\r\n${host}\r\n`,
      `GET / http/1.1\r\n${host}\r\n`,
      `BREW / HTTP/1.1\r\n${host}\r\n`,
      `GET /a b HTTP/1.1\r\n${host}\r\n`,
    ],
  },
  'http2-preface': { sends: ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'] },
  'field-line': {
    sends: [
      get('/', 'X-A : 1\r\n'),
      get('/', 'X-A: 1\r\n folded\r\n'),
      get('/', 'X-A: 1\n'),
      get('/', 'X-A: a\rb\r\n'),
      get('/', 'X-A: a\0b\r\n'),
      get('/', 'X-A\r\n'),
    ],
  },
  'chunk-framing': {
    sends: ['0x5', '+5', '-5', ' 5', '', '5g', '5\n', '5\r', 'FFFFFFFFFFFFFFFFF5'].map(size =>
      chunked(`${size}\r\nhello\r\n0\r\n\r\n`),
    ),
  },
  'body-broken-off': { plays: leaves, cut: true },
  version: {
    sends: [
      `GET / HTTP/1.2\r\n${host}\r\n`,
      `GET / HTTP/2.0\r\n${host}\r\n`,
      `GET / HTTP/1.1 x\r\n${host}\r\n`,
      `GET / HTTP/0.9\r\n${host}\r\n`,
    ],
  },
  'method-refused': {
    sends: [`TRACE / HTTP/1.1\r\n${host}\r\n`, 'CONNECT gw.test:80 HTTP/1.1\r\nHost: gw.test:80\r\n\r\n'],
  },
  'method-unknown': { sends: [`SOURCE / HTTP/1.1\r\n${host}\r\n`] },
  'length-twice': {
    sends: ['5', '6'].map(other => post(`Content-Length: 5\r\nContent-Length: ${other}\r\n`, 'hello')),
  },
  'content-length': {
    sends: [
      ...['+5', '-5', '0x5', '5a', '5, 5', '', '9'.repeat(30)].map(length => post(`Content-Length: ${length}\r\n`)),
      post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
    ],
  },
  'transfer-coding': {
    sends: ['identity', 'xchunked', 'gzip, chunked', 'chunked, identity', '"chunked"', '']
      .map(coding => post(`Transfer-Encoding: ${coding}\r\n`, '0\r\n\r\n'))
      .concat(
        post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
        post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
      ),
  },
  'coding-in-1.0': { sends: [`POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`] },
  'field-twice': { sends: [get('/', host), get('/', 'Authorization: a\r\nauthorization: b\r\n')] },
  host: {
    sends: ['', 'gw.test, gw.test', 'user@gw.test', 'gw.test/x', 'gw.test:0', 'gw.test:65536', '[::1%25lo]'].map(
      hosted,
    ),
  },
  'host-not-served': { sends: ['evil.test', 'gw.test.', '127.0.0.2', '[::1]'].map(hosted) },
  expectation: { sends: [get('/', 'Expect: 200-ok\r\n')] },
  'handshake-key': { sends: [handshake('short')] },
  'via-loop': { sends: [get('/', 'Via: 1.1 sekisho, 1.1 sekisho\r\n')] },
  'target-form': {
    sends: ['http://gw.test/', '*'].map(target => `OPTIONS ${target} HTTP/1.1\r\n${host}\r\n`),
  },
  'target-bytes-forbidden': { sends: ['/a"b', '/a<b>', '/?a#b', '/a^b'].map(target => get(target)) },
  'target-escape': { sends: ['/%', '/%2', '/%zz'].map(target => get(target)) },
  'target-encoding': { sends: ['/%c0%af', '/%ff', '/%25252525252e'].map(target => get(target)) },
  'target-control': { sends: ['/%00', '/%0d%0aX:1', '/%5c', '/%255c'].map(target => get(target)) },
  'target-slash': { sends: ['/a%2fb', '/a%252Fb'].map(target => get(target)) },
  'target-segment': { sends: ['/a/../b', '/./a', '/a//b', '/%2e%2e/a', '/..;x/a'].map(target => get(target)) },
  'answer-syntax': {
    answers: ['not http at all\r\n\r\n', ok('X-A: a\rSet-Cookie: x=1\r\nContent-Length: 2\r\n')],
  },
  'answer-head-bytes': { answers: [ok(`X-A: ${'a'.repeat(70_000)}\r\nContent-Length: 2\r\n`)] },
  'answer-version': { answers: ['HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 'HTTP/0.9 200 OK\r\n\r\n'] },
  'answer-status': {
    answers: ['099', '600', '999', '2xx'].map(status => `HTTP/1.1 ${status} Odd\r\nContent-Length: 2\r\n\r\nok`),
  },
  'answer-coding-in-1.0': { answers: ['HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'] },
  'answer-switch': {
    answers: ['HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
  },
  'answer-interims': { answers: ['HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100)] },
  'answer-field': { answers: [ok('X-A: a\x01b\r\nContent-Length: 2\r\n'), ok('X-A : a\r\nContent-Length: 2\r\n')] },
  'answer-length': {
    answers: [ok('Content-Length: 2\r\nContent-Length: 40\r\n'), ok('Content-Length: 2\r\nContent-Length: 2\r\n')],
  },
  'answer-coding': {
    answers: [
      ok('Transfer-Encoding: gzip\r\n'),
      ok('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'),
      ok('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', '2\r\nok\r\n0\r\n\r\n'),
    ],
  },
}

describe('every rule of the table refuses what breaks it, by its name and with its status', () => {
  test.each(Object.entries(examples))('%s', async (cause, example) => {
    expect(isCause(cause)).toBe(true)
    const seen = await playAll(example)

    expect(seen.length).toBeGreaterThan(0)
    const wanted = { status: example.cut === true ? null : statusOf(cause as RefusalCause), cause }
    expect(seen).toEqual(seen.map(() => wanted))
  })
})

test('every row has an example, and every example a row', () => {
  const others = Object.keys(refusals).filter(cause => !Object.hasOwn(http2Refusals, cause))
  expect(Object.keys(examples).toSorted()).toEqual(others.toSorted())
})

test('every row says what it is, where it comes from and what helps', () => {
  for (const row of Object.values(refusals)) {
    expect(row.rule.length).toBeGreaterThan(10)
    expect(row.source).toMatch(/^(?:RFC [0-9]+ §|PROXY protocol §|CVE-|GHSA-|CWE-)/)
    expect(row.helps.length).toBeGreaterThan(20)
  }
})

const authority = createTestAuthority()
const issued = authority.issue({ names: ['gw.test'] })
const certificates = { fallback: { cert: issued.pem, key: issued.key }, find: () => null }

function namedBy(proxies: readonly string[]) {
  return { trusted: networks(proxies), mode: 'proxy-protocol' } as const
}

/** What comes before HTTP. */
async function atTheDoor(options: Partial<ListenerOptions>, bytes: string): Promise<Seen> {
  const causes: (string | undefined)[] = []
  const listener = createListener({
    clock: systemClock,
    proxies: { trusted: networks([]), mode: 'x-forwarded-for' },
    serves: () => true,
    handler: one => one.answer(200, [], ''),
    refused(fault) {
      causes.push(fault.rule)
      return undefined
    },
    ...options,
  })
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 })
  const answer = await exchange({ port: port ?? 0 }, bytes)
  await listener.close(0)
  return { status: answer?.status ?? null, cause: causes.join(', ') }
}

function isCause(text: string): text is RefusalCause {
  return Object.hasOwn(refusals, text)
}

function hosted(name: string): string {
  return `GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`
}

async function changesKeys(): Promise<Seen> {
  await using rooms = await startRooms({ http2: issued })
  await using client = await connectKeyUpdater(rooms.port)
  client.send(client.updates.next(40, false))
  await client.closed
  return { status: null, cause: causeOf(rooms) }
}

async function playAll({ sends = [], answers = [], setup = {}, plays }: Example): Promise<Seen[]> {
  const seen: Seen[] = plays === undefined ? [] : [await plays()]
  await using upstream = await startRecordingUpstream()
  await using rooms = await startRooms({ upstreamPort: upstream.port, ...setup })
  for (const bytes of sends) seen.push(await offend(rooms, bytes))
  expect(upstream.requests.filter(({ complete }) => complete)).toEqual([])
  for (const bytes of answers) {
    upstream.answer(() => ({ bytes }))
    seen.push(await offend(rooms, get('/')))
  }
  return seen
}

async function offend(rooms: Rooms, bytes: string): Promise<Seen> {
  rooms.forget()
  const answer = await exchange({ port: rooms.port }, bytes)
  return { status: answer?.status ?? null, cause: causeOf(rooms) }
}

/** The one rule that was told to the journal. */
function causeOf({ refused, faults }: Rooms): string | undefined {
  const rules = [...refused.map(({ fault }) => fault.rule), ...faults.map(({ rule }) => rule)]
  return rules.length === 1 ? rules[0] : `told ${rules.length} times: ${rules.join(', ')}`
}

async function endOf(rooms: Rooms, client: RawConnection): Promise<Seen> {
  const answer = await client.response()
  return { status: answer?.status ?? null, cause: causeOf(rooms) }
}

async function pipelines(): Promise<Seen> {
  await using rooms = await startRooms({ limits: { pipelinedMax: 5 }, handler: () => {} })
  await using client = await connectRaw({ port: rooms.port })
  await client.send(get('/first'))
  await expect.poll(() => rooms.served.length).toBe(1)
  for (let i = 0; i < 20; i++) await client.send(get(`/${i}`))
  return await endOf(rooms, client)
}

async function crowdsTheUpstream(): Promise<Seen> {
  const clock = createTestClock()
  await using upstream = await startRecordingUpstream()
  await using rooms = await startRooms({
    clock,
    upstreamPort: upstream.port,
    upstream: { connectionsMax: 1 },
    route: { timeouts: { headMs: 5000, bodyIdleMs: 0, tunnelIdleMs: 0 } },
  })
  await using first = await connectRaw({ port: rooms.port })
  await first.send(post('Content-Length: 5\r\n', 'he')) // keeps the only connection, for its body is on its way
  await expect.poll(() => upstream.heads.length).toBe(1)
  await using second = await connectRaw({ port: rooms.port })
  await second.send(get('/second'))
  await expect.poll(() => rooms.served.length).toBe(2)
  clock.advance(6000)
  return await endOf(rooms, second)
}

async function isLate(bytes: string): Promise<Seen> {
  const clock = createTestClock()
  await using upstream = await startRecordingUpstream()
  await using rooms = await startRooms({ clock, upstreamPort: upstream.port })
  await using client = await connectRaw({ port: rooms.port })
  await client.send(bytes)
  if (bytes.startsWith('POST')) await expect.poll(() => upstream.heads.length).toBe(1)
  else await expect.poll(() => rooms.listener.connections).toBe(1)
  await untilAnswered(client, clock)
  return await endOf(rooms, client)
}

/** The bytes may still be on their way when the clock moves: it moves until somebody notices. */
async function untilAnswered(client: RawConnection, clock: TestClock): Promise<void> {
  await expect
    .poll(() => {
      clock.advance(10_000)
      return client.responses.length
    })
    .toBe(1)
}

async function readsNothing(): Promise<Seen> {
  const clock = createTestClock()
  await using rooms = await startRooms({
    clock,
    handler(one) {
      const writer = one.begin(200, '', [])
      const pour = (): void => {
        while (writer.write(Buffer.alloc(256 * 1024)));
      }
      writer.onDrain(pour)
      pour()
    },
  })
  await using client = await startStubbornClient(rooms.port)
  client.send(get('/'))
  await expect.poll(() => rooms.served[0]?.began).toBe(true)
  await expect
    .poll(() => {
      clock.advance(30_000)
      return rooms.refused.length
    })
    .toBe(1)
  return { status: null, cause: causeOf(rooms) }
}

async function leaves(): Promise<Seen> {
  const errors: Error[] = []
  await using rooms = await startRooms({
    handler(one) {
      one.body.on('error', (error: Error) => errors.push(error))
      one.body.resume()
    },
  })
  await using client = await connectRaw({ port: rooms.port })
  await client.send(post('Content-Length: 5\r\n', 'he'))
  await expect.poll(() => rooms.served.length).toBe(1)
  const body = rooms.served[0]?.body
  client.fin()
  if (body !== undefined && !body.closed) await once(body, 'close').catch(() => {})
  const answer = await client.response()
  return { status: answer?.status ?? null, cause: (errors[0] as { rule?: string } | undefined)?.rule }
}
