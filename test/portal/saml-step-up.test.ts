import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Account } from '../../src/people/account.ts'
import type { PortalVisitor, Reply } from '../support/portal-visitor.ts'
import { type Asked, readAsked, rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'

const token = 'urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken'
const route = { hosts: ['localhost'], upstream: 'app', access: 'signed-in' as const }

let world: SamlGateway
beforeAll(async () => {
  world = await startSamlGateway({
    routes: {
      kind: 'routes',
      routes: [
        { ...route, name: 'app', prefix: '/' },
        { ...route, name: 'fresh', prefix: '/fresh/', recentSignIn: '5m' },
        { ...route, name: 'guarded', prefix: '/guarded/', secondFactor: true, secondFactorContexts: [token] },
        { ...route, name: 'closed', prefix: '/closed/', secondFactor: true },
      ],
    },
  })
})
afterAll(() => world[Symbol.asyncDispose]())

let people = 0
async function signedIn(): Promise<{ email: string; account: Account; visitor: PortalVisitor }> {
  people += 1
  const email = `person${people}@corp.test`
  const account = await world.gateway.addPerson({ email, organization: 'corp' })
  const visitor = world.visitor()
  await world.corp.signIn(visitor, email)
  return { email, account, visitor }
}

/** From a page of the application to the provider. */
async function heldUp(visitor: PortalVisitor, path: string): Promise<Asked> {
  let reply = await visitor.get(`${world.gateway.appOrigin}${path}`)
  for (let hop = 0; reply.location !== null && !reply.location.startsWith('https://idp.'); hop++) {
    if (hop === 8) throw new Error(`still at ${reply.location}`)
    reply = await visitor.get(new URL(reply.location, reply.url).href)
  }
  return readAsked(reply)
}

async function sessionOf(account: Account) {
  const [session] = await rooms(world.gateway).people.sessionBook.listOf(account.id)
  return session
}

describe('a new proof by the provider', () => {
  test('is asked for with ForceAuthn where a route wants a recent one, gives the session a new token, and leads back', async () => {
    const { email, account, visitor } = await signedIn()
    const before = visitor.cookie('auth.localhost', 'sekisho')
    const session = await sessionOf(account)
    world.clock.advance(6 * 60_000)

    const asked = await heldUp(visitor, '/fresh/page?id=1')
    expect(asked.xml).toContain('ForceAuthn="true"')
    const answer = world.corp.answer(asked, { nameId: email })
    const proved = await world.corp.post(visitor, answer, asked.relayState)
    const arrived = await visitor.follow(proved)

    expect(arrived.url.href).toBe(`${world.gateway.appOrigin}/fresh/page?id=1`)
    expect(arrived.status).toBe(200)
    expect(visitor.cookie('auth.localhost', 'sekisho')).not.toBe(before)
    expect((await sessionOf(account))?.id).toBe(session?.id)
  })

  test('asks the provider for one of its contexts where a route wants a second factor, and takes no other', async () => {
    const { email, visitor } = await signedIn()
    const asked = await heldUp(visitor, '/guarded/page')
    expect(asked.xml).toContain(`>${token}</saml:AuthnContextClassRef>`)

    const weak = world.corp.answer(asked, { nameId: email })
    expect((await world.corp.post(visitor, weak, asked.relayState)).status).toBe(403)
    expect((await visitor.get(`${world.gateway.appOrigin}/guarded/page`)).status).toBe(303)

    const strong = world.corp.answer(asked, { nameId: email, context: token })
    const arrived = await visitor.follow(await world.corp.post(visitor, strong, asked.relayState))
    expect([arrived.status, arrived.url.pathname]).toEqual([200, '/guarded/page'])
  })

  test('is not asked for without end where no context counts: the page says so', async () => {
    const { visitor } = await signedIn()
    const page = await visitor.follow(await visitor.get(`${world.gateway.appOrigin}/closed/page`))
    expect([page.status, page.heading]).toEqual([403, 'This page cannot be opened with single sign-on'])
  })

  test('of somebody else does not become the proof of this session', async () => {
    const { account, visitor } = await signedIn()
    const other = await signedIn()
    world.clock.advance(6 * 60_000)
    const asked = await heldUp(visitor, '/fresh/page')
    const reply = await world.corp.post(visitor, world.corp.answer(asked, { nameId: other.email }), asked.relayState)
    expect(reply.status).toBe(403)
    expect((await sessionOf(account))?.proofs[0]?.at).toBeLessThan(world.clock.now() - 5 * 60_000)
  })

  test('that the provider did not ask the person for anew is none', async () => {
    const { email, visitor } = await signedIn()
    world.clock.advance(20 * 60_000)
    const asked = await heldUp(visitor, '/fresh/page')
    const old = '2027-01-15T08:00:00Z'
    expect((await proveAgain(visitor, asked, { nameId: email, authnInstant: old })).status).toBe(403)
  })

  test('opens a new session where the one that asked has ended meanwhile', async () => {
    const { email, account, visitor } = await signedIn()
    world.clock.advance(6 * 60_000)
    const asked = await heldUp(visitor, '/fresh/page')
    const session = await sessionOf(account)
    if (session === undefined) throw new Error('no session')
    const by = { actor: { kind: 'system', id: 'test' }, address: null, receipt: null, device: 'test' } as const
    await rooms(world.gateway).people.sessionBook.end(session, by)
    const reply = await proveAgain(visitor, asked, { nameId: email })
    expect(reply.status).toBe(303)
    expect((await sessionOf(account))?.id).not.toBe(session.id)
  })

  test('shortens the session where the provider’s own ends sooner now', async () => {
    const { email, visitor } = await signedIn()
    world.clock.advance(6 * 60_000)
    const asked = await heldUp(visitor, '/fresh/page')
    const sessionUntil = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'UTC',
      dateStyle: 'short',
      timeStyle: 'medium',
    }).format(world.clock.now() + 60_000)
    await proveAgain(visitor, asked, { nameId: email, sessionUntil: `${sessionUntil.replace(' ', 'T')}Z` })
    expect((await visitor.get(`${world.gateway.portalOrigin}/account`)).status).toBe(200)
    world.clock.advance(61_000)
    expect((await visitor.get(`${world.gateway.portalOrigin}/account`)).status).toBe(303)
  })
})

test('what changes the account asks the provider again, and no password', async () => {
  const { visitor } = await signedIn()
  world.clock.advance(11 * 60_000)
  const reply = await visitor.post(`${world.gateway.portalOrigin}/account/sessions/end-others`, {})
  const proving = await visitor.get(new URL(reply.location ?? '', reply.url).href)
  expect(proving.location).toMatch(/^\/saml\/corp\/start\?.*prove=1/)
})

function proveAgain(
  visitor: PortalVisitor,
  asked: Asked,
  parts: Parameters<SamlGateway['corp']['answer']>[1],
): Promise<Reply> {
  return world.corp.post(visitor, world.corp.answer(asked, parts), asked.relayState)
}
