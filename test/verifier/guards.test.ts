import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import type { Identity } from '../../src/verifier/claims.ts'
import { createExpressGuard } from '../../src/verifier/express.ts'
import { createFastifyGuard, type GuardedFastifyRequest } from '../../src/verifier/fastify.ts'
import { createHonoGuard } from '../../src/verifier/hono.ts'
import { createVerifier } from '../../src/verifier/verify.ts'
import { createTestClock } from '../support/test-clock.ts'
import { audience, claimsAt, createSigningKey, issuer } from './issuer.ts'

const clock = createTestClock()
const key = createSigningKey('key-1')
const verifier = createVerifier({ issuer, audience, jwks: { keys: [key.publicJwk] }, clock })
const blind = createVerifier({
  issuer,
  audience,
  jwksUrl: 'http://127.0.0.1:1/',
  clock,
  fetch: () => Promise.reject(new Error('away')),
})
const token = key.sign(claimsAt(clock.now()))

const message = 'This application is only reachable through the gateway.'

describe('Hono', () => {
  function startHono(reasons: string[] = [], by = verifier) {
    const app = new Hono<{ Variables: { identity: Identity } }>()
    app.use(createHonoGuard(by, reason => reasons.push(reason)))
    app.get('/', context => context.text(`Hello ${context.get('identity').subject}`))
    return app
  }

  test('a verified request reaches the application with its identity', async () => {
    const response = await startHono().request('/', { headers: { 'x-auth-token': token } })

    expect([response.status, await response.text()]).toEqual([200, 'Hello acc_1'])
  })

  test('a request without a token never reaches the application', async () => {
    const reasons: string[] = []

    const response = await startHono(reasons).request('/', { headers: { 'x-auth-user': 'acc_1' } })

    expect([response.status, await response.json()]).toEqual([401, { error: 'unauthenticated', message }])
    expect(reasons).toEqual(['token_missing'])
  })

  test('when nobody can know, the answer is 503 and when to try again', async () => {
    const response = await startHono([], blind).request('/', { headers: { 'x-auth-token': token } })

    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
  })
})

describe('Express, connect and plain node:http', () => {
  async function startPlain(reasons: string[] = []) {
    const guard = createExpressGuard(verifier, reason => reasons.push(reason))
    const server = createServer((request: IncomingMessage & { identity?: Identity }, response) => {
      guard(request, response, () => response.end(`Hello ${request.identity?.subject}`))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return {
      url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
      },
    }
  }

  test('a verified request reaches the application with its identity', async () => {
    await using server = await startPlain()

    const response = await fetch(server.url, { headers: { 'x-auth-token': token } })

    expect([response.status, await response.text()]).toEqual([200, 'Hello acc_1'])
  })

  test('a request with two tokens never reaches the application', async () => {
    const reasons: string[] = []
    await using server = await startPlain(reasons)

    const response = await fetch(server.url, {
      headers: [
        ['x-auth-token', token],
        ['x-auth-token', token],
      ],
    })

    expect([response.status, await response.json()]).toEqual([401, { error: 'unauthenticated', message }])
    expect(response.headers.get('www-authenticate')).toBe('Gateway')
    expect(reasons).toEqual(['token_repeated'])
  })
})

describe('Fastify', () => {
  // Fastify itself is no dependency of ours: this is the part of its reply that the hook may use.
  function createReply() {
    const sent = { status: 0, headers: {}, body: '' }
    const reply = {
      sent,
      code(status: number) {
        sent.status = status
        return reply
      },
      headers(headers: Record<string, string>) {
        sent.headers = headers
        return reply
      },
      send(body: string) {
        sent.body = body
        return reply
      },
    }
    return reply
  }

  test('a verified request goes on with its identity', async () => {
    const request: GuardedFastifyRequest = { raw: { rawHeaders: ['X-Auth-Token', token] }, identity: null }

    const answered = await createFastifyGuard(verifier)(request, createReply())

    expect([answered, request.identity?.subject]).toEqual([undefined, 'acc_1'])
  })

  test('a request without a token is answered by the hook', async () => {
    const request: GuardedFastifyRequest = { raw: { rawHeaders: [] }, identity: null }
    const reply = createReply()

    const answered = await createFastifyGuard(verifier)(request, reply)

    expect(answered).toBe(reply)
    expect([reply.sent.status, request.identity]).toEqual([401, null])
  })
})
