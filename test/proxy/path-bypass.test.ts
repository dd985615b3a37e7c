import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { connectRaw } from '../support/raw-http.ts'
import { startRecordingUpstream } from '../support/recording-upstream.ts'
import { allow, deny, startRooms } from './rooms.ts'

// The shared path-bypass cases over real sockets, with the two open rules they assume; everything else wants a session nobody has.

interface Case {
  readonly id: string
  readonly raw_target: string
  readonly expect: 'reject' | 'forward' | 'safe-either'
  readonly backend_path?: string
  readonly backend_path_if_forwarded?: string
}

const file = new URL('../cases/shared/path-bypass.shared.json', import.meta.url)
const { cases }: { cases: Case[] } = JSON.parse(readFileSync(file, 'utf8'))
const rejections = [400, 401, 403, 404, 405, 421, 302, 303]

describe('the shared cases', () => {
  test.each(cases)('$id $raw_target: $expect', async entry => {
    await using upstream = await startRecordingUpstream()
    await using rooms = await startRooms({
      upstreamPort: upstream.port,
      decide: ({ path }) =>
        path.startsWith('/public/') || path === '/healthz' ? allow : deny({ kind: 'challenge', step: 'sign_in' }),
    })
    await using client = await connectRaw({ port: rooms.port })

    await client.send(`GET ${entry.raw_target} HTTP/1.1\r\nHost: gw.test\r\n\r\n`)
    const answer = await client.response()

    const targets = upstream.requests.map(request => request.target)
    if (entry.expect === 'forward') expect(targets).toEqual([entry.backend_path])
    else if (answer?.status === 200) expect(targets).toEqual([entry.backend_path_if_forwarded ?? entry.raw_target])
    else {
      expect(targets).toEqual([])
      expect(rejections).toContain(answer?.status)
    }
    if (entry.expect === 'reject') expect(targets).toEqual([])
  })
})
