import { afterAll, beforeAll, expect, test } from 'vitest'
import { signedIn } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { addPerson } from '../support/portal-people.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'

// Anybody may ask for reset mails in anybody's name: three an hour, each of which voided the one before, kept an owner from ever
// using one. What is asked for at home has a budget and tickets of its own.

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const owner = 'owner@spent.example'
const homeAddress = '198.51.100.77'

async function askAs(visitor: PortalVisitor): Promise<void> {
  await visitor.submit(await visitor.get(`${portal.portalOrigin}/reset`), { email: owner })
}

async function mailed(): Promise<readonly string[]> {
  await portal.deliver()
  const texts = portal.mailbox.list().filter(({ to }) => to === owner)
  return texts.flatMap(({ text }) => /(http:\/\/auth\.localhost:\d+\/reset\/[\w-]+)/.exec(text)?.[1] ?? [])
}

async function spendFromElsewhere(from: number): Promise<void> {
  for (let i = 0; i < 5; i++) await askAs(createPortalVisitor({ port: portal.port, address: `203.0.113.${from + i}` }))
}

test('whoever asks for an owner’s reset mails all day keeps none from the owner, on a known device or at home', async () => {
  await addPerson(portal, owner)
  const known = await signedIn(portal, owner, { address: homeAddress })
  await spendFromElsewhere(1)
  expect(await mailed()).toHaveLength(3)

  await askAs(known)

  const withOwn = await mailed()
  expect(withOwn).toHaveLength(4)
  // A new phone at the same address.
  await askAs(createPortalVisitor({ port: portal.port, address: homeAddress }))
  expect(await mailed()).toHaveLength(5)
})

test('what strangers ask for does not void what the owner has just been sent, also on an unknown device elsewhere', async () => {
  for (const [i, address] of [homeAddress, '192.0.2.9'].entries()) {
    portal.clock.leap(61 * 60_000)
    const before = await mailed()
    await askAs(createPortalVisitor({ port: portal.port, address }))
    const own = (await mailed()).find(link => !before.includes(link))
    await spendFromElsewhere(20 + 10 * i)

    const opened = createPortalVisitor({ port: portal.port, address })
    const page = await opened.follow(await opened.get(own ?? 'none'))
    expect(page.status).toBe(200)
  }
})

test('at home too there are three an hour, whatever device asks there', async () => {
  portal.clock.leap(61 * 60_000)
  const before = await mailed()
  for (let i = 0; i < 6; i++) await askAs(createPortalVisitor({ port: portal.port, address: homeAddress }))
  expect(await mailed()).toHaveLength(before.length + 3)
})

test('a month after the last sign-in an address is like any other', async () => {
  portal.clock.leap(31 * 24 * 60 * 60_000)
  const before = await mailed()
  await spendFromElsewhere(50)
  await askAs(createPortalVisitor({ port: portal.port, address: homeAddress }))
  expect(await mailed()).toHaveLength(before.length + 3)
})
