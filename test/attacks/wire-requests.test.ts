import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alice, type Rooms, startRooms } from '../proxy/rooms.ts'
import { connectRaw, exchange } from '../support/raw-http.ts'
import { type RecordedRequest, type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.ts'
import { type Attack, attacks } from './wire/requests.ts'

// Requests that two readers could take in two ways, beyond the shared cases: refused as a whole, or forwarded in one reading.

let upstream: RecordingUpstream
let rooms: Rooms
let cleans = 0

beforeAll(async () => {
  upstream = await startRecordingUpstream()
  rooms = await startRooms({ upstreamPort: upstream.port, identity: () => alice })
})
afterAll(async () => {
  await rooms[Symbol.asyncDispose]()
  await upstream.close()
})

/** Everything that the bytes brought to the application. A clean request afterwards is the barrier behind which all of it is there. */
async function play({ bytes, reads = [] }: Attack) {
  upstream.forget()
  rooms.forget()
  const methods = bytes.startsWith('HEAD') ? ['HEAD'] : []
  await using client = await connectRaw({ port: rooms.port, methods })
  await client.send(bytes)
  const first = await client.response().catch(() => null)
  for (let i = 1; i < reads.length; i++) await client.response().catch(() => null)
  const closed = reads.length > 0 || (await client.closes())
  const clean = `/clean-${++cleans}`
  const after = await exchange({ port: rooms.port }, `GET ${clean} HTTP/1.1\r\nHost: gw.test\r\n\r\n`)
  await upstream.until(({ target }) => target === clean)
  const others = (requests: readonly RecordedRequest[]) => requests.filter(({ target }) => target !== clean)
  return {
    status: first?.status ?? null,
    closed,
    after,
    seen: others(upstream.requests),
    heads: others(upstream.heads),
  }
}

describe('refused as a whole', () => {
  test.each(attacks.filter(({ refused }) => refused !== undefined))('$name', async attack => {
    const { status, closed, after, seen } = await play(attack)

    expect(attack.refused).toContain(status)
    expect(closed).toBe(true)
    expect(seen.filter(({ complete }) => complete)).toEqual([])
    expect(after?.status).toBe(200)
    expect(rooms.refused.length + rooms.faults.length).toBe(1)
  })
})

describe('forwarded in one reading', () => {
  test.each(attacks.filter(({ reads }) => reads !== undefined))('$name', async attack => {
    const { seen, heads, after } = await play(attack)

    expect(seen.map(({ method, target, body }) => ({ method, target, body: `${body}` }))).toEqual(
      (attack.reads ?? []).map(read => expect.objectContaining(read)),
    )
    expect(heads).toHaveLength(seen.length)
    expect(seen.flatMap(({ faults, trailers }) => [...faults, trailers]).filter(text => text !== '')).toEqual([])
    for (const text of attack.without ?? []) expect(seen.map(({ head }) => head).join('\n')).not.toContain(text)
    // Where somebody is known, the application is told who, whatever the client says.
    for (const { headers } of seen)
      expect(headers.filter(([name]) => name.toLowerCase() === 'x-auth-user')).toEqual([['X-Auth-User', 'alice']])
    expect(after?.status).toBe(200)
  })
})

test('there are more than a hundred, and no two are the same', () => {
  expect(attacks.length).toBeGreaterThan(200)
  expect(new Set(attacks.map(({ name }) => name)).size).toBe(attacks.length)
  expect(new Set(attacks.map(({ bytes }) => bytes)).size).toBe(attacks.length)
})
