import { type RoomsSetup, startRooms } from '../proxy/rooms.ts'
import { connectFrames } from './http2-frames.ts'
import { type RecordedRequest, startRecordingUpstream } from './recording-upstream.ts'
import { createTestAuthority } from './test-authority.ts'

// The rooms behind TLS with HTTP/2, and an application that remembers every byte.

export const authority = createTestAuthority()
const certificate = authority.issue({ names: ['gw.test'] })

export type Http2Rig = Awaited<ReturnType<typeof startHttp2Rooms>>

export async function startHttp2Rooms(setup: RoomsSetup = {}) {
  const upstream = await startRecordingUpstream()
  const rooms = await startRooms({ http2: certificate, upstreamPort: upstream.port, ...setup })
  return {
    upstream,
    rooms,
    port: rooms.port,
    connect: (options?: Parameters<typeof connectFrames>[1]) => connectFrames(rooms.port, options),
    /** What reached the application. */
    arrived: (): readonly RecordedRequest[] => upstream.heads,
    async [Symbol.asyncDispose]() {
      await rooms[Symbol.asyncDispose]()
      await upstream.close()
    },
  }
}
