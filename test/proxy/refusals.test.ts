import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Decision } from '../../src/policy/verdict.ts'
import { acceptValue } from '../../src/wire/ws-frames.ts'
import { fieldsOf } from '../support/http-message.ts'
import { connectRaw, exchange, type RawResponse } from '../support/raw-http.ts'
import { startRecordingUpstream } from '../support/recording-upstream.ts'
import { deny, type RoomsSetup, startRooms } from './rooms.ts'

const challenge = deny({ kind: 'challenge', step: 'sign_in' })
const forbidden = deny({ kind: 'deny', reason: 'outside_organization_networks' })
const tooMany = deny({ kind: 'deny', reason: 'address_budget_spent', retryAfterMs: 1500 })
const unavailable = deny({ kind: 'deny', reason: 'unavailable' })
const foreign = deny({ kind: 'deny', reason: 'foreign_origin' })

describe('a person', () => {
  test.each([
    ['a navigation', 'Sec-Fetch-Mode: navigate\r\n'],
    ['an older browser', 'Accept: text/html,*/*\r\n'],
  ])('%s is sent to sign in, and comes back from there', async (_, fields) => {
    const answer = await ask(challenge, fields)

    expect(answer.status).toBe(303)
    expect(fieldsOf(answer, 'location')).toEqual(['https://auth.gw.test/sign-in?step=sign_in&to=%2Fx'])
    expect(fieldsOf(answer, 'cache-control')).toEqual(['no-store'])
  })

  test.each([
    [forbidden, 403],
    [tooMany, 429],
    [unavailable, 503],
  ])('is shown a page that names no cause', async (decision, status) => {
    const answer = await ask(decision, 'Sec-Fetch-Mode: navigate\r\n')

    expect(answer.status).toBe(status)
    expect(fieldsOf(answer, 'content-type')).toEqual(['text/html; charset=utf-8'])
    expect(fieldsOf(answer, 'content-security-policy')[0]).toContain("default-src 'none'")
    expect(fieldsOf(answer, 'cache-control')).toEqual(['no-store'])
    expect(`${answer.body}`).not.toMatch(/network|budget/)
    expect(`${answer.body}`).toContain('r-1')
  })

  test('is shown the page that the house has for it', async () => {
    const page = () => ({ html: '<p>page</p>', contentSecurityPolicy: "default-src 'self'" })

    const answer = await ask(forbidden, 'Sec-Fetch-Mode: navigate\r\n', { page })

    expect(`${answer.body}`).toBe('<p>page</p>')
  })
})

describe('a program', () => {
  test.each([
    ['fetch', 'Sec-Fetch-Mode: cors\r\nAccept: text/html\r\n'],
    ['an XHR of an older browser', 'Accept: text/html\r\nX-Requested-With: XMLHttpRequest\r\n'],
    ['a client without a wish', ''],
  ])('%s is told 401 and where to sign in, never redirected', async (_, fields) => {
    const answer = await ask(challenge, fields)

    expect(answer.status).toBe(401)
    expect(fieldsOf(answer, 'content-type')).toEqual(['application/problem+json'])
    expect(fieldsOf(answer, 'www-authenticate')).toEqual(['Cookie realm="sekisho"'])
    expect(JSON.parse(`${answer.body}`)).toEqual({
      type: 'about:blank',
      title: 'Please sign in.',
      status: 401,
      code: 'sign_in_required',
      receipt: 'r-1',
      sign_in: 'https://auth.gw.test/sign-in?step=sign_in&to=%2Fx',
    })
  })

  test('cannot tell one security cause from another', async () => {
    const bodies = new Set<string>()
    for (const reason of ['outside_route_networks', 'role_missing', 'address_uncertain', 'act_not_allowed'] as const)
      bodies.add(
        (await ask(deny({ kind: 'deny', reason }))).head.replace(/Date: .*/, '') +
          (await ask(deny({ kind: 'deny', reason }))).body,
      )
    const states = new Set<string>()
    for (const reason of ['reset_required', 'account_suspended', 'account_deleted', 'sso_required'] as const)
      states.add(`${(await ask(deny({ kind: 'deny', reason }))).body}`)
    states.add(`${(await ask(challenge)).body}`)

    expect(bodies.size).toBe(1)
    expect(states.size).toBe(1)
  })

  test('that is too fast is told when to try again', async () => {
    const answer = await ask(tooMany)

    expect(answer.status).toBe(429)
    expect(fieldsOf(answer, 'retry-after')).toEqual(['2'])
  })

  test('is told that nobody knows, when a fact could not be read', async () => {
    const answer = await ask(unavailable)

    expect(answer.status).toBe(503)
    expect(fieldsOf(answer, 'retry-after')).toEqual(['5'])
  })
})

