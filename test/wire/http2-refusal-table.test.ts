import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/lib/address.ts'
import { readHttp2Head } from '../../src/wire/http2-head.ts'
import { http2Defaults } from '../../src/wire/http2-options.ts'
import { type Http2RefusalCause, http2Refusals } from '../../src/wire/http2-refusals.ts'
import type { MessageRule } from '../../src/wire/message-rule.ts'
import { statusOf } from '../../src/wire/refusals.ts'
import { networks, type RoomsSetup } from '../proxy/rooms.ts'
import {
  codes,
  dataFrame,
  type Field,
  type FrameClient,
  flags,
  frame,
  frameTypes,
  headerBlock,
  headersFrame,
  number32,
  requestFields,
  resetFrame,
} from '../support/http2-frames.ts'
import { startHttp2Rooms } from '../support/http2-rooms.ts'
import { createTestClock } from '../support/test-clock.ts'

// The rows of HTTP/2 in the table of refusals, each driven by frames over TLS through a real listener. What nghttp2 resets before anybody
// here sees it is put before our own reader, which stands behind it.

interface Example {
  /** Heads on the stream of a new connection, answered there. */
  readonly heads?: readonly (readonly Field[])[]
  /** Heads that the library lets nobody see. */
  readonly unseen?: readonly (readonly Field[])[]
  /** Frames that are sent once, and such that are sent again and again until the connection or the stream ends. */
  readonly flood?: { readonly first?: readonly Buffer[]; readonly wave?: (round: number) => Buffer }
  readonly setup?: RoomsSetup
}

const get = requestFields()
const post = requestFields({ ':method': 'POST' })
const without = (name: string) => get.filter(([other]) => other !== name)
const ping = frame(frameTypes.ping, 0, 0, Buffer.alloc(8))
const repeat = (bytes: Buffer, times: number) => Buffer.concat(Array.from({ length: times }, () => bytes))
const streams = (count: number, frames: (stream: number) => readonly Buffer[]) => (round: number) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => frames((round * count + i) * 2 + 3)).flat())
const unanswered = { handler: () => {} }

const examples: Readonly<Record<Http2RefusalCause, Example>> = {
  'http2-pseudo-field': {
    heads: [[...without(':authority'), ['host', 'gw.test']]],
    unseen: [
      without(':path'),
      [...get, [':path', '/admin']],
      [...get, [':protocol', 'websocket']],
      [...without(':path'), ['x-a', 'b'], [':path', '/']],
    ],
  },
  'http2-scheme': { heads: [requestFields({ ':scheme': 'http' })] },
  'http2-authority': {
    heads: [[...get, ['host', 'evil.test']]],
    unseen: [requestFields({ ':authority': 'gw.test@evil.test' }), [...get, ['host', 'gw.test'], ['host', 'gw.test']]],
  },
  'http2-field': {
    heads: [
      [...get, ['x-a', ' b']],
      [...get, ['x-a', 'b\t']],
    ],
    unseen: [
      [...get, ['X-A', 'b']],
      [...get, ['x a', 'b']],
    ],
  },
  'http2-connection-field': {
    unseen: [
      [...get, ['connection', 'x-auth-user']],
      [...get, ['transfer-encoding', 'chunked']],
      [...get, ['te', 'gzip']],
    ],
  },
  'http2-length': { unseen: [[...post, ['content-length', '5']]] },
  'http2-streams-total': {
    setup: { ...unanswered, limits: { connectionsMax: 1 } },
    flood: { first: [headersFrame(3, get), headersFrame(1001, get)] },
  },
  'http2-streams-of-address': {
    setup: { ...unanswered, limits: { connectionsPerAddressMax: 1 } },
    flood: { first: [headersFrame(3, get), headersFrame(1001, get)] },
  },
  'http2-opened': {
    setup: { limits: { http2: limited({ streams: { burst: 10, perSecond: 1 } }) } },
    flood: { wave: streams(4, id => [headersFrame(id, get)]) },
  },
  'http2-broken': { flood: { wave: streams(50, id => [headersFrame(id, get), resetFrame(id)]) } },
  'http2-idle-frames': { flood: { wave: () => repeat(ping, 900) } },
  'http2-unread': {
    setup: { ...unanswered, limits: { http2: { ...http2Defaults, unreadPerAddressMax: 100 } } },
    flood: { first: [headersFrame(1001, post, { body: true }), dataFrame(1001, 'x'.repeat(1000), { end: false })] },
  },
  'http2-continuation': {
    flood: {
      first: [
        frame(frameTypes.headers, flags.endStream, 1, headerBlock(get)),
        ...repeated(9, frame(frameTypes.continuation, 0, 1, headerBlock([['x-a', 'b']]))),
      ],
    },
  },
  'http2-invalid-frames': { flood: { wave: streams(50, id => [headersFrame(id, [...get, [':path', '/']])]) } },
  'http2-rejected-streams': { flood: { wave: streams(1000, id => [headersFrame(id, get), resetFrame(id)]) } },
  'http2-window': { flood: { first: repeated(10, frame(frameTypes.windowUpdate, 0, 0, number32(0x7fffffff))) } },
  'http2-protocol': { flood: { first: [frame(frameTypes.windowUpdate, 0, 0, number32(0))] } },
}

