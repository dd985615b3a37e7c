import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Http2RefusalCause } from '../../src/wire/http2-refusals.ts'
import {
  codes,
  dataFrame,
  flags,
  frame,
  frameTypes,
  headerBlock,
  headersFrame,
  indexed,
  indexedLiteral,
  number32,
  requestFields,
  resetFrame,
  settingsFrame,
} from '../support/http2-frames.ts'
import { type Http2Rig, startHttp2Rooms } from '../support/http2-rooms.ts'
import { createTestClock } from '../support/test-clock.ts'

// Clients that spend little and would have us spend much. Each comes to a clear end, and another client is served all the while.

const clock = createTestClock()
let rig: Http2Rig

beforeAll(async () => {
  rig = await startHttp2Rooms({ clock, limits: { headMs: 1_000_000 } })
})
afterAll(() => rig[Symbol.asyncDispose]())

const get = requestFields()
const post = requestFields({ ':method': 'POST' })
const nothing = Buffer.alloc(0)
const ping = frame(frameTypes.ping, 0, 0, Buffer.alloc(8))

/** Sent again and again, until the connection ends. */
type Wave = (round: number) => Buffer

interface Flood {
  readonly title: string
  /** Sent once. */
  readonly first?: readonly Buffer[]
  readonly wave: Wave
  /** What the GOAWAY says: ours, or the library's. */
  readonly code: number
  /** What the operator is told. */
  readonly cause: Http2RefusalCause
}

const repeat = (bytes: Buffer, times: number) => Buffer.concat(Array.from({ length: times }, () => bytes))
/** So many streams, each with these frames. */
const streams =
  (count: number, frames: (stream: number) => readonly Buffer[]): Wave =>
  round =>
    Buffer.concat(Array.from({ length: count }, (_, i) => frames((round * count + i) * 2 + 3)).flat())
const upload = headersFrame(1, post, { body: true })
const head = (stream: number, block: readonly Buffer[]) =>
  frame(frameTypes.headers, flags.endHeaders | flags.endStream, stream, Buffer.concat([headerBlock(get), ...block]))
const priorityOf = (parent: number) => Buffer.concat([number32(parent), Buffer.from([9])])
const { enhanceYourCalm: calm, protocolError, internalError, flowControlError, streamClosed } = codes

