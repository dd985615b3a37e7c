import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AnswerReader, OutgoingRequest } from '../../src/proxy/sending.ts'
import { UpstreamConnection } from '../../src/proxy/upstream-connection.ts'
import { soon } from '../../src/wire/batch.ts'
import { listenOnLoopback } from '../support/listen.ts'

// The begin of an answer is read a little later than it comes. What may come in between changes nothing.

const whole = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole')
const poison = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison')
const limits = { connectMs: 1000, idleMs: 4000, tickMs: 250 }
const server = createServer(socket => void socket.on('error', () => {}).resume())

let socket: Socket
let connection: UpstreamConnection
let keeper: { tick: number; free: number; freed(): void; gone(): void }

beforeEach(async () => {
  const port = await listenOnLoopback(server)
  socket = connect(port, '127.0.0.1')
  keeper = {
    tick: 0,
    free: 0,
    freed() {
      this.free += 1
    },
    gone: () => {},
  }
  connection = new UpstreamConnection(socket, 'connect', keeper, limits)
  await once(socket, 'connect')
})

afterEach(() => {
  socket.destroy()
  server.close()
})

const turn = () => new Promise(resolve => setImmediate(resolve))

/** Sends a request; `told` says what came of it. */
function ask(options: Partial<OutgoingRequest> = {}, onEnd = () => {}): { told: string } {
  const result = { told: 'nothing' }
  let body = ''
  const reader: AnswerReader = {
    onInterim: () => {},
    onHead: () => {},
    onData(bytes) {
      body += bytes.toString('latin1')
      return true
    },
    onEnd() {
      result.told = body
      onEnd()
    },
    onUpgrade: () => {},
    onFailure({ received, isTimeout }) {
      result.told = isTimeout ? 'timeout' : `failed, ${received ? 'something' : 'nothing'} received`
    },
  }
  const request = { method: 'GET', target: '/', headers: ['Host', 'app.test'], body: null, headMs: 1000, bodyIdleMs: 0 }
  connection.serve({ ...request, ...options }, reader)
  return result
}

describe('bytes that came before their request was sent', () => {
  test('are nobody’s answer, also where a crowd of answers waits and the request leaves first', async () => {
    for (let i = 0; i < 64; i++) soon('answers', () => {})
    const asked = ask()
    socket.emit('data', poison)
    await turn()
    await turn()

    expect(asked.told).toBe('failed, nothing received')
  })

  test.each([
    ['without a body', null],
    ['with one', Readable.from([Buffer.from('body')])],
  ])('are nobody’s answer behind a whole one, when the next request %s is begun at its end', async (_, body) => {
    let second = { told: '' }
    const first = ask({}, () => {
      second = ask({ method: 'POST', body })
    })
    await turn()
    socket.emit('data', whole)
    socket.emit('data', poison)
    await turn()
    await turn()

    expect([first.told, second.told]).toEqual(['whole', 'failed, nothing received'])
  })
})

describe('an answer that has come and was not read yet', () => {
  test('is read before the bytes behind it', async () => {
    const asked = ask()
    await turn()
    for (const byte of whole) socket.emit('data', Buffer.of(byte))
    await turn()

    expect([asked.told, keeper.free]).toEqual(['whole', 1])
  })

  test('is the begin of one: what follows is read at once, and nothing piles up', async () => {
    const asked = ask()
    await turn()
    socket.emit('data', whole.subarray(0, -5))
    await turn()
    socket.emit('data', whole.subarray(-5))

    expect(asked.told).toBe('whole')
  })

  test('is whole when the connection ends behind it, and that connection is not offered again', async () => {
    const asked = ask()
    await turn()
    socket.push(whole)
    socket.push(null)
    const ended = once(socket, 'end')
    await ended

    expect([asked.told, keeper.free]).toEqual(['whole', 0])
  })

  test('is whole when the connection breaks behind it', async () => {
    const asked = ask()
    await turn()
    socket.emit('data', whole)
    const closed = new Promise(resolve => socket.once('close', resolve))
    socket.destroy(new Error('reset'))
    await closed

    expect([asked.told, keeper.free]).toEqual(['whole', 0])
  })

  test('until the end of the connection, too', async () => {
    const asked = ask()
    await turn()
    socket.emit('data', Buffer.from('HTTP/1.1 200 OK\r\n\r\nall of it'))
    socket.emit('end')

    expect(asked.told).toBe('all of it')
  })

  test('is not late', async () => {
    const asked = ask()
    await turn()
    socket.emit('data', whole)
    keeper.tick += 100
    connection.sweep()

    expect(asked.told).toBe('whole')
  })

  test('is told to nobody who has given up', async () => {
    const asked = ask()
    await turn()
    socket.emit('data', whole)
    connection.abort()
    await turn()

    expect([asked.told, keeper.free]).toEqual(['nothing', 0])
  })
})
