import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { openTunnel } from '../../src/proxy/tunnel.ts'
import { closeFrame } from '../../src/wire/ws-frames.ts'
import { createTestClock } from '../support/test-clock.ts'

// What goes through a tunnel leaves with the writes of a turn: these are about what happens within the turn.

test('what a client says in the turn in which it is cut reaches nobody', async () => {
  const { client, upstream, tunnel } = await openEnds()

  // Within a frame the upstream stays, until that has come to its end.
  upstream.push(hello.subarray(0, 3))
  client.push('after a revocation')
  tunnel.cut(4001, 'session ended')
  await nextTurn()
  upstream.push(hello.subarray(3))
  await nextTurn()

  expect(upstream.taken).toBe('')
  expect(client.taken).toBe(Buffer.concat([hello, closeFrame(4001, 'session ended')]).toString('latin1'))
})

test('what an application says before the cut goes ahead of the close frame, and none of it comes twice', async () => {
  const { client, upstream, tunnel } = await openEnds()

  upstream.push(hello)
  upstream.push(hello)
  tunnel.cut(4001, 'session ended')
  await nextTurn()

  const said = Buffer.concat([hello, hello, closeFrame(4001, 'session ended')])
  expect(client.taken).toBe(said.toString('latin1'))
})

test('last words reach the other side before its end', async () => {
  const { client, upstream } = await openEnds()

  upstream.push(hello)
  upstream.push(null)
  client.push('bye')
  client.push(null)
  await nextTurn()

  expect(client.taken).toBe(hello.toString('latin1'))
  expect(upstream.taken).toBe('bye')
})

test('who is not taken from rests until it is', async () => {
  const { client, upstream } = await openEnds({ takesAll: false })

  upstream.push(Buffer.alloc(100_000))
  await nextTurn()
  expect(upstream.isPaused()).toBe(true)

  client.takeRest()
  await nextTurn()
  expect(upstream.isPaused()).toBe(false)
})

/** A text frame as a server sends it. */
const hello = Buffer.from([0x81, 5, 0x68, 0x65, 0x6c, 0x6c, 0x6f])
const nextTurn = () => new Promise(resolve => setImmediate(resolve))

class End extends Duplex {
  taken = ''
  takeRest = () => {}
  readonly #takesAll: boolean

  constructor(takesAll: boolean) {
    super()
    this.#takesAll = takesAll
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.taken += chunk.toString('latin1')
    if (this.#takesAll) done()
    else this.takeRest = done
  }
}

async function openEnds({ takesAll = true } = {}) {
  const [client, upstream] = [new End(takesAll), new End(true)]
  const tunnel = openTunnel({ client, upstream, isWebSocket: true, clock: createTestClock(), idleMs: 0 })
  await nextTurn()
  return { client, upstream, tunnel }
}
