import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../src/wire/exchange.ts'
import { startRooms } from '../proxy/rooms.ts'
import { connectRaw } from '../support/raw-http.ts'
import { createTestClock } from '../support/test-clock.ts'

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: gw.test\r\n\r\n`

describe('connections of one address', () => {
  const limits = { connectionsPerAddressMax: 1 }

  test('over the cap are told to come back, and have a place again when another has ended', async () => {
    await using rooms = await startRooms({ limits, handler: one => one.answer(200, [], 'ok') })
    const first = await connectRaw({ port: rooms.port })
    await first.send(get('/'))
    expect((await first.response())?.status).toBe(200)

    await using second = await connectRaw({ port: rooms.port })
    expect((await second.response())?.status).toBe(503)
    expect(rooms.refused.map(({ fault }) => fault.message)).toEqual([
      'busy: connections-of-address: more connections at a time than one client address may have (more than 1)',
    ])
    second.close()
    first.close()
    await expect.poll(() => rooms.listener.connections).toBe(0)

    await using third = await connectRaw({ port: rooms.port })
    await third.send(get('/'))
    expect((await third.response())?.status).toBe(200)
  })

  test('are not counted for a trusted proxy: it speaks for many', async () => {
    await using rooms = await startRooms({ limits, trusted: ['127.0.0.1'], handler: one => one.answer(200, [], 'ok') })
    await using first = await connectRaw({ port: rooms.port })
    await using second = await connectRaw({ port: rooms.port })

    for (const client of [first, second]) {
      await client.send(get('/'))
      expect((await client.response())?.status).toBe(200)
    }
  })
})

describe('pipelined requests', () => {
  test('up to the cap are kept waiting', async () => {
    const held: Exchange[] = []
    await using rooms = await startRooms({ limits: { pipelinedMax: 5 }, handler: one => void held.push(one) })
    await using client = await connectRaw({ port: rooms.port })

    await client.send(Array.from({ length: 6 }, (_, i) => get(`/${i}`)).join(''))
    for (let i = 0; i < 6; i++) {
      await expect.poll(() => held.length).toBe(i + 1)
      held[i]?.answer(200, [], `/${i}`)
    }

    for (let i = 0; i < 6; i++) expect(`${(await client.response())?.body}`).toBe(`/${i}`)
  })

  test('over it are reported with what was too much', async () => {
    await using rooms = await startRooms({ limits: { pipelinedMax: 5 }, handler: () => {} })
    await using client = await connectRaw({ port: rooms.port })

    await client.send(get('/first'))
    await expect.poll(() => rooms.served.length).toBe(1)
    for (let i = 0; i < 20; i++) await client.send(get(`/${i}`))

    expect(await client.closes()).toBe(true)
    expect(rooms.refused.map(({ fault }) => fault.message)).toEqual([expect.stringMatching(/^busy: pipelined: /)])
  })

  test('of many bytes wait in the system, not in our memory', async () => {
    await using rooms = await startRooms({ handler: () => {} })
    await using client = await connectRaw({ port: rooms.port })
    await client.send(get('/held'))
    await expect.poll(() => rooms.served.length).toBe(1)

    // Far more than the buffers of the system on both sides take: without a bound all of it would be read.
    const sent = client.send(Buffer.alloc(64 * 1024 * 1024, 'x'))
    const settled = await Promise.race([sent.then(() => true), client.staysQuiet(300).then(() => false)])

    expect(settled).toBe(false)
    expect(client.isClosed).toBe(false)
  })
})

test('a body that comes byte by byte for ever is too slow', async () => {
  const clock = createTestClock()
  await using rooms = await startRooms({
    clock,
    async handler(one) {
      for await (const _ of one.body);
    },
  })
  await using client = await connectRaw({ port: rooms.port })
  await client.send('POST / HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 500\r\n\r\n')
  await expect.poll(() => rooms.served.length).toBe(1)
  await new Promise(setImmediate)

  // A byte every ten seconds: never idle, and nothing one could wait for.
  for (let i = 0; i < 4 && client.responses.length === 0; i++) {
    await client.send('x')
    await new Promise(resolve => setTimeout(resolve, 20))
    clock.advance(10_000)
  }

  expect((await client.response())?.status).toBe(408)
})

test('the rest of a refused body that never comes does not keep the connection', async () => {
  const clock = createTestClock()
  await using rooms = await startRooms({ clock, handler: one => one.answer(403, [], 'no') })
  await using client = await connectRaw({ port: rooms.port })
  await client.send('POST / HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 5\r\n\r\nhe')
  expect((await client.response())?.status).toBe(403)

  clock.advance(32_000)

  expect(await client.closes()).toBe(true)
})
