import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import { buffer, text as readText } from 'node:stream/consumers'
import { afterAll, describe, expect, test } from 'vitest'
import type { Exchange } from '../../src/wire/exchange.ts'
import { type RoomsSetup, startRooms } from '../proxy/rooms.ts'
import { startRecordingUpstream } from '../support/recording-upstream.ts'
import { createTestAuthority } from '../support/test-authority.ts'

const authority = createTestAuthority()
const certificate = authority.issue({ names: ['gw.test'] })

async function startHttp2(setup: RoomsSetup = {}) {
  const rooms = await startRooms({ http2: certificate, ...setup })
  const session = connect('https://gw.test', {
    createConnection: undefined,
    ca: authority.pem,
    host: '127.0.0.1',
    port: rooms.port,
    servername: 'gw.test',
  })
  session.on('error', () => {})
  return {
    rooms,
    session,
    async [Symbol.asyncDispose]() {
      session.destroy()
      await rooms[Symbol.asyncDispose]()
    },
  }
}
test('x', async () => {
  await using up = await startRecordingUpstream()
  await using rig = await startHttp2({ upstreamPort: up.port })
  const r = rig.session.request({ ':authority': 'gw.test', ':path': '/a', cookie: ['a=1', 'b=2'] })
  const [head] = await once(r, 'response')
  console.log(head, await readText(r), up.requests)
})
