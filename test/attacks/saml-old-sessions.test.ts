import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { PortalVisitor } from '../support/portal-visitor.ts'
import { rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { accountOf, accountPage, signInLocally } from '../support/sso-people.ts'

// Sessions from before: those that a password opened, and those that a provider of yesterday has vouched for. Whoever holds one must not come
// back in because its owner proves something anew, or because the rules turn round twice.

vi.setConfig({ testTimeout: 60_000 })

let world: SamlGateway
beforeAll(async () => {
  world = await startSamlGateway()
  await require(false)
  await world.gateway.addPerson({ email: 'victim@corp.test', organization: 'corp' })
})
afterAll(() => world[Symbol.asyncDispose]())

function require(required: boolean): Promise<void> {
  return world.corp.setRules(rules => ({ ...rules, sso: { required, breakGlassEmails: [] } }))
}

async function appStatus(visitor: PortalVisitor): Promise<number> {
  return (await visitor.get(`${world.gateway.appOrigin}/`)).status
}

describe('a session that a password opened', () => {
  test('is no session to prove anew: the thief’s copy on the application’s host is not revived with it', async () => {
    const victim = await signInLocally(world, 'victim@corp.test')
    await victim.follow(await victim.get(`${world.gateway.appOrigin}/`))
    const thief = world.visitor()
    thief.jar.set('localhost', new Map(victim.jar.get('localhost')))
    expect(await appStatus(thief)).toBe(200)
    await require(true)
    expect(await appStatus(thief)).not.toBe(200)

    // A page elsewhere leads the victim to this address; the provider knows them and asks nothing that looks odd.
    const asked = await world.corp.ask(victim, { prove: '1' })
    const answer = world.corp.answer(asked, { nameId: 'victim@corp.test' })
    expect((await world.corp.post(victim, answer, asked.relayState)).status).toBe(303)

    expect((await accountPage(world, victim)).status).toBe(200)
    expect(await appStatus(thief)).not.toBe(200)
    const account = await accountOf(world, 'victim@corp.test')
    const sessions = await rooms(world.gateway).people.sessionBook.listOf(account.id)
    expect(sessions.map(({ proofs }) => proofs.map(({ kind }) => kind))).toEqual([['saml']])
    await require(false)
  })
})
