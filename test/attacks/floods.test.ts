import { afterAll, beforeAll, expect, test } from 'vitest'
import { tryPassword } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { addOrganization, addPerson } from '../support/portal-people.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'

// What one hand can make the gateway do to others.

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

test('one address cannot take all places where passwords are verified: others sign in meanwhile', async () => {
  await addPerson(portal, 'bystander@flood.example')
  const flood = Array.from({ length: 120 }, (_, i) =>
    createPortalVisitor({ port: portal.port, address: '203.0.113.9' }).post(`${portal.portalOrigin}/sign-in`, {
      email: `nobody${i}@flood.example`,
      password: 'any password at all',
    }),
  )
  const bystander = createPortalVisitor({ port: portal.port, address: '198.51.100.9' })

  const reply = await tryPassword(portal, bystander, 'bystander@flood.example')

  expect(reply.location).toBe('/account')
  await Promise.all(flood)
})

test('whoever has the password of a dormant account cannot fill its mailbox with codes', async () => {
  const { email } = await addPerson(portal, 'dormant@flood.example')
  portal.clock.leap(181 * 86_400_000)

  for (let i = 0; i < 8; i++) {
    const attacker = createPortalVisitor({ port: portal.port, address: `203.0.113.${20 + i}` })
    const reply = await tryPassword(portal, attacker, email)
    expect(reply.location).toBe('/second-factor')
  }

  const mails = await portal.store.outbox.list('all', 1_000)
  expect(mails.filter(({ notice }) => notice.to === email && notice.kind === 'email_code')).toHaveLength(3)
})

test('whoever has a password cannot flood administrators with requests for ever new devices', async () => {
  const organization = await addOrganization(portal, 'Flooded', { devices: 'approved' })
  const account = await addPerson(portal, 'insider@flood.example', { organization })

  for (let i = 0; i < 12; i++) {
    const attacker = createPortalVisitor({ port: portal.port, address: `203.0.113.${40 + i}` })
    const page = await attacker.follow(await tryPassword(portal, attacker, account.email))
    expect(page.heading).toBe('This device needs approval')
  }

  expect(await portal.store.devices.listOf(account.id)).toHaveLength(5)
})
