import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { tryPassword } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { addPerson, goodPassword } from '../support/portal-people.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'

// Whoever knows an address can use up the tries of its account. That must neither shut the owner out for good, nor show that it happened.

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const nextPassword = 'seven slow boats under the bridge'

async function spendTries(email: string): Promise<void> {
  for (let i = 0; i < 12; i++) {
    const attacker = createPortalVisitor({ port: portal.port, address: `203.0.113.${i}` })
    await attacker.post(`${portal.portalOrigin}/sign-in`, { email, password: 'guess number something' })
  }
}

async function reset(visitor: PortalVisitor, email: string): Promise<void> {
  await visitor.submit(await visitor.get(`${portal.portalOrigin}/reset`), { email })
  await portal.deliver()
  const mail = portal.mailbox.list().find(each => each.to === email && each.text.includes('/reset/'))
  const link = /(http:\/\/auth\.localhost:\d+\/reset\/[\w-]+)/.exec(mail?.text ?? '')?.[1] ?? 'none'
  await visitor.submit(await visitor.follow(await visitor.get(link)), { password: nextPassword })
}

test('the owner’s finished reset opens the account again: the mailbox was proved, and the guesses were at another password', async () => {
  await addPerson(portal, 'owner@locked.example')
  await spendTries('owner@locked.example')
  const owner = createPortalVisitor({ port: portal.port, address: '198.51.100.7' })
  expect((await tryPassword(portal, owner, 'owner@locked.example', goodPassword)).status).toBe(422)

  await reset(owner, 'owner@locked.example')

  expect((await tryPassword(portal, owner, 'owner@locked.example', nextPassword)).location).toBe('/account')
})

test('so it does for somebody who mistyped the old password too often from one place', async () => {
  await addPerson(portal, 'typo@locked.example')
  const owner = createPortalVisitor({ port: portal.port, address: '198.51.100.8' })
  for (let i = 0; i < 12; i++)
    await owner.post(`${portal.portalOrigin}/sign-in`, {
      email: 'typo@locked.example',
      password: 'not this one, I think',
    })

  await reset(owner, 'typo@locked.example')

  expect((await tryPassword(portal, owner, 'typo@locked.example', nextPassword)).location).toBe('/account')
})

test('a try that is not verified asks the store for the same as one that is', async () => {
  await addPerson(portal, 'same@locked.example')
  const calls = vi.spyOn(portal.store.accounts, 'findByEmail')
  const guess = async (address: string) => {
    calls.mockClear()
    const attacker = createPortalVisitor({ port: portal.port, address })
    await attacker.post(`${portal.portalOrigin}/sign-in`, { email: 'same@locked.example', password: 'a guess again' })
    return calls.mock.calls.length
  }

  const open = await guess('203.0.113.200')
  await spendTries('same@locked.example')
  const closed = await guess('203.0.113.201')

  expect(closed).toBe(open)
  calls.mockRestore()
})
