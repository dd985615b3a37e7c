import { describe, expect, test } from 'vitest'
import type { Exchange, ExchangeEnd } from '../../src/wire/exchange.ts'
import { Http2Meter } from '../../src/wire/http2-meter.ts'
import { http2Defaults } from '../../src/wire/http2-options.ts'
import { networks, type RoomsSetup } from '../proxy/rooms.ts'
import {
  codes,
  connectFrames,
  dataFrame,
  flags,
  frame,
  frameTypes,
  headerBlock,
  headersFrame,
  number32,
  requestFields,
} from '../support/http2-frames.ts'
import { startHttp2Rooms } from '../support/http2-rooms.ts'
import { connectRaw } from '../support/raw-http.ts'
import { createTestClock } from '../support/test-clock.ts'
import { startTlsEntrance } from './entrance.ts'

const get = requestFields()
const post = requestFields({ ':method': 'POST' })
const limits = { headMs: 10_000, keepAliveMs: 60_000, sendIdleMs: 20_000, bodyIdleMs: 30_000 }

async function startWithClock(setup: RoomsSetup = {}) {
  const clock = createTestClock()
  const rig = await startHttp2Rooms({ clock, limits, handler: one => one.answer(200, [], 'ok'), ...setup })
  return Object.assign(rig, { clock })
}

/** A handler that hands out what it gets. */
function opened() {
  const waiting: Exchange[] = []
  let tell: (() => void) | null = null
  const next = async (): Promise<Exchange> => {
    while (waiting.length === 0) await new Promise<void>(resolve => (tell = resolve))
    const one = waiting.shift()
    if (one === undefined) throw new Error('nothing was opened')
    return one
  }
  return {
    next,
    handler(one: Exchange) {
      waiting.push(one)
      tell?.()
    },
  }
}

const endOf = (exchange: Exchange) => new Promise<ExchangeEnd>(resolve => exchange.onEnd(resolve))

describe('a connection', () => {
  test('that says nothing ends after the time for a head, and is counted', async () => {
    await using rig = await startWithClock()
    await using client = await rig.connect()
    await client.settle()
    rig.clock.advance(9000)
    expect(await client.settle()).toBe(true)
    rig.clock.advance(3000)
    expect(await client.goawayCode()).toBe(codes.noError)
    expect(rig.rooms.refused.map(({ fault }) => fault.code)).toEqual(['request_timeout'])
    await client.closed
  })

  test('whose first head never ends is no better', async () => {
    await using rig = await startWithClock()
    await using client = await rig.connect()
    await client.send(frame(frameTypes.headers, flags.endStream, 1, headerBlock(get)))
    for (let i = 0; i < 4; i++) {
      await client.send(frame(frameTypes.continuation, 0, 1, headerBlock([['x-a', 'b']])))
      rig.clock.advance(3000)
    }
    rig.clock.advance(5000)
    await client.closed
    expect(rig.rooms.served).toEqual([])
  })

  test('that was used ends after the time for keeping it, and not before', async () => {
    await using rig = await startWithClock()
    await using client = await rig.connect()
    await client.send(headersFrame(1, get))
    expect(await client.status(1)).toBe(200)
    rig.clock.advance(50_000)
    await client.send(headersFrame(3, get))
    expect(await client.status(3)).toBe(200)
    rig.clock.advance(50_000)
    expect(await client.settle()).toBe(true)
    rig.clock.advance(12_000)
    expect(await client.goawayCode()).toBe(codes.noError)
    expect(rig.rooms.refused).toEqual([])
  })

  test('counts with those of HTTP/1.1 of the same address', async () => {
    await using rig = await startWithClock({ limits: { ...limits, connectionsPerAddressMax: 2 } })
    await using _first = await rig.connect()
    await using second = await rig.connect()
    expect(rig.rooms.listener.connections).toBe(2)
    await expect(connectRaw({ port: rig.port }).then(async one => (await one.closes()) && 'ended')).resolves.toBe(
      'ended',
    )
    await second.send(headersFrame(1, get))
    expect(await second.status(1)).toBe(200)
  })

  test('ends with a GOAWAY when the gateway stops; what is in progress comes to its end', async () => {
    const { next, handler } = opened()
    await using rig = await startWithClock({ handler })
    await using client = await rig.connect()
    await using idle = await rig.connect()
    await client.send(headersFrame(1, get))
    const exchange = await next()
    const writer = exchange.begin(200, '', [])
    writer.write(Buffer.from('first'))
    await client.status(1)

    const closing = rig.rooms.listener.close(60_000)

    expect(await client.goawayCode()).toBe(codes.noError)
    expect(await idle.goawayCode()).toBe(codes.noError)
    writer.write(Buffer.from('last'))
    writer.end()
    const last = await client.until(
      ({ stream, type, flags: set }) => stream === 1 && type === frameTypes.data && set === 1,
    )
    expect(last).not.toBeNull()
    client.socket.end()
    idle.socket.end()
    await closing
  })

  test('is cut when the time to stop is over, tunnels of events too', async () => {
    const { next, handler } = opened()
    await using rig = await startWithClock({ handler })
    await using client = await rig.connect()
    await client.send(headersFrame(1, get))
    const exchange = await next()
    const end = endOf(exchange)
    exchange.begin(200, '', []).write(Buffer.from('event'))
    const closing = rig.rooms.listener.close(5000)
    rig.clock.advance(5000)
    await closing
    await client.closed
    expect(await end).toMatchObject({ complete: false })
  })
})

