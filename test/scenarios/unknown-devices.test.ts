import { afterEach, expect, test } from 'vitest'
import { byTest, startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'

let gateway: TestGateway
afterEach(() => gateway[Symbol.asyncDispose]())

async function start(codeOnUnknownDevice: boolean): Promise<void> {
  const app = { name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'public' as const }
  const acme = { kind: 'organization' as const, slug: 'acme', name: 'Acme', signIn: { codeOnUnknownDevice: true } }
  gateway = await startGateway({
    upstream: 'http://127.0.0.1:9',
    policies: { routes: { kind: 'routes', routes: [app] }, acme },
    gateway: { signIn: { codeOnUnknownDevice } },
  })
}

function typePassword(visitor: PortalVisitor, email: string) {
  return visitor.post(`${gateway.portalOrigin}/sign-in`, { email, password: testPassword })
}

async function mailedCode(email: string): Promise<string> {
  for (;;) {
    const mail = gateway.running.gateway.mailbox?.list().find(each => each.to === email)
    const code = /\b[0-9]{6}\b/.exec(mail?.subject ?? '')?.[0]
    if (code !== undefined) return code
    await new Promise(setImmediate)
  }
}

test('an unknown device waits for a mailed code where the operator wants it, and a known one does not', async () => {
  await start(true)
  await gateway.addPerson({ email: 'new@example.com' })
  const visitor = createPortalVisitor({ port: gateway.port })

  const asked = await visitor.follow(await typePassword(visitor, 'new@example.com'))
  const opened = await visitor.submit(asked, { code: await mailedCode('new@example.com') })
  await visitor.post(`${gateway.portalOrigin}/sign-out`, {})
  const again = await typePassword(visitor, 'new@example.com')

  expect(asked.heading).toBe('Check your mail')
  expect(opened.location).toBe('/account')
  expect(again.location).toBe('/account')
})

test('an unknown device waits for a mailed code where the organization wants it, and elsewhere it does not', async () => {
  await start(false)
  await gateway.addPerson({ email: 'inside@example.com', organization: 'acme' })
  await gateway.addPerson({ email: 'outside@example.com' })

  const inside = await typePassword(createPortalVisitor({ port: gateway.port }), 'inside@example.com')
  const outside = await typePassword(createPortalVisitor({ port: gateway.port }), 'outside@example.com')

  expect(inside.location).toBe('/second-factor')
  expect(outside.location).toBe('/account')
})

test('a reload switches it, and an operator releases a hold', async () => {
  await start(false)
  const account = await gateway.addPerson({ email: 'held@example.com' })
  const { rooms } = gateway.running.gateway
  await rooms.people.signIn.hold(account, 'threat:t-1', byTest)
  const held = await typePassword(createPortalVisitor({ port: gateway.port }), 'held@example.com')

  const released = await gateway.cli('users', 'release-hold', 'held@example.com')
  const free = await typePassword(createPortalVisitor({ port: gateway.port }), 'held@example.com')
  gateway.writeGateway({ signIn: { codeOnUnknownDevice: true } })
  await gateway.running.reload()
  const asked = await typePassword(createPortalVisitor({ port: gateway.port }), 'held@example.com')

  expect(held.location).toBe('/second-factor')
  expect(released.out).toContain('changed')
  expect(free.location).toBe('/account')
  expect(asked.location).toBe('/second-factor')
  const rows = await rooms.store.audit.list({ accountId: account.id, limit: 50 })
  expect(rows.find(({ entry }) => entry.event === 'hold_released')?.entry.facts).toMatchObject({ cause: 'threat:t-1' })
})