describe('every rule of HTTP/2 refuses what breaks it, by its name and with its status or code', () => {
  test.each(Object.entries(examples))('%s', async (cause, { heads = [], unseen = [], flood, setup = {} }) => {
    const seen = unseen.map(readUnseen)
    for (const fields of heads) seen.push(await ask(fields, setup))
    if (flood !== undefined) seen.push(await sendAgain(flood, setup))

    expect(seen.length).toBeGreaterThan(0)
    for (const one of seen) expect(one).toEqual({ cause, ending: expect.toBeOneOf(endingsOf(cause)) })
  })
})

test.each(['unreadMax', 'unreadPerAddressMax'])('bodies that nobody reads are broken off beyond %s', async bound => {
  const clock = createTestClock()
  const limits = { http2: { ...http2Defaults, [bound]: 100 } }
  await using rig = await startHttp2Rooms({ clock, limits, ...unanswered })
  await using client = await rig.connect()
  await client.send(headersFrame(1, post, { body: true }), dataFrame(1, 'x'.repeat(1000), { end: false }))
  await client.settle()

  clock.advance(1000)

  expect(await client.resetCode(1)).toBe(codes.internalError)
})

// As docs/refusals.md says it.
test.each<[what: string, fields: readonly Field[], code: number]>([
  ['a name in upper case', [...get, ['X-A', 'b']], codes.protocolError],
  ['a missing path', without(':path'), codes.protocolError],
  ['a path with a space', requestFields({ ':path': '/ /' }), codes.protocolError],
  ['a field of a connection', [...get, ['connection', 'close']], codes.protocolError],
  ['two lengths', [...post, ['content-length', '0'], ['content-length', '0']], codes.protocolError],
  ['more than 512 fields', [...get, ...repeated<Field>(600, ['a', 'b'])], codes.enhanceYourCalm],
  [
    'more than twice as many bytes as a head may have',
    [...get, ['a', 'b'.repeat(15_000)], ...repeated<Field>(3, ['a', 'b'.repeat(300)])],
    codes.enhanceYourCalm,
  ],
])('%s is reset by the library, and nobody is told', async (_, fields, code) => {
  await using rig = await startHttp2Rooms({ limits: { headBytesMax: 7000 } })
  await using client = await rig.connect()
  await client.send(headersFrame(1, fields))
  expect(await client.resetCode(1)).toBe(code)
  expect(await client.settle()).toBe(true)
  expect(rig.rooms.refused).toEqual([])
})

test('a client that ends its connection itself, and says why, is not refused', async () => {
  await using rig = await startHttp2Rooms()
  await using client = await rig.connect()
  await client.send(frame(frameTypes.goaway, 0, 0, Buffer.concat([number32(0), number32(codes.internalError)])))
  await client.closed
  expect(rig.rooms.refused).toEqual([])
})

test('a client that takes nothing of its answer, or sends nothing of its body behind one that has begun, is cut and told of by its request', async () => {
  const clock = createTestClock()
  const limits = { sendIdleMs: 20_000, bodyIdleMs: 30_000 }
  await using rig = await startHttp2Rooms({
    clock,
    limits,
    handler(one) {
      if (one.head.method === 'POST') one.body.resume()
      one.begin(200, '', []).write(Buffer.alloc(100))
    },
  })
  await using stalled = await rig.connect({ settings: [[4, 0]] })
  await using starved = await rig.connect()
  await stalled.send(headersFrame(1, requestFields({ ':path': '/stalled' })))
  await starved.send(headersFrame(1, requestFields({ ':method': 'POST', ':path': '/starved' }), { body: true }))
  expect([await stalled.status(1), await starved.status(1)]).toEqual([200, 200])

  await expect
    .poll(() => {
      clock.advance(10_000)
      return rig.rooms.refused.length
    })
    .toBe(2)

  expect(rig.rooms.refused.map(({ fault, partial }) => [fault.rule, partial.target])).toEqual([
    ['send-deadline', '/stalled'],
    ['body-deadline', '/starved'],
  ])
  expect(await stalled.resetCode(1)).toBe(codes.internalError)
})

