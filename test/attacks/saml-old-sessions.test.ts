import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditOf } from '../../src/people/origin.ts'
import { byTest } from '../support/gateway.ts'
import type { PortalVisitor } from '../support/portal-visitor.ts'
import { rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { accountOf, accountPage, organizationOf, signInLocally } from '../support/sso-people.ts'

// Sessions from before: those that a password opened, and those that a provider of yesterday has vouched for. Whoever holds one must not come
// back in because its owner proves something anew, or because the rules turn round twice.

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

describe('a session that the provider of an earlier try has vouched for', () => {
  const off = { required: false, breakGlassEmails: [] }
  const on = { required: true, breakGlassEmails: [] }
  const admin = () => rooms(world.gateway).people.organizationAdmin
  const standing = () => organizationOf(world, 'corp')

  /** Signed in through the provider while a proposal spoke. */
  async function ofProposal(revertAt: number): Promise<PortalVisitor> {
    await require(true)
    const visitor = world.visitor()
    expect((await world.corp.signIn(visitor, 'victim@corp.test')).status).toBe(303)
    const organization = await standing()
    const active = { ...organization.rules.active, sso: on }
    const rules = { active, previous: { ...active, sso: off }, revertAt, confirmedAt: null }
    const audit = auditOf('sso_proposed', { accountId: null, organizationId: organization.id }, byTest, 0)
    await rooms(world.gateway).store.organizations.change({ ...organization, rules }, { audit, notices: [] })
    return visitor
  }

  /** The clock has taken it back since. */
  async function ofRolledBack(): Promise<PortalVisitor> {
    const visitor = await ofProposal(world.clock.now())
    expect((await accountPage(world, visitor)).status).toBe(303)
    return visitor
  }

  async function adopt(sso: typeof on): Promise<void> {
    const { name, rules } = await standing()
    await admin().adopt([{ slug: 'corp', name, rules: { ...rules.active, sso } }], byTest)
  }

  test('does not live again when another change of the rules has put the proposal aside in between', async () => {
    const visitor = await ofRolledBack()
    const { rules } = await standing()
    const changed = await admin().setRules(await standing(), { ...rules.active, sso: off }, byTest)
    expect(changed.kind).toBe('changed')
    await require(true)
    expect((await accountPage(world, visitor)).status).toBe(303)
  })

  test('nor when a file switches single sign-on on', async () => {
    const visitor = await ofRolledBack()
    await adopt(on)
    expect((await accountPage(world, visitor)).status).toBe(303)
  })

  test('nor when a file has put the proposal aside in between', async () => {
    const visitor = await ofRolledBack()
    await adopt(off)
    await require(true)
    expect((await accountPage(world, visitor)).status).toBe(303)
  })

  test('while one that came through it during a proposal stays when a file makes that last', async () => {
    const visitor = await ofProposal(world.clock.now() + 60_000)
    await adopt(on)
    world.clock.advance(60_000)
    expect((await accountPage(world, visitor)).status).toBe(200)
  })
})
