import { afterAll, beforeAll, expect, test } from 'vitest'
import { mailsTo, stranger } from '../support/lane.ts'
import { portalHost, signedIn, tryPassword } from '../support/portal-flows.ts'
import { operator, type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { accountOf, addOrganization, addPerson } from '../support/portal-people.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'

// Anybody may ask for a code in anybody's name. What strangers ask for must not use up the codes that the owner waits for.

let portal: PortalHarness
let organization: Awaited<ReturnType<typeof addOrganization>>
beforeAll(async () => {
  portal = await startPortal()
  organization = await addOrganization(portal, 'Mailed', { emailedCodes: true })
})
afterAll(() => portal[Symbol.asyncDispose]())

const askCode = (visitor: PortalVisitor, email: string) =>
  visitor.post(`${portal.portalOrigin}/sign-in/code`, { email })
const codesTo = async (email: string) =>
  (await mailsTo(portal, email)).filter(mail => /code/i.test(mail.subject)).length

async function strangersAsk(email: string): Promise<void> {
  for (let i = 0; i < 6; i++) await askCode(stranger(portal), email)
}

test('strangers cannot use up the codes of somebody who asks on a device that the account knows', async () => {
  await addPerson(portal, 'known@spent.example', { organization })
  const owner = await signedIn(portal, 'known@spent.example')
  owner.jar.get(portalHost)?.delete('sekisho')
  await strangersAsk('known@spent.example')
  const before = await codesTo('known@spent.example')

  await askCode(owner, 'known@spent.example')

  expect(before).toBe(3)
  expect(await codesTo('known@spent.example')).toBe(4)
})

test('nor at an address that the account signed in from lately', async () => {
  await addPerson(portal, 'home@spent.example', { organization })
  const address = '198.51.100.77'
  await signedIn(portal, 'home@spent.example', { address })
  await strangersAsk('home@spent.example')

  await askCode(createPortalVisitor({ port: portal.port, address }), 'home@spent.example')

  expect(await codesTo('home@spent.example')).toBe(4)
})

test('nor those that a right password asks for, on a new device', async () => {
  await addPerson(portal, 'held@spent.example', { organization })
  await portal.signIn.hold(await accountOf(portal, 'held@spent.example'), 'threat:1', operator)
  await strangersAsk('held@spent.example')
  const before = await codesTo('held@spent.example')
  const owner = stranger(portal)
  const page = await owner.follow(await tryPassword(portal, owner, 'held@spent.example'))

  await owner.post(`${portal.portalOrigin}/second-factor`, {
    attempt: /name="attempt" value="([^"]+)"/.exec(page.body)?.[1] ?? '',
    answer: 'send_code',
  })

  expect(await codesTo('held@spent.example')).toBe(before + 1)
})

test('a thief with the password cannot use up the codes that its owner asks for on a known device', async () => {
  await addPerson(portal, 'dormant@spent.example')
  const owner = await signedIn(portal, 'dormant@spent.example')
  owner.jar.get(portalHost)?.delete('sekisho')
  portal.clock.leap(200 * 86_400_000)
  for (let i = 0; i < 5; i++) await tryPassword(portal, stranger(portal), 'dormant@spent.example')
  const before = await codesTo('dormant@spent.example')

  await tryPassword(portal, owner, 'dormant@spent.example')

  expect(await codesTo('dormant@spent.example')).toBe(before + 1)
})