interface Seen {
  readonly cause: string
  readonly ending: string
}

function endingsOf(cause: string): readonly string[] {
  const row: MessageRule | undefined = Object.entries(http2Refusals).find(([name]) => name === cause)?.[1]
  if (row?.frame === undefined) return [String(statusOf(cause as Http2RefusalCause))] // because examples have its keys
  const code = /^(GOAWAY|RST_STREAM) ([A-Z_]+)$/.exec(row.frame)
  if (code === null) return ['GOAWAY PROTOCOL_ERROR']
  // A connection that the library ends may be gone before the client has read why.
  return row.frame.includes('CALM') || code[1] === 'RST_STREAM' ? [row.frame] : [row.frame, 'the end']
}

const names = new Map<number, string>([
  [codes.protocolError, 'PROTOCOL_ERROR'],
  [codes.internalError, 'INTERNAL_ERROR'],
  [codes.flowControlError, 'FLOW_CONTROL_ERROR'],
  [codes.enhanceYourCalm, 'ENHANCE_YOUR_CALM'],
])

function readUnseen(fields: readonly Field[]): Seen {
  const peer = parseAddress('192.0.2.1')
  if (peer === null) throw new Error('no address')
  const rules = {
    proxies: { trusted: networks([]), mode: 'x-forwarded-for' as const },
    ...{ targetBytesMax: 8192, fieldsMax: 100, serves: () => true },
  }
  const about = { peer, secure: true, named: null, transport: new Socket() }
  const reading = readHttp2Head(fields.flat(), { endsStream: true, headBytesMax: 16_384 }, about, rules)
  if (reading.kind !== 'refused') throw new Error('it was let through')
  return { cause: reading.fault.rule ?? '', ending: String(reading.fault.status) }
}

async function ask(fields: readonly Field[], setup: RoomsSetup): Promise<Seen> {
  await using rig = await startHttp2Rooms(setup)
  await using client = await rig.connect()
  await client.send(headersFrame(1, fields))
  const status = await client.status(1)
  return { cause: rig.rooms.refused.map(({ fault }) => fault.rule).join(), ending: String(status) }
}

const wavesMax = 100

async function sendAgain({ first = [], wave }: NonNullable<Example['flood']>, setup: RoomsSetup): Promise<Seen> {
  const clock = createTestClock()
  await using rig = await startHttp2Rooms({ clock, ...setup, limits: { headMs: 1_000_000, ...setup.limits } })
  await using client = await rig.connect()
  await client.send(...first)
  for (let round = 0; round < wavesMax && (await client.settle()); round++) {
    if (wave !== undefined) await client.send(wave(round))
    clock.advance(1000)
    if (rig.rooms.refused.length > 0) break
  }
  await expect.poll(() => rig.rooms.refused.length).toBe(1)
  return { cause: rig.rooms.refused.map(({ fault }) => fault.rule).join(), ending: await endingOf(client) }
}

/** What came of stream 1001, or of the connection: the first of both. */
async function endingOf(client: FrameClient): Promise<string> {
  const end = await client.until(
    ({ type, stream }) =>
      type === frameTypes.goaway || (stream === 1001 && [frameTypes.headers, frameTypes.reset].includes(type as 1)),
  )
  if (end === null) return 'the end'
  if (end.type === frameTypes.headers) return String(await client.status(1001))
  const [word, at] = end.type === frameTypes.goaway ? (['GOAWAY', 4] as const) : (['RST_STREAM', 0] as const)
  return `${word} ${names.get(end.payload.readUInt32BE(at))}`
}

function limited(floods: Partial<typeof http2Defaults.floods>) {
  return { ...http2Defaults, floods: { ...http2Defaults.floods, ...floods } }
}

function repeated<Item>(times: number, item: Item): readonly Item[] {
  return Array.from({ length: times }, () => item)
}
