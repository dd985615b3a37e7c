import { createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { listenOnLoopback } from '../support/listen.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'

const answer = (status: string, body: string) => `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

test('a form that met a connection just closed for its idleness is sent again, on another', async () => {
  const { visitor, origin, requests } = await startServer((count, { write, close }) => {
    if (count === 2) close()
    else write(answer('200 OK', `answer ${count}`))
  })
  await visitor.get(`${origin}/`)

  const reply = await visitor.post(`${origin}/form`, { a: 'b' })

  expect(reply.body).toBe('answer 3')
  expect(requests()).toBe(3)
})

test('a form that was answered before it was read to its end is not sent again when its rest cannot be', async () => {
  const { visitor, origin, requests, closeAll } = await startServer((count, { write, stop }) => {
    if (count === 1) return write(answer('200 OK', 'first'))
    stop()
    write(answer('413 Content Too Large', 'too much'))
  })
  await visitor.get(`${origin}/`)

  const reply = await visitor.post(`${origin}/form`, `a=${'b'.repeat(8 * 1024 * 1024)}`)
  await closeAll()

  expect(reply.body).toBe('too much')
  expect(requests()).toBe(2)
})

interface Connection {
  write(bytes: string): void
  /** Reads no more. */
  stop(): void
  /** With a reset, as systems do where bytes came that nobody read. */
  close(): void
}

/** Answers by the number of the request, counted over all connections. */
async function startServer(serve: (count: number, connection: Connection) => void) {
  let count = 0
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket.on('error', () => {}))
    socket.on('data', (bytes: Buffer) => {
      if (!/^(?:GET|POST) /.test(bytes.toString('latin1'))) return
      count += 1
      serve(count, {
        write: text => void socket.write(text),
        stop: () => void socket.pause(),
        close: () => void socket.resetAndDestroy(),
      })
    })
  })
  onTestFinished(() => void server.close())
  const port = await listenOnLoopback(server)
  const closeAll = async () => {
    for (const socket of sockets) socket.resetAndDestroy()
    // What a client does about it comes in the turns after.
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  }
  return { visitor: createPortalVisitor({ port }), origin: `http://127.0.0.1:${port}`, requests: () => count, closeAll }
}