describe('a stream', () => {
  test('whose body does not come is answered 408', async () => {
    const { next, handler } = opened()
    await using rig = await startWithClock({ handler })
    await using client = await rig.connect()
    await client.send(headersFrame(1, post, { body: true }), dataFrame(1, 'some', { end: false }))
    const exchange = await next()
    const failed = new Promise<Error>(resolve => exchange.body.on('error', resolve))
    await new Promise(resolve => exchange.body.once('data', resolve))
    rig.clock.advance(29_000)
    expect(exchange.body.errored).toBeNull()
    rig.clock.advance(3000)
    expect(await failed).toMatchObject({ code: 'request_timeout' })
  })

  test('whose window stays shut is cut, and its connection goes on', async () => {
    const { next, handler } = opened()
    await using rig = await startWithClock({ handler })
    await using client = await rig.connect({ settings: [[4, 0]] })
    await client.send(headersFrame(1, get), headersFrame(3, get))
    const exchange = await next()
    const other = await next()
    const end = endOf(exchange)
    exchange.answer(200, [], 'a body that nobody takes')
    expect(await client.status(1)).toBe(200)
    rig.clock.advance(15_000)
    expect(client.frames.some(({ type }) => type === frameTypes.reset)).toBe(false)
    rig.clock.advance(10_000)
    expect(await client.resetCode(1)).toBe(codes.internalError)
    expect(await end).toMatchObject({ complete: false })
    other.answer(204, [], '')
    expect(await client.status(3)).toBe(204)
  })

  test('that is read slowly, but is read, goes on', async () => {
    const { next, handler } = opened()
    await using rig = await startWithClock({ handler })
    await using client = await rig.connect({ settings: [[4, 1000]] })
    await client.send(headersFrame(1, get))
    const exchange = await next()
    const writer = exchange.begin(200, '', [])
    for (let i = 0; i < 10; i++) {
      writer.write(Buffer.alloc(1000))
      await client.settle()
      rig.clock.advance(15_000)
      await client.send(frame(frameTypes.windowUpdate, 0, 1, number32(1000)))
      await client.settle()
    }
    writer.end()
    const last = await client.until(({ stream, type, flags: set }) => stream === 1 && type <= 3 && (set & 1) !== 0)
    expect(last?.type).toBe(frameTypes.data)
  })

  test('above the bound for one address is told to come again', async () => {
    await using rig = await startWithClock({ limits: { ...limits, connectionsPerAddressMax: 5 }, handler: () => {} })
    await using client = await rig.connect()
    for (let i = 0; i < 5; i++) await client.send(headersFrame(i * 2 + 1, get))
    await client.send(headersFrame(11, get))
    expect(await client.status(11)).toBe(503)
    expect(rig.rooms.refused.map(({ fault }) => fault.rule)).toEqual(['http2-streams-of-address'])
    await client.send(frame(frameTypes.reset, 0, 1, number32(codes.cancel)), headersFrame(13, get))
    await client.settle()
    expect(rig.rooms.served.length).toBe(6)
  })

  test('beside others does not bring more than 100 of them at a time', async () => {
    await using rig = await startWithClock({ handler: () => {} })
    await using client = await rig.connect()
    const settings = await client.until(({ type, flags: set }) => type === frameTypes.settings && set === 0)
    expect(settings?.payload.toString('hex')).toContain('000300000064')
    await client.send(...Array.from({ length: 101 }, (_, i) => headersFrame(i * 2 + 1, get)))
    await client.closed
    expect(rig.rooms.served.length).toBe(100)
  })
})

