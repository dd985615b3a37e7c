import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../src/wire/exchange.ts'
import { startRooms } from '../proxy/rooms.ts'
import { connectRaw } from '../support/raw-http.ts'
import { startStubbornClient } from '../support/stubborn-client.ts'
import { createTestClock } from '../support/test-clock.ts'

// Clients that leave something undone and wait: nothing of theirs stays for ever, and nothing of ours grows.

const get = (path: string, fields = '') => `GET ${path} HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n`
const refuse = (one: Exchange) => one.answer(403, [], 'no')

describe('a client that waits', () => {
  test('with the rest of a refused body is let go', async () => {
    const clock = createTestClock()
    await using rooms = await startRooms({ clock, handler: refuse })
    await using client = await connectRaw({ port: rooms.port })
    await client.send('POST /x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 5\r\n\r\nhe')
    expect((await client.response())?.status).toBe(403)

    for (let second = 0; second < 70; second++) clock.advance(1000)

    expect(await client.closes()).toBe(true)
  })

  test('with a dribble of a refused body is let go: a byte now and then is no progress', async () => {
    const clock = createTestClock()
    await using rooms = await startRooms({ clock, handler: refuse })
    await using client = await connectRaw({ port: rooms.port })
    await client.send('POST /x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 5000\r\n\r\nhe')
    expect((await client.response())?.status).toBe(403)

    for (let second = 0; second < 70; second++) {
      await client.send('x')
      await turn()
      clock.advance(1000)
    }

    expect(await client.closes()).toBe(true)
  })

  test('with the whole of a long last answer gets it, however slowly it reads', async () => {
    const clock = createTestClock()
    const size = 12 * 1024 * 1024
    await using rooms = await startRooms({ clock, handler: one => one.answer(200, [], Buffer.alloc(size, 'a')) })
    await using client = await startStubbornClient(rooms.port)
    client.send(get('/', 'Connection: close\r\n'))
    await client.untilStalled()

    for (let second = 0; second < 20; second++) clock.advance(1000)

    expect((await client.readAll()) - size).toBeGreaterThan(0)
  })

  test('and reads nothing of a last answer is cut in the end', async () => {
    const clock = createTestClock()
    await using rooms = await startRooms({
      clock,
      handler: one => one.answer(200, [], Buffer.alloc(12 * 1024 * 1024, 'a')),
    })
    await using client = await startStubbornClient(rooms.port)
    client.send(get('/', 'Connection: close\r\n'))
    await client.untilStalled()

    for (let second = 0; second < 400; second++) clock.advance(1000)

    await expect.poll(() => rooms.listener.connections).toBe(0)
  })

  test('and reads nothing of an answer after it has said its last is cut in the end', async () => {
    const clock = createTestClock()
    await using rooms = await startRooms({
      clock,
      handler: one => one.answer(200, [], Buffer.alloc(12 * 1024 * 1024, 'a')),
    })
    await using client = await startStubbornClient(rooms.port)
    client.send(get('/'))
    await client.untilStalled()
    client.fin()
    await client.untilStalled()

    for (let second = 0; second < 400; second++) clock.advance(1000)

    await expect.poll(() => rooms.listener.connections).toBe(0)
  })

  test('and has said its last gets the whole of its answer, however slowly it reads', async () => {
    const clock = createTestClock()
    const size = 12 * 1024 * 1024
    await using rooms = await startRooms({ clock, handler: one => one.answer(200, [], Buffer.alloc(size, 'a')) })
    await using client = await startStubbornClient(rooms.port)
    client.send(get('/'))
    await client.untilStalled()
    client.fin()
    await client.untilStalled()

    for (let second = 0; second < 20; second++) clock.advance(1000)

    expect((await client.readAll()) - size).toBeGreaterThan(0)
  })
})

describe('a client that asks and never reads', () => {
  test('is served no further than its answers can wait', async () => {
    let served = 0
    await using rooms = await startRooms({
      handler(one) {
        served += 1
        one.answer(403, [], 'n'.repeat(4000))
      },
    })
    await using client = await startStubbornClient(rooms.port)

    const piece = get('/').repeat(100)
    for (let sent = 0; sent < 4000; sent++) if (!(await client.sendOrStall(piece))) break

    // What the kernel takes of both sides, and a little of ours.
    expect(served * 4000).toBeLessThan(12 * 1024 * 1024)
    expect(await client.isStalled()).toBe(true)
  })

  test('gets every answer in order once it reads', async () => {
    await using rooms = await startRooms({ handler: one => one.answer(200, [], one.head.target + 'n'.repeat(4000)) })
    await using client = await startStubbornClient(rooms.port)
    const count = 3000
    client.send(Array.from({ length: count }, (_, i) => get(`/${i}.`)).join(''))
    await client.untilStalled()

    const text = await client.readUntil(`/${count - 1}.`)

    const order = [...text.matchAll(/\/([0-9]+)\.n/g)].map(([, number]) => Number(number))
    expect(order).toEqual(Array.from({ length: count }, (_, i) => i))
  })
})

test('other clients have their turn while one pipelines what is refused at once', async () => {
  let servedAtOnce = 0
  let most = 0
  await using rooms = await startRooms({
    handler(one) {
      servedAtOnce += 1
      most = Math.max(most, servedAtOnce)
      setImmediate(() => {
        servedAtOnce = 0
      })
      refuse(one)
    },
  })
  await using client = await connectRaw({ port: rooms.port })

  await client.send(get('/').repeat(900))

  for (let i = 0; i < 900; i++) expect((await client.response())?.status).toBe(403)
  expect(most).toBeLessThan(100)
})
