import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBridge } from '../../src/http/bridge.ts'
import { readForm } from '../../src/http/forms.ts'
import type { PageApp, PageEnv } from '../../src/http/page-env.ts'
import { compileNetworks } from '../../src/lib/cidr.ts'
import { Fault } from '../../src/lib/fault.ts'
import { createListener, type Listener } from '../../src/wire/listener.ts'
import { fieldsOf } from '../support/http-message.ts'
import { exchange } from '../support/raw-http.ts'
import { createTestClock } from '../support/test-clock.ts'

let listener: Listener
let port = 0
const seen: string[] = []

beforeAll(async () => {
  const app: PageApp = new Hono<PageEnv>()
  app.get('/cookies', () => {
    const headers = new Headers()
    headers.append('Set-Cookie', 'a=1')
    headers.append('Set-Cookie', 'b=2; Expires=Thu, 01 Jan 2026 00:00:00 GMT')
    return new Response('two', { headers })
  })
  app.post('/form', async c => {
    seen.push(c.env.head.target, c.env.receipt, [...c.req.raw.headers.keys()].join())
    return new Response((await readForm(c.req.raw)).get('name') ?? 'none')
  })
  app.get('/broken', () => {
    throw new Error('a secret cause')
  })
  const answerFault = (cause: unknown) => {
    const fault = cause instanceof Fault ? cause : new Fault('internal', { cause })
    return new Response(fault.code, { status: fault.status })
  }
  app.onError(cause => answerFault(cause))
  const bridge = createBridge({ app, answerFault })
  listener = createListener({
    clock: createTestClock(),
    proxies: { trusted: compileNetworks([]), mode: 'x-forwarded-for' },
    serves: () => true,
    handler: each => bridge(each, 'receipt-1'),
  })
  port = (await listener.listen({ port: 0, host: '127.0.0.1' })).port ?? 0
})
afterAll(() => listener.close(0))

async function ask(head: string, body = '') {
  const answer = await exchange({ port }, `${head}\r\nHost: own.test\r\nConnection: close\r\n\r\n${body}`)
  if (answer === null) throw new Error('no answer')
  return { status: answer.status, body: answer.body.toString('utf8'), cookies: fieldsOf(answer, 'set-cookie') }
}

test('each cookie is a field of its own', async () => {
  const { cookies } = await ask('GET /cookies HTTP/1.1')
  expect(cookies).toEqual(['a=1', 'b=2; Expires=Thu, 01 Jan 2026 00:00:00 GMT'])
})

test('a page sees the head that was judged and no other field of the framework’s request than the type of its body', async () => {
  const body = 'name=Hana'
  const head = `POST /form?x=%2F HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Other: 1\r\nContent-Length: ${body.length}`
  const reply = await ask(head, body)

  expect(reply.body).toBe('Hana')
  expect(seen).toEqual(['/form?x=%2F', 'receipt-1', 'content-type'])
})

test('a body in chunks is held to the same bound as one with a length', async () => {
  const chunk = `8000\r\n${'a'.repeat(0x8000)}\r\n`
  const head = 'POST /form HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked'
  const reply = await ask(head, `${chunk.repeat(3)}0\r\n\r\n`)
  expect(reply).toMatchObject({ status: 413, body: 'body_too_large' })
})

test('what a page throws becomes a fault without its cause', async () => {
  expect(await ask('GET /broken HTTP/1.1')).toMatchObject({ status: 500, body: 'internal' })
})

test('a method that no page has is refused before any page', async () => {
  expect((await ask('PROPFIND /form HTTP/1.1')).status).toBe(501)
})