describe('pages of other origins', () => {
  const setup = { route: { allowedOrigins: ['https://app.test'] } }

  test('may read our errors where the route allows their origin', async () => {
    const answer = await ask(challenge, 'Origin: https://app.test\r\n', setup)

    expect(fieldsOf(answer, 'access-control-allow-origin')).toEqual(['https://app.test'])
    expect(fieldsOf(answer, 'access-control-allow-credentials')).toEqual(['true'])
    expect(fieldsOf(answer, 'vary')).toEqual(['Origin'])
  })

  test.each(['https://evil.test', 'null', 'https://app.test.evil.test', 'https://app.test:8443'])(
    'may not from %s',
    async origin => {
      const answer = await ask(challenge, `Origin: ${origin}\r\n`, setup)

      expect(fieldsOf(answer, 'access-control-allow-origin')).toEqual([])
      expect(fieldsOf(answer, 'vary')).toEqual(['Origin'])
    },
  )

  const preflight = (origin: string) =>
    `OPTIONS /x HTTP/1.1\r\nHost: gw.test\r\nOrigin: ${origin}\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-a, content-type\r\n\r\n`

  test('have their preflight answered by us, without a session', async () => {
    const answer = await send(preflight('https://app.test'), { ...setup, decide: () => challenge })

    expect(answer.status).toBe(204)
    expect(fieldsOf(answer, 'access-control-allow-methods')).toEqual(['PUT'])
    expect(fieldsOf(answer, 'access-control-allow-headers')).toEqual(['x-a, content-type'])
  })

  test.each([
    ['from another origin', 'https://evil.test', setup],
    ['on a signed-in route that allows nobody', 'https://app.test', {}],
  ])('have a preflight refused %s, never redirected', async (_, origin, given) => {
    const answer = await send(preflight(origin), { ...given, decide: () => challenge })

    expect(answer.status).toBe(403)
    expect(fieldsOf(answer, 'access-control-allow-origin')).toEqual([])
  })

  test('have their preflight answered by the upstream of a public route', async () => {
    await using upstream = await startRecordingUpstream()

    const answer = await send(preflight('https://any.test'), {
      upstreamPort: upstream.port,
      route: { access: 'public' },
    })

    expect(answer.status).toBe(200)
    expect(upstream.requests[0]?.method).toBe('OPTIONS')
  })

  test('cannot make a megabyte of header names expensive', async () => {
    const started = process.cpuUsage()
    await send(preflight('https://app.test').replace('x-a, ', 'a, '.repeat(5000)), setup)

    expect(process.cpuUsage(started).user / 1000).toBeLessThan(500)
  })
})

describe('a WebSocket', () => {
  test.each([
    [challenge, 4401],
    [forbidden, 4403],
    [tooMany, 4429],
    [unavailable, 1013],
  ])('of a browser is accepted and closed with a code that it can read', async (decision, code) => {
    await using rooms = await startRooms({ decide: () => decision })
    const client = new WebSocket(`ws://127.0.0.1:${rooms.port}/ws`, ['chat', 'other'], { origin: 'https://gw.test' })
    const opened = once(client, 'open')
    const [closed, reason] = (await once(client, 'close')) as [number, Buffer]
    await opened

    expect(client.protocol).toBe('chat')
    expect([closed, `${reason}`]).toEqual([code, 'r-1'])
    await expect.poll(() => rooms.listener.connections).toBe(0)
  })

  test('of a foreign page gets a plain 403', async () => {
    const answer = await ask(foreign, handshakeFields('Origin: https://evil.test\r\n'))

    expect(answer.status).toBe(403)
  })

  test('of a program gets the plain status', async () => {
    const answer = await ask(challenge, handshakeFields(''))

    expect(answer.status).toBe(401)
    expect(`${answer.body}`).toContain('sign_in_required')
  })

  test('offer that is no token is not echoed', async () => {
    await using rooms = await startRooms({ decide: () => challenge })
    await using client = await connectRaw({ port: rooms.port })
    const fields = handshakeFields('Origin: https://gw.test\r\nSec-WebSocket-Protocol: a b, c\r\n')

    await client.send(`GET /x HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n`)
    await expect.poll(() => client.received()).toContain(acceptValue(key))

    expect(client.received()).not.toContain('Protocol: ')
  })
})

const key = 'dGhlIHNhbXBsZSBub25jZQ=='

function handshakeFields(more: string): string {
  return `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${more}`
}

function ask(decision: Decision, fields = '', setup: RoomsSetup = {}): Promise<RawResponse> {
  return send(`GET /x HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n`, { decide: () => decision, ...setup })
}

async function send(bytes: string, setup: RoomsSetup): Promise<RawResponse> {
  await using rooms = await startRooms(setup)
  const answer = await exchange({ port: rooms.port }, bytes)
  if (answer === null) throw new Error('closed without an answer')
  return answer
}
