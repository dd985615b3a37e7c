import { createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { alice, type Rooms, startRooms } from '../proxy/rooms.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { connectRaw } from '../support/raw-http.ts'

// One place for a WebSocket: whoever leaves it, however that happens, must leave it to the next. A place that leaks is a door that is shut
// for an account until the gateway starts again.

const handshake = [
  'GET /ws HTTP/1.1',
  'Host: gw.test',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n')
const switched = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

describe('the one place of a session is free again', () => {
  test.each([
    ['when the client breaks the tunnel off', switched, 'client'],
    ['when the upstream breaks it off', switched, 'upstream'],
    ['when it is cut', switched, 'cut'],
    ['when the client leaves before the upstream has answered', '', 'client'],
    ['when the upstream leaves before it has answered', '', 'upstream'],
    ['when it is cut before the upstream has answered', '', 'cut'],
    ['when the upstream refuses', 'HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n', 'client'],
    ['when the upstream switches to something else', switched.replace('websocket', 'h2c'), 'none'],
  ])('%s', async (_, answer, ender) => {
    await using rig = await startRig(answer)
    const first = await connectRaw({ port: rig.rooms.port })
    await first.send(handshake)
    await rig.next()
    if (answer.startsWith('HTTP/1.1 101') && ender !== 'none')
      await expect.poll(() => rig.rooms.served.at(0)?.began).toBe(true)

    if (ender === 'client') first.reset()
    if (ender === 'upstream') rig.leave()
    if (ender === 'cut') await rig.rooms.live.cut('all', 4401, 'gone')
    await expect.poll(() => rig.rooms.live.count('all')).toBe(0)

    await expect.poll(() => statusOf(rig.rooms)).not.toBe(503)
  })

  test('and not before: a second one is told to come again', async () => {
    await using rig = await startRig('')
    const first = await connectRaw({ port: rig.rooms.port })
    await first.send(handshake)
    await rig.next()

    expect(await statusOf(rig.rooms)).toBe(503)
    first.reset()
  })
})

/** What a further handshake is answered; the upstream refuses it where it gets so far. */
async function statusOf(rooms: Rooms): Promise<number | undefined> {
  const client = await connectRaw({ port: rooms.port })
  await client.send(handshake.replace('/ws', '/refused'))
  const response = await client.response()
  client.reset()
  return response?.status
}

/** An upstream that answers `/ws` so, and refuses all else with 403. */
async function startRig(answer: string) {
  const sockets = new Set<Socket>()
  const asked: Socket[] = []
  let hasLeft = false
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => {
      const isRefused = bytes.toString('latin1').startsWith('GET /refused')
      if (!isRefused) asked.push(socket)
      if (!isRefused && hasLeft) socket.destroy()
      else socket.write(isRefused ? 'HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n' : answer)
    })
  })
  const port = await listenOnLoopback(server)
  const rooms = await startRooms({ upstreamPort: port, tunnelCaps: { perSession: 1 }, identity: () => alice })
  return {
    rooms,
    async next(): Promise<void> {
      await expect.poll(() => asked.length).toBeGreaterThan(0)
    },
    /** A handshake may be sent again: the second one is left, too. */
    leave() {
      hasLeft = true
      for (const socket of asked) socket.destroy()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await rooms[Symbol.asyncDispose]()
      server.close()
    },
  }
}
