import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SocketWriter } from '../../src/wire/socket-writer.ts'
import { listenOnLoopback } from '../support/listen.ts'

let near: Socket
let far: Socket
const server = createServer()

beforeEach(async () => {
  const port = await listenOnLoopback(server)
  const accepted = once(server, 'connection')
  near = connect(port, '127.0.0.1').on('error', () => {})
  await once(near, 'connect')
  far = (await accepted)[0]
})

afterEach(() => {
  near.destroy()
  far.destroy()
  server.close()
})

describe('what is said', () => {
  test('leaves in its order, texts and bytes', async () => {
    const writer = new SocketWriter(near)
    writer.write('one ')
    writer.write('two ')
    writer.pour(Buffer.from('three '), '')
    writer.write('four ')
    writer.pour(Buffer.from('five '), 'six ')
    writer.write('seven')
    writer.flush()
    near.end()

    let text = ''
    for await (const bytes of far.setEncoding('latin1')) text += bytes
    expect(text).toBe('one two three four five six seven')
  })

  test('leaves by itself in the same turn, and is held until then', async () => {
    const writer = new SocketWriter(near)
    writer.write('held')
    expect([writer.holds, near.bytesWritten]).toEqual([true, 0])

    await new Promise(resolve => setImmediate(resolve))

    expect([writer.holds, near.bytesWritten]).toEqual([false, 4])
  })

  test('does not grow: what is more than a little leaves at once', () => {
    const writer = new SocketWriter(near)
    for (let i = 0; i < 100; i++) writer.write('x'.repeat(1000))
    expect(near.bytesWritten).toBeGreaterThan(80_000)
  })
})

describe('whoever says more than is taken', () => {
  // A corked socket takes nothing.
  const full = () => near.cork()

  test('is told to wait by the very text that is too much: after it there may come none that could tell', () => {
    full()
    const writer = new SocketWriter(near)
    near.write(Buffer.alloc(near.writableHighWaterMark - 10))

    expect(writer.write('123456789')).toBe(true)
    expect(writer.write('0')).toBe(false)
    expect(near.writableNeedDrain).toBe(true)
  })

  test('is told again with each text', () => {
    full()
    const writer = new SocketWriter(near)
    near.write(Buffer.alloc(near.writableHighWaterMark))

    expect(writer.write('more')).toBe(false)
    expect(writer.holds).toBe(false)
  })

  test('is told so of bytes, too', () => {
    full()
    const writer = new SocketWriter(near)
    writer.write('head')
    expect(writer.pour(Buffer.alloc(near.writableHighWaterMark), '')).toBe(false)
  })
})
