import { afterAll, beforeAll, expect, test } from 'vitest'
import { tryPassword } from '../support/portal-flows.ts'
import { type PortalHarness, startPortal } from '../support/portal-harness.ts'
import { addPerson, goodPassword } from '../support/portal-people.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'

let portal: PortalHarness
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal[Symbol.asyncDispose]())

const chosen = 'seven slow boats under the bridge'

async function linkFor(email: string): Promise<string> {
  const visitor = createPortalVisitor(portal)
  await visitor.submit(await visitor.get(`${portal.portalOrigin}/reset`), { email })
  await portal.deliver()
  const mail = portal.mailbox.list().find(each => each.to === email && each.text.includes('/reset/'))
  return /(http:\/\/auth\.localhost:\d+\/reset\/[\w-]+)/.exec(mail?.text ?? '')?.[1] ?? 'none'
}

test('a password that was chosen for one account is never set for another whose ticket came into the browser meanwhile', async () => {
  await addPerson(portal, 'victim@tabs.example')
  await addPerson(portal, 'mallory@tabs.example')
  const victim = createPortalVisitor(portal)
  const page = await victim.follow(await victim.get(await linkFor('victim@tabs.example')))
  // A page of the attacker opens the attacker's own link in another tab: the browser takes its cookie.
  await victim.get(await linkFor('mallory@tabs.example'))

  const answer = await victim.submit(page, { password: chosen })

  expect(answer.status).toBe(410)
  const mallory = createPortalVisitor(portal)
  expect((await tryPassword(portal, mallory, 'mallory@tabs.example', chosen)).status).toBe(422)
  expect((await tryPassword(portal, mallory, 'mallory@tabs.example', goodPassword)).location).toBe('/account')
})
