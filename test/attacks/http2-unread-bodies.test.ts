import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../src/wire/exchange.ts'
import { connectFrames, dataFrame, frameTypes, headersFrame, requestFields } from '../support/http2-frames.ts'
import { createTestClock } from '../support/test-clock.ts'
import { startTlsEntrance } from '../wire/entrance.ts'

// Bodies that nobody reads yet: what each client may leave with us is bounded, and is no more than it looks.

const post = (path: string) => requestFields({ ':method': 'POST', ':path': path })
const readAllOf = (one: Exchange) => one.head.path === '/read' && one.body.resume()

async function start() {
  const clock = createTestClock()
  const entrance = await startTlsEntrance({ clock, http2: true, handler: one => void readAllOf(one) })
  return { entrance, clock, [Symbol.asyncDispose]: () => entrance[Symbol.asyncDispose]() }
}

describe('a byte that waits', () => {
  test('does not hold the megabytes that came with it', async () => {
    await using rig = await start()
    await using client = await connectFrames(rig.entrance.port)
    await client.send(headersFrame(1, post('/read'), { body: true }), headersFrame(3, post('/wait'), { body: true }))
    await client.settle()
    for (let i = 0; i < 20; i++)
      await client.send(dataFrame(1, 'x'.repeat(16_000), { end: false }), dataFrame(3, 'y', { end: false }))
    expect(await client.settle()).toBe(true)

    const waiting = rig.entrance.served.find(({ head }) => head.path === '/wait')
    const memories: number[] = []
    waiting?.body.on('data', ({ buffer }: Buffer) => memories.push(buffer.byteLength))
    await expect.poll(() => memories.length).toBe(20)
    expect(Math.max(...memories)).toBeLessThan(100)
  })
})

describe('what one address leaves unread', () => {
  test('is bounded over all of its connections; what goes beyond is broken off, and others stay', async () => {
    await using rig = await start()
    const clients = await Promise.all(Array.from({ length: 4 }, () => connectFrames(rig.entrance.port)))
    const ids = Array.from({ length: 100 }, (_, n) => n * 2 + 1)
    const window = Array.from({ length: 16 }, () => 'x'.repeat(16_000))
    for (const client of clients) {
      for (const id of ids) {
        await client.send(
          headersFrame(id, post('/wait'), { body: true }),
          ...window.map(text => dataFrame(id, text, { end: false })),
        )
      }
      expect(await client.settle()).toBe(true)
      rig.clock.advance(1000)
    }

    const ends = await Promise.all(clients.map(client => client.settle()))
    expect(ends).toEqual([true, true, true, true])
    const broken = clients.map(client => client.frames.filter(({ type }) => type === frameTypes.reset).length)
    expect(broken.slice(0, 2)).toEqual([0, 0])
    expect(broken[3]).toBe(100)
    expect(rig.entrance.refused.map(({ fault }) => fault.code)).toContain('busy')
    for (const client of clients) await client[Symbol.asyncDispose]()
  })
})
