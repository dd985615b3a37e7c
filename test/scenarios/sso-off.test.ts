import { afterAll, beforeAll, expect, test } from 'vitest'
import { type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { accountOf, accountPage, tryPassword } from '../support/sso-people.ts'
import { until } from '../support/until.ts'

// Somebody whose account came into being at the provider has never had a password. When single sign-on ends, a reset is their way in.

let world: SamlGateway
beforeAll(async () => {
  world = await startSamlGateway()
  await world.corp.setProvider({ settings: { createsAccounts: true } })
})
afterAll(() => world[Symbol.asyncDispose]())

const email = 'mio@corp.test'
const chosen = 'lantern-orchid-72-causeway'

/** The link that was mailed to them. Campaigns and the outbox are driven by time, and time is the test's. */
async function mailedLink(link: RegExp): Promise<string> {
  let found = ''
  await until(() => {
    world.clock.advance(1_000)
    const mails = world.gateway.running.gateway.mailbox?.list() ?? []
    const texts = mails.filter(({ to }) => to === email).map(({ text }) => text)
    found = texts.map(text => link.exec(text)?.[0]).find(each => each !== undefined) ?? ''
    return found !== ''
  })
  return found
}

test('an account that never had a password is led through a reset when single sign-on is switched off, and comes in by it', async () => {
  const atProvider = world.visitor()
  expect((await world.corp.signIn(atProvider, email)).status).toBe(303)
  expect((await accountOf(world, email)).password).toBeNull()

  const off = ['sso', 'off', 'corp', '--reason', 'moving', '--approver', 'Kei Mori']
  const { code, err, out } = await world.gateway.cli(...off)
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/people: 1\b/)
  expect((await accountPage(world, atProvider)).status).toBe(303)

  const visitor = world.visitor()
  const asks = await visitor.get(await mailedLink(/http:\/\/\S+\/reset\?email=\S+/))
  await visitor.submit(asks, { email })
  const form = await visitor.follow(await visitor.get(await mailedLink(/http:\/\/\S+\/reset\/[\w-]+/)))
  const done = await visitor.submit(form, { password: chosen })
  expect(done.location).toContain('said=reset')

  await tryPassword(world, visitor, email, chosen)
  expect((await accountPage(world, visitor)).status).toBe(200)
  expect(await accountOf(world, email)).toMatchObject({ reset: null, password: { hash: expect.any(String) } })
})
