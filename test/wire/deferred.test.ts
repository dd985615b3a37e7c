import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../src/wire/exchange.ts'
import { connectRaw } from '../support/raw-http.ts'
import { createTestClock } from '../support/test-clock.ts'
import { connectPlainly, connectSecurely, get, last, readAll, startEntrance, startTlsEntrance } from './entrance.ts'

// What one turn brings is read and written a little later than it comes. Nobody may see a difference.

/** Answers at once, but for `/slow`, which is never answered. */
const handler = (one: Exchange) => {
  if (one.head.target === '/slow') return
  if (one.head.upgrade === undefined) return one.answer(200, [], `of ${one.head.target}`)
  one.acceptUpgrade('echo', [])?.end('upgraded')
}

/** The listener's end of the next connection. */
function nextAccepted(): Promise<Socket> {
  return new Promise(resolve => {
    const take = (message: unknown) => {
      unsubscribe('net.server.socket', take)
      resolve((message as { socket: Socket }).socket)
    }
    subscribe('net.server.socket', take)
  })
}

describe('an answer that was given and has not left', () => {
  test('goes ahead of the end of a connection whose client leaves in the next request', async () => {
    await using entrance = await startTlsEntrance({ handler })
    const client = await connectSecurely(entrance.port)
    const read = readAll(client)

    // Over TLS bytes and end are found in one turn.
    client.end(get('/a') + get('/slow'))

    expect(await read).toMatch(/of \/a$/)
  })

  test('goes ahead of the refusal of what comes behind', async () => {
    await using entrance = await startEntrance({ handler })
    const client = await connectPlainly(entrance.port)
    client.write(`${get('/a')}GET / HTTP/1.1\r\nHost: gw.test\r\nbad field: x\r\n\r\n`)

    expect(await readAll(client)).toMatch(/^HTTP\/1.1 200 .*of \/aHTTP\/1.1 400 /s)
  })

  test('goes ahead of a switch of protocols', async () => {
    await using entrance = await startEntrance({ handler })
    const client = await connectPlainly(entrance.port)
    client.write(get('/a') + get('/b', 'Connection: Upgrade\r\nUpgrade: echo\r\n'))

    expect(await readAll(client)).toMatch(/^HTTP\/1.1 200 .*of \/aHTTP\/1.1 101 .*upgraded$/s)
  })

  test('is whole when it is the last one', async () => {
    await using entrance = await startEntrance({ handler })
    const client = await connectPlainly(entrance.port)
    client.write(get('/a') + last('/b'))

    expect(await readAll(client)).toMatch(/of \/aHTTP\/1.1 200 .*of \/b$/s)
  })

  test('leaves as far as it goes when it is broken off', async () => {
    await using entrance = await startEntrance({
      handler(one) {
        const writer = one.begin(200, '', ['Content-Length', '100'])
        writer.write(Buffer.from('as far as this'))
        writer.abort()
      },
    })
    const client = await connectPlainly(entrance.port)
    client.write(get('/a'))

    expect(await readAll(client)).toMatch(/as far as this$/)
  })
})

describe('a request that has come and was not read yet', () => {
  test('is read before the end that came right behind it', async () => {
    await using entrance = await startTlsEntrance({ handler })
    const client = await connectSecurely(entrance.port)
    const read = readAll(client)
    client.end(get('/a'))

    expect(await read).toMatch(/of \/a$/)
  })

  test('is answered when the listener stops in that moment', async () => {
    await using entrance = await startEntrance({ handler })
    const accepted = nextAccepted()
    await using client = await connectRaw({ port: entrance.port })
    const socket = await accepted

    socket.emit('data', Buffer.from(get('/a')))
    const closed = entrance.listener.close(60_000)

    expect((await client.response())?.head).toMatch(/\r\nconnection: close/i)
    client.close()
    await closed
  })

  test('is answered when the time for it ends in that moment', async () => {
    const clock = createTestClock()
    await using entrance = await startEntrance({ handler, clock, limits: { keepAliveMs: 60_000 } })
    const accepted = nextAccepted()
    await using client = await connectRaw({ port: entrance.port })
    await client.send(get('/a'))
    expect((await client.response())?.status).toBe(200)

    const socket = await accepted
    socket.emit('data', Buffer.from(get('/b')))
    clock.advance(62_000)

    expect((await client.response())?.status).toBe(200)
  })

  test('is read in one piece with what follows in the same turn', async () => {
    await using entrance = await startEntrance({ handler })
    const accepted = nextAccepted()
    const client = await connectPlainly(entrance.port)
    const socket = await accepted
    const read = readAll(client)

    for (const piece of last('/a').match(/.{1,3}/gs) ?? []) socket.emit('data', Buffer.from(piece))

    // At once, so that nothing piles up where somebody waits.
    expect(entrance.served).toHaveLength(1)
    expect(await read).toMatch(/of \/a$/)
  })
})
