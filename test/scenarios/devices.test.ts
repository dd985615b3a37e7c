import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { type LiveUpstream, startLiveUpstream } from '../support/live-upstream.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from '../support/portal-visitor.ts'

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' }],
}
const acme: ConfigurationInput = { kind: 'organization', slug: 'acme', name: 'Acme', devices: 'approved-mobile' }

const desktop =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'
const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'

let upstream: LiveUpstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startLiveUpstream()
  gateway = await startGateway({ upstream: upstream.origin, policies: { routes, acme } })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function signIn(visitor: PortalVisitor, email: string): Promise<Reply> {
  const first = await visitor.follow(await visitor.get(`${gateway.appOrigin}/`))
  const second = await visitor.submit(first, { email })
  return visitor.follow(await visitor.submit(second, { password: testPassword }))
}

test('where phones need approval, a desktop that nobody knows yet comes in', async () => {
  await gateway.addPerson({ email: 'desk@example.com', organization: 'acme' })

  const end = await signIn(createPortalVisitor({ port: gateway.port, agent: desktop }), 'desk@example.com')

  expect(end.body).toBe('hello from /')
})

test('a phone waits for approval, and comes in once an operator has given it', async () => {
  await gateway.addPerson({ email: 'phone@example.com', organization: 'acme' })
  const visitor = createPortalVisitor({ port: gateway.port, agent: phone })

  const waiting = await signIn(visitor, 'phone@example.com')
  expect(waiting.url.host).toContain('auth.localhost')
  const devices: unknown = JSON.parse((await gateway.cli('devices', 'list', 'phone@example.com', '--json')).out)
  expect(devices).toMatchObject({ devices: [{ mobile: true, approved: false }] })
  const id = /"id": "([^"]+)"/.exec(JSON.stringify(devices, null, 1))?.[1] ?? ''
  const approved = await gateway.cli('devices', 'approve', 'phone@example.com', id.slice(0, 10))
  expect(approved.code, approved.err).toBe(0)

  expect((await signIn(visitor, 'phone@example.com')).body).toBe('hello from /')
})
