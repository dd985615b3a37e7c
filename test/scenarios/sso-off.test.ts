import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { accountOf, accountPage } from '../support/sso-people.ts'
import { until } from '../support/until.ts'

// Somebody whose account came into being at the provider has never had a password. When single sign-on ends, a reset is their way in.

vi.setConfig({ testTimeout: 120_000 })

let world: SamlGateway
beforeAll(async () => {
  world = await startSamlGateway()
  await world.corp.setProvider({ settings: { createsAccounts: true } })
})
afterAll(() => world[Symbol.asyncDispose]())

const email = 'mio@corp.test'
const chosen = 'lantern-orchid-72-causeway'

/** The newest link for a new password that was mailed to them. */
function ticket(): string {
  const mails = world.gateway.running.gateway.mailbox?.list() ?? []
  const texts = mails.filter(({ to }) => to === email).map(({ text }) => text)
  return texts.map(text => /http:\/\/\S+\/reset\/[\w-]+/.exec(text)?.[0]).find(link => link !== undefined) ?? ''
}

/** Campaigns and the outbox are driven by time, and time is the test's. */
const inTime = (isSo: () => boolean | Promise<boolean>) =>
  until(() => {
    world.clock.advance(1_000)
    return isSo()
  })

test('an account that never had a password is led through a reset when single sign-on is switched off, and comes in by it', async () => {
  const atProvider = world.visitor()
  expect((await world.corp.signIn(atProvider, email)).status).toBe(303)
  expect((await accountOf(world, email)).password).toBeNull()

  const { code, err, out } = await world.gateway.cli(
    'sso',
    'off',
    'corp',
    '--reason',
    'moving',
    '--approver',
    'Kei Mori',
  )
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/people: 1\b/)
  await inTime(async () => (await accountOf(world, email)).reset !== null)
  expect((await accountPage(world, atProvider)).status).toBe(303)
  await inTime(() => ticket() !== '')

  const visitor = world.visitor()
  const form = await visitor.follow(await visitor.get(ticket()))
  const done = await visitor.submit(form, { password: chosen })
  expect(done.location).toContain('said=reset')

  const page = await visitor.submit(await visitor.get(`${world.gateway.portalOrigin}/sign-in`), { email })
  await visitor.submit(page, { password: chosen })
  expect((await accountPage(world, visitor)).status).toBe(200)
  expect(await accountOf(world, email)).toMatchObject({ reset: null, password: { hash: expect.any(String) } })
})
