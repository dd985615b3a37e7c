import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import type { ExchangeEnd } from '../../src/wire/exchange.ts'
import { createListener } from '../../src/wire/listener.ts'
import { reset } from '../../src/wire/reset.ts'
import { networks } from '../proxy/rooms.ts'
import { listenOnLoopback } from '../support/listen.ts'

test('an answer that breaks off over a Unix socket ends its connection and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-reset-'))
  const path = join(folder, 'front.sock')
  const ends: ExchangeEnd[] = []
  const listener = createListener({
    clock: systemClock,
    proxies: { trusted: networks([]), mode: 'x-forwarded-for' },
    serves: () => true,
    handler(exchange) {
      exchange.onEnd(end => ends.push(end))
      const writer = exchange.begin(200, '', [])
      writer.write(Buffer.from('half'))
      writer.abort()
    },
  })
  await listener.listen({ path })

  // Without chunks, of which 1.0 knows nothing, the body would end with the connection: over TCP it is reset.
  for (let i = 0; i < 2; i++) {
    const client = createConnection({ path })
    client.on('error', () => {})
    client.resume()
    client.write('GET / HTTP/1.0\r\nHost: gw.test\r\n\r\n')
    await once(client, 'close')
  }

  expect(ends.map(({ complete }) => complete)).toEqual([false, false])
  await listener.close(0)
  rmSync(folder, { recursive: true })
})

test('a connection whose end is on its way is closed by a reset, too', async () => {
  const accepted = Promise.withResolvers<Socket>()
  const server = createServer(socket => accepted.resolve(socket.on('error', () => {})))
  const client = createConnection({ port: await listenOnLoopback(server), host: '127.0.0.1' })
  await once(client, 'connect')
  const socket = await accepted.promise
  const closed = once(socket, 'close')

  socket.end()
  reset(socket)

  await closed
  client.destroy()
  server.close()
})