test('more streams than any page needs end the connection, each having been answered', async () => {
  await using rig = await startWithClock()
  await using client = await rig.connect()
  const { burst } = http2Defaults.floods.streams
  for (let i = 0; i <= burst + 100; i += 100) {
    await client.send(
      ...Array.from({ length: 100 }, (_, n) => headersFrame((i + n) * 2 + 1, requestFields({ ':method': 'HEAD' }))),
    )
    if (!(await client.settle())) break
  }
  expect(await client.goawayCode()).toBe(codes.enhanceYourCalm)
  expect(rig.rooms.refused.map(({ fault }) => fault.rule)).toEqual(['http2-opened'])
  expect(rig.rooms.served.length).toBe(burst)
  rig.clock.advance(5000)
  await client.closed
})

test('a proxy of ours speaks for many, and may open as many as it likes', async () => {
  await using rig = await startWithClock({ trusted: ['127.0.0.1/32'] })
  await using client = await rig.connect()
  const { burst } = http2Defaults.floods.broken
  for (let i = 0; i <= burst + 100; i += 50) {
    const ids = Array.from({ length: 50 }, (_, n) => (i + n) * 2 + 1)
    await client.send(...ids.map(id => headersFrame(id, requestFields({ ':authority': 'evil.test' }))))
    if (!(await client.settle())) break
  }
  expect(await client.settle()).toBe(true)
})

test.each([
  ['networks', networks(['127.0.0.0/8'])],
  ['a count', { hops: 1 }],
])('whom a proxy names on the connection is one client, though an address of %s', async (_, trusted) => {
  const clock = createTestClock()
  const limits = { connectionsPerAddressMax: 2 }
  const proxies = { trusted, mode: 'proxy-protocol' } as const
  const options = { clock, proxies, limits, http2: true, handler: () => {} }
  await using entrance = await startTlsEntrance(options)
  await using client = await connectFrames(entrance.port, { before: 'PROXY TCP4 127.0.0.9 127.0.0.1 1 443\r\n' })
  await client.send(...[1, 3, 5].map(id => headersFrame(id, get)))
  expect(await client.status(5)).toBe(503)

  const { burst } = http2Defaults.floods.broken
  for (let i = 0; i <= burst + 100; i += 50) {
    const ids = Array.from({ length: 50 }, (_, n) => (i + n) * 2 + 7)
    await client.send(...ids.map(id => headersFrame(id, requestFields({ ':authority': '..' }))))
    if (!(await client.settle())) break
  }
  expect(await client.goawayCode()).toBe(codes.enhanceYourCalm)
})

describe('the meter', () => {
  const make = () => new Http2Meter(http2Defaults.floods, 0)
  const seconds = (count: number) => count * 1000

  test('lets a client go on for hours that does nothing but download', () => {
    const meter = make()
    let read = 0
    for (let i = 0; i < 10_000; i++) {
      for (let n = 0; n < 16; n++) meter.sent(64 * 1024)
      read += 16 * 4 * 26 // two windows for each frame of 16 KiB
      meter.judge(read, 0, seconds(i))
    }
    expect(meter.flood).toBeNull()
  })

  test('lets a client go on that pings now and then, and ends one that does it all the time', () => {
    const meter = make()
    for (let i = 0; i < 10_000; i++) meter.judge(i * 17, 0, seconds(i))
    expect(meter.flood).toBeNull()
    meter.judge(10_000 * 17 + 70_000, 0, seconds(10_000))
    expect(meter.flood).toBe('http2-idle-frames')
  })

  test('takes bodies for what they are, read or not', () => {
    const meter = make()
    meter.judge(1_000_000, 1_000_000, 0)
    meter.received(1_000_000)
    meter.judge(1_000_000, 0, 0)
    expect(meter.flood).toBeNull()
  })

  test('saves up no more than a few megabytes of good deeds', () => {
    const meter = make()
    for (let i = 0; i < 1000; i++) meter.sent(10_000_000)
    meter.judge(0, 0, 0)
    meter.judge(5_000_000, 0, 0)
    expect(meter.flood).toBe('http2-idle-frames')
  })

  test('forgives broken streams as time goes', () => {
    const meter = make()
    for (let i = 0; i < 10_000; i++) meter.broke(i * 60)
    expect(meter.flood).toBeNull()
    for (let i = 0; i < 400; i++) meter.broke(600_000)
    expect(meter.flood).toBe('http2-broken')
  })
})