const floods: Flood[] = [
  { title: 'PING (CVE-2019-9512)', wave: () => repeat(ping, 1000), code: calm, cause: 'http2-idle-frames' },
  {
    title: 'SETTINGS (CVE-2019-9515)',
    wave: () => repeat(settingsFrame([[3, 100]]), 1000),
    code: calm,
    cause: 'http2-idle-frames',
  },
  { title: 'empty SETTINGS', wave: () => repeat(settingsFrame([]), 1000), code: calm, cause: 'http2-idle-frames' },
  {
    title: 'PRIORITY (CVE-2019-9513)',
    wave: round => repeat(frame(frameTypes.priority, 0, round * 2 + 5, priorityOf(1)), 1000),
    code: calm,
    cause: 'http2-idle-frames',
  },
  {
    title: 'WINDOW_UPDATE of the connection',
    wave: () => repeat(frame(frameTypes.windowUpdate, 0, 0, number32(1)), 1000),
    code: calm,
    cause: 'http2-idle-frames',
  },
  {
    title: 'WINDOW_UPDATE of a stream (CVE-2019-9511)',
    first: [upload],
    wave: () => repeat(frame(frameTypes.windowUpdate, 0, 1, number32(1)), 1000),
    code: calm,
    cause: 'http2-idle-frames',
  },
  {
    title: 'empty DATA (CVE-2019-9518)',
    first: [upload],
    wave: () => repeat(dataFrame(1, '', { end: false }), 1000),
    code: internalError,
    cause: 'http2-invalid-frames',
  },
  {
    title: 'DATA that is all padding',
    first: [upload],
    wave: () =>
      repeat(frame(frameTypes.data, flags.padded, 1, Buffer.concat([Buffer.from([200]), Buffer.alloc(200)])), 200),
    code: calm,
    cause: 'http2-idle-frames',
  },
  {
    title: 'frames that nobody knows',
    wave: () => repeat(frame(0xfa, 0, 0, Buffer.alloc(100)), 200),
    code: calm,
    cause: 'http2-idle-frames',
  },
  {
    title: 'resets (CVE-2023-44487)',
    wave: streams(100, id => [headersFrame(id, get), resetFrame(id)]),
    code: calm,
    cause: 'http2-broken',
  },
  {
    title: 'resets, all at once',
    wave: streams(1000, id => [headersFrame(id, get), resetFrame(id)]),
    code: internalError,
    cause: 'http2-rejected-streams',
  },
  {
    title: 'resets that we are made to send, by a window of nothing (CVE-2025-8671)',
    wave: streams(100, id => [headersFrame(id, get), frame(frameTypes.windowUpdate, 0, id, number32(0))]),
    code: protocolError,
    cause: 'http2-protocol',
  },
  {
    title: 'resets that we are made to send, by too large a window',
    wave: streams(100, id => [headersFrame(id, get), frame(frameTypes.windowUpdate, 0, id, number32(0x7fffffff))]),
    code: flowControlError,
    cause: 'http2-window',
  },
  {
    title: 'windows of the connection that overflow (CVE-2026-21714)',
    wave: () => repeat(frame(frameTypes.windowUpdate, 0, 0, number32(0x7fffffff)), 10),
    code: flowControlError,
    cause: 'http2-window',
  },
  {
    title: 'resets that we are made to send, by a body behind the end',
    wave: streams(100, id => [headersFrame(id, get), dataFrame(id, 'x')]),
    code: streamClosed,
    cause: 'http2-protocol',
  },
  {
    title: 'resets that we are made to send, by trailers that are malformed',
    wave: streams(100, id => [headersFrame(id, post, { body: true }), headersFrame(id, [[':path', '/']])]),
    code: internalError,
    cause: 'http2-invalid-frames',
  },
  {
    title: 'malformed heads',
    wave: streams(100, id => [headersFrame(id, [...get, [':path', '/']])]),
    code: internalError,
    cause: 'http2-invalid-frames',
  },
  {
    title: 'heads that are refused',
    wave: streams(100, id => [headersFrame(id, requestFields({ ':authority': 'evil.test' }))]),
    code: calm,
    cause: 'http2-broken',
  },
  {
    title: 'more streams than may be open',
    wave: streams(250, id => [headersFrame(id, get)]),
    code: protocolError,
    cause: 'http2-protocol',
  },
  {
    title: 'CONTINUATION (CVE-2024-27316, CVE-2024-28182)',
    first: [frame(frameTypes.headers, flags.endStream, 1, headerBlock(get))],
    wave: () => repeat(frame(frameTypes.continuation, 0, 1, headerBlock([['x-a', 'b'.repeat(100)]])), 10),
    code: internalError,
    cause: 'http2-continuation',
  },
  {
    title: 'empty CONTINUATION (CVE-2019-9518)',
    first: [frame(frameTypes.headers, flags.endStream, 1, headerBlock(get))],
    wave: () => repeat(frame(frameTypes.continuation, 0, 1, nothing), 100),
    code: internalError,
    cause: 'http2-continuation',
  },
  {
    title: 'heads that a table makes a thousand times larger (HPACK bombs)',
    first: [head(1, [indexedLiteral('x-a', 'a'.repeat(3900))])],
    wave: streams(20, id => [head(id, [repeat(indexed(62), 4000)])]),
    code: calm,
    cause: 'http2-idle-frames',
  },
  {
    title: 'fields without a name (CVE-2019-9516)',
    wave: streams(20, id => [head(id, [repeat(Buffer.from([0, 0, 0]), 2000)])]),
    code: calm,
    cause: 'http2-idle-frames',
  },
]

const wavesMax = 100

describe('a flood ends its connection, and nobody else is served later for it', () => {
  test.each(floods)('$title', async ({ first = [], wave, code, cause }) => {
    rig.rooms.forget()
    rig.upstream.forget()
    await using client = await rig.connect()
    await client.send(...first)

    let waves = 0
    for (; waves < wavesMax; waves++) {
      await client.send(wave(waves))
      clock.advance(1000)
      if (client.frames.some(({ type }) => type === frameTypes.goaway) || !(await client.settle())) break
    }

    expect(waves).toBeLessThan(wavesMax)
    // A connection that the library ends may be gone before the client has read why.
    expect([code, code === calm ? code : null]).toContain(await client.goawayCode())
    clock.advance(5000)
    await client.closed
    expect(rig.rooms.refused.at(-1)?.fault.rule).toBe(cause)
    expect(rig.arrived().length).toBeLessThan(320)
    await using other = await rig.connect()
    await other.send(headersFrame(1, get))
    expect(await other.status(1)).toBe(200)
  })
})
