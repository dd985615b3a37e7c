import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { foldName } from '../../src/proxy/reserved-fields.ts'
import { fieldsOf } from '../support/http-message.ts'
import { connectRaw, exchange } from '../support/raw-http.ts'
import { startRecordingUpstream } from '../support/recording-upstream.ts'
import { alice, startRooms } from './rooms.ts'

// The shared header-spoof cases over real sockets: what the client says of itself never reaches the backend as if we had said it.

interface Case {
  readonly id: string
  readonly idea: string
  readonly context: string
  readonly path: string
  readonly header_lines: readonly string[]
  readonly expect: string
  readonly backend_present?: Readonly<Record<string, string>>
  readonly backend_absent_headers?: readonly string[]
  readonly backend_absent_values?: readonly string[]
  readonly backend_response_headers?: readonly string[]
}

const file = new URL('../cases/shared/header-spoof.shared.json', import.meta.url)
const { cases }: { cases: Case[] } = JSON.parse(readFileSync(file, 'utf8'))

const trueIdentity: Readonly<Record<string, string>> = {
  'x-auth-user': 'alice',
  'x-auth-email': 'alice@example.com',
  'x-auth-org': 'acme',
  'x-auth-roles': 'person',
  'x-auth-method': 'pwd',
}

describe('the shared cases', () => {
  test.each(cases)('$id $idea: $header_lines', async entry => {
    await using upstream = await startRecordingUpstream()
    await using rooms = await startRooms({
      upstreamPort: upstream.port,
      identity: () => (entry.context === 'anonymous' ? null : alice),
    })
    const extra = (entry.backend_response_headers ?? []).map(line => `${line}\r\n`).join('')
    upstream.answer(() => ({ bytes: `HTTP/1.1 200 OK\r\n${extra}Content-Length: 2\r\n\r\nok` }))
    await using client = await connectRaw({ port: rooms.port })

    const lines = entry.header_lines.map(line => `${line}\r\n`).join('')
    await client.send(`GET ${entry.path} HTTP/1.1\r\nHost: gw.test\r\n${lines}\r\n`)
    const answer = await client.response()

    const [seen] = upstream.requests
    if (entry.expect === 'reject-400') {
      expect(answer?.status).toBe(400)
      expect(await client.closes()).toBe(true)
      expect(upstream.requests).toEqual([])
      return
    }
    expect(answer?.status).toBe(200)
    if (seen === undefined) throw new Error('nothing reached the upstream')
    expect(seen.head).not.toMatch(/mallory|6\.6\.6\.6/)
    for (const [name, value] of Object.entries(trueIdentity))
      expect(sayings(seen.headers, name)).toEqual(entry.context === 'anonymous' ? [] : [value])
    expect(sayings(seen.headers, 'x-auth-token')).toHaveLength(entry.context === 'anonymous' ? 0 : 1)
    expect(sayings(seen.headers, 'x-forwarded-for')).toEqual(['127.0.0.1'])
    expect(sayings(seen.headers, 'x-forwarded-proto')).toEqual(['http'])
    expect(sayings(seen.headers, 'x-forwarded-host')).toEqual(['gw.test'])
    expect(sayings(seen.headers, 'x-forwarded-port')).toEqual(['80'])
    expect(sayings(seen.headers, 'forwarded')).toEqual(['for=127.0.0.1;host=gw.test;proto=http'])
    expect(sayings(seen.headers, 'x-real-ip')).toEqual([])
    expect(sayings(seen.headers, 'x-forwarded-server')).toEqual([])
    for (const name of entry.backend_absent_headers ?? [])
      expect(seen.headers.filter(([given]) => given.toLowerCase() === name && given !== 'connection')).toEqual([])
    for (const value of entry.backend_absent_values ?? []) expect(seen.head).not.toContain(value)
    for (const [name, value] of Object.entries(entry.backend_present ?? {}))
      expect(fieldsOf(seen, name)).toEqual([value])
    for (const line of entry.backend_response_headers ?? [])
      expect(fieldsOf(answer ?? { headers: [] }, line.split(':')[0]?.toLowerCase() ?? '')).toEqual([])
  })
})

test('an upgrade is stripped like any other request', async () => {
  await using upstream = await startRecordingUpstream()
  await using rooms = await startRooms({ upstreamPort: upstream.port, identity: () => alice })
  upstream.answer(() => ({ bytes: 'HTTP/1.1 403 Forbidden\r\nX-Auth-User: x\r\nContent-Length: 2\r\n\r\nno' }))

  const answer = await exchange(
    { port: rooms.port },
    'GET /ws HTTP/1.1\r\nHost: gw.test\r\nConnection: Upgrade, X-Auth-User\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX_Auth_User: mallory\r\nX.Auth.Email: mallory\r\nCookie: __Host-sekisho=secret; a=1\r\n\r\n',
  )

  const [seen] = upstream.requests
  expect(answer?.status).toBe(403)
  expect(`${answer?.body}`).toBe('no')
  expect(fieldsOf(answer ?? { headers: [] }, 'x-auth-user')).toEqual([])
  expect(seen?.head).not.toMatch(/mallory|secret/)
  expect(sayings(seen?.headers ?? [], 'x-auth-user')).toEqual(['alice'])
  expect(fieldsOf(seen ?? { headers: [] }, 'cookie')).toEqual(['a=1'])
  expect(fieldsOf(seen ?? { headers: [] }, 'upgrade')).toEqual(['websocket'])
})

/** All values that a forgiving backend would read under a name. */
function sayings(headers: readonly (readonly [string, string])[], name: string): string[] {
  return headers.filter(([given]) => foldName(given) === name).map(([, value]) => value)
}
