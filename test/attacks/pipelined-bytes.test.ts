import { expect, test } from 'vitest'
import { startRooms } from '../proxy/rooms.ts'
import { connectRaw } from '../support/raw-http.ts'
import { createTestClock } from '../support/test-clock.ts'

// What waits behind requests in service is bounded for one connection, and over all of them.

const head = 'GET / HTTP/1.1\r\nHost: gw.test\r\n'
const get = `${head}\r\n`
/** One head that is not whole: it may wait for its turn, and is no crowd of requests. */
const waiting = (bytes: number) => head + 'X-A: '.padEnd(bytes - head.length, 'a')

test('bytes that wait over all connections are bounded: who goes beyond is cut, who waits with little or nothing is not', async () => {
  const clock = createTestClock()
  await using rooms = await startRooms({ clock, limits: { pipelinedBytesMax: 40_000 }, handler: () => {} })
  const connect = () => connectRaw({ port: rooms.port })
  await using first = await connect()
  await using second = await connect()
  await using third = await connect()
  await using small = await connect()
  await using idle = await connect()
  for (const [i, client] of [first, second, third, small, idle].entries()) {
    await client.send(get)
    await expect.poll(() => rooms.served.length).toBe(i + 1)
  }
  for (const client of [first, second, third]) await client.send(waiting(16_000))
  await small.send(waiting(4000))

  await expect
    .poll(() => {
      clock.advance(1000)
      return rooms.refused.length
    })
    .toBe(1)

  expect(await third.closes()).toBe(true)
  expect(rooms.refused.map(({ fault }) => fault.rule)).toEqual(['pipelined'])
  clock.advance(5000)
  expect(rooms.refused.length).toBe(1)
  await expect.poll(() => rooms.listener.connections).toBe(4)
  for (const [i, one] of rooms.served.entries()) if (i !== 2) one.answer(204, [], '')
  for (const client of [first, second, small, idle]) expect((await client.response())?.status).toBe(204)
})
