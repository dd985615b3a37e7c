import { afterAll, beforeAll, expect, test } from 'vitest'
import { signedIn, tryPassword } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { addOrganization, addPerson, goodPassword } from '../support/portal-people.ts'
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

test('somebody who is signed in holds few places at a time, with ever the same refused change of password', async () => {
  await addPerson(portal, 'inside@flood.example')
  const insider = await signedIn(portal, 'inside@flood.example', { address: '203.0.113.10' })
  const fields = { email: 'inside@flood.example', current: goodPassword, next: goodPassword }

  const replies = await Promise.all(
    Array.from({ length: 20 }, () => insider.post(`${portal.portalOrigin}/account/password`, fields)),
  )

  const statuses = new Set(replies.map(({ status }) => status))
  expect(statuses).toEqual(new Set([422, 503]))
})

test('whoever holds a ticket has no more places than any other address', async () => {
  await addPerson(portal, 'ticket@flood.example')
  const holder = createPortalVisitor({ port: portal.port, address: '203.0.113.12' })
  await holder.submit(await holder.get(`${portal.portalOrigin}/reset`), { email: 'ticket@flood.example' })
  await portal.deliver()
  const mail = portal.mailbox.list().find(each => each.to === 'ticket@flood.example' && each.text.includes('/reset/'))
  const link = /(http:\/\/auth\.localhost:\d+\/reset\/[\w-]+)/.exec(mail?.text ?? '')?.[1] ?? 'none'
  const page = await holder.follow(await holder.get(link))

  const replies = await Promise.all(Array.from({ length: 40 }, () => holder.submit(page, { password: goodPassword })))

  const statuses = new Set(replies.map(({ status }) => status))
  expect(statuses).toEqual(new Set([422, 503]))
})

test('nor somebody whose own device is known, after the tries for it are used up', async () => {
  await addPerson(portal, 'device@flood.example')
  await addPerson(portal, 'neighbour@flood.example')
  const insider = await signedIn(portal, 'device@flood.example', { address: '203.0.113.11' })
  const fields = { email: 'device@flood.example', password: 'any password at all' }
  const flood = Array.from({ length: 120 }, () => insider.post(`${portal.portalOrigin}/sign-in`, fields))
  const bystander = createPortalVisitor({ port: portal.port, address: '198.51.100.11' })

  const reply = await tryPassword(portal, bystander, 'neighbour@flood.example')

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
