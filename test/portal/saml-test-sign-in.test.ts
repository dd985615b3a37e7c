import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testTickets } from '../../src/composition/saml.ts'
import { testPassword } from '../support/gateway.ts'
import type { PortalVisitor } from '../support/portal-visitor.ts'
import { rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'

let world: SamlGateway
beforeAll(async () => {
  world = await startSamlGateway()
  await world.corp.setRules(rules => ({ ...rules, sso: { ...rules.sso, required: false } }))
  await world.gateway.addPerson({ email: 'hana@corp.test', organization: 'corp', name: 'Mori Hana' })
})
afterAll(() => world[Symbol.asyncDispose]())

function ticket(): string {
  const { keys, clock } = rooms(world.gateway)
  return testTickets(keys.attempts, clock).mint(world.corp.id)
}

async function tryOut(visitor: PortalVisitor, parts: Parameters<SamlGateway['corp']['answer']>[1]) {
  const asked = await world.corp.ask(visitor, { test: ticket() })
  return world.corp.post(visitor, world.corp.answer(asked, parts), asked.relayState)
}

/** Everything that a sign-in would leave behind, the list of last answers aside. */
async function traces() {
  const { store, people } = rooms(world.gateway)
  const accounts = await store.accounts.list({ limit: 100 })
  const sessions = await Promise.all(accounts.map(({ id }) => people.sessionBook.listOf(id)))
  const devices = await Promise.all(accounts.map(({ id }) => store.devices.listOf(id)))
  return { accounts, sessions, devices, outbox: await store.outbox.list('queued', 100) }
}

describe('a test sign-in', () => {
  test('shows what would happen while single sign-on is not in force yet, and changes nothing', async () => {
    await world.corp.setProvider({ settings: { createsAccounts: true } })
    const before = await traces()
    const visitor = world.visitor()
    const known = await tryOut(visitor, { nameId: 'hana@corp.test' })
    const fresh = await tryOut(world.visitor(), { nameId: 'new@corp.test' })
    await world.corp.setProvider({ settings: { createsAccounts: false } })

    expect(known.status).toBe(200)
    expect(known.body).toContain('The answer of the identity provider was accepted.')
    expect(known.body).toContain('Mori Hana')
    expect(fresh.body).toContain('There is none; one would be created.')
    expect(await traces()).toEqual(before)
    expect(visitor.cookie('auth.localhost', 'sekisho')).toBeUndefined()
  })

  test('shows the precise cause of a refusal, and what helps', async () => {
    const page = await tryOut(world.visitor(), { nameId: 'hana@corp.test', audience: 'https://elsewhere.test' })
    expect(page.body).toContain('<code>audience</code>')
    expect(page.body).toContain('The Audience has to be our entity id')
  })

  test('tells also what only the house knows', async () => {
    const page = await tryOut(world.visitor(), { nameId: 'victim@other.test' })
    expect(page.body).toContain('<code>email_domain</code>')
  })

  test('uses its message up: it signs nobody in afterwards', async () => {
    const visitor = world.visitor()
    const asked = await world.corp.ask(visitor, { test: ticket() })
    const kept = new Map(visitor.jar.get('auth.localhost'))
    const message = world.corp.answer(asked, { nameId: 'hana@corp.test' })
    await world.corp.post(visitor, message, asked.relayState)
    visitor.jar.set('auth.localhost', kept)
    const again = await world.corp.post(visitor, message, asked.relayState)
    expect(again.body).toContain('<code>replayed</code>')
  })

  test('is shown to no other browser: there it is refused without a word', async () => {
    const visitor = world.visitor()
    const asked = await world.corp.ask(visitor, { test: ticket() })
    const message = world.corp.answer(asked, { nameId: 'hana@corp.test' })
    const elsewhere = await world.corp.post(world.visitor(), message, asked.relayState)
    expect([elsewhere.status, elsewhere.body.includes('<code>request')]).toEqual([403, false])
  })

  test('is for administrators of the organization and for whom an operator gave a ticket', async () => {
    const start = `${world.gateway.portalOrigin}/saml/corp/start`
    await world.gateway.addPerson({ email: 'boss@corp.test', organization: 'corp', roles: ['administrator'] })
    await world.gateway.addPerson({ email: 'boss@other.test', roles: ['administrator'] })
    const ask = async (email: string | null, test: string) => {
      const visitor = world.visitor()
      if (email !== null) {
        const form = await visitor.get(`${world.gateway.portalOrigin}/sign-in`)
        await visitor.submit(await visitor.submit(form, { email }), { password: testPassword })
      }
      return (await visitor.get(`${start}?test=${encodeURIComponent(test)}`)).status
    }
    expect(await ask(null, '1')).toBe(404)
    expect(await ask('hana@corp.test', '1')).toBe(404)
    expect(await ask('boss@corp.test', '1')).toBe(303)
    expect(await ask(null, 'x.y')).toBe(404)
    expect(
      await ask(
        null,
        ticket().replace(/.$/, last => (last === 'A' ? 'B' : 'A')),
      ),
    ).toBe(404)
    const { keys, clock } = rooms(world.gateway)
    expect(await ask(null, testTickets(keys.attempts, clock).mint(world.other.id))).toBe(404)
    const good = ticket()
    expect(await ask(null, good)).toBe(303)
    world.clock.advance(31 * 60_000)
    expect(await ask(null, good)).toBe(404)
  })
})
