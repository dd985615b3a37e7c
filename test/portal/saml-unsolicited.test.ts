import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PortalVisitor, Reply } from '../support/portal-visitor.ts'
import { rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { accountOf, accountPage } from '../support/sso-people.ts'

// Sign-ins that begin at the provider, where the organization lets it. Its page posts to us unasked, and browsers leave their cookies at home.

let world: SamlGateway
beforeAll(async () => {
  world = await startSamlGateway()
  await world.corp.setProvider({ settings: { unsolicited: true } })
})
afterAll(() => world[Symbol.asyncDispose]())

let people = 0
async function somebody() {
  const email = `begun${++people}@corp.test`
  await world.gateway.addPerson({ email, organization: 'corp' })
  const { id } = await accountOf(world, email)
  const { store } = rooms(world.gateway)
  const newDevices = async () =>
    (await store.outbox.list('all', 1_000)).filter(({ notice }) => notice.kind === 'new_device' && notice.to === email)
  return { email, id, newDevices, devices: () => store.devices.listOf(id) }
}
const begin = (visitor: PortalVisitor, nameId: string) => world.corp.post(visitor, world.corp.answer(null, { nameId }))
const bring = (visitor: PortalVisitor, page: Reply, site = 'same-origin') =>
  visitor.submit(page, {}, { action: '/saml/corp/acs', headers: { 'Sec-Fetch-Site': site } })
const deviceOf = (visitor: PortalVisitor) => visitor.cookie('auth.localhost', 'sekisho-device')

test('a page of ours posts the answer once more: a browser that is known is not told of as a new one', async () => {
  const { email, newDevices, devices } = await somebody()
  const visitor = world.visitor()
  for (let i = 0; i < 3; i++) {
    const page = await begin(visitor, email)
    expect([page.status, page.setCookies]).toEqual([200, []])
    const opened = await bring(visitor, page)
    expect([opened.status, opened.location]).toEqual([303, '/account'])
    expect((await accountPage(world, visitor)).status).toBe(200)
  }
  expect([(await newDevices()).length, (await devices()).length]).toEqual([1, 1])
})

test('nothing is read, kept or told before: whatever was posted is brought, and an answer opens one session', async () => {
  const { email, id } = await somebody()
  const { store, people: rules } = rooms(world.gateway)
  const [visitor, victim] = [world.visitor(), world.visitor()]
  const seen = await store.seenMessages.listOf(world.corp.id)
  const garbage = await world.corp.post(visitor, 'AAAA"><b>', 'https://evil.test/')
  const genuine = await begin(visitor, email)
  const stripped = ({ body }: Reply) => body.replaceAll(/value="[^"]*"/g, '')
  expect(garbage.body).not.toContain('<b>')
  expect(garbage.forms[0]?.fields.map(([, value]) => value)).toContain('AAAA"><b>')
  expect(stripped(garbage).replaceAll(/<input[^>]*RelayState[^>]*>/g, '')).toBe(stripped(genuine))
  expect(await store.seenMessages.listOf(world.corp.id)).toEqual(seen)
  expect(await rules.sessionBook.listOf(id)).toEqual([])

  expect((await bring(visitor, garbage)).status).toBe(403)
  expect((await bring(visitor, genuine)).status).toBe(303)
  expect((await bring(victim, genuine)).status).toBe(403)
  expect(await rules.sessionBook.listOf(id)).toHaveLength(1)
})

test('a page elsewhere that claims to be ours is answered at once, and takes the place of no device cookie', async () => {
  const { email } = await somebody()
  const visitor = world.visitor()
  await bring(visitor, await begin(visitor, email))
  const known = deviceOf(visitor)
  expect(known).toBeDefined()
  for (const site of ['cross-site', '']) {
    const answer = { SAMLResponse: world.corp.answer(null, { nameId: email }), 'sekisho-brought': '1' }
    const headers = { Origin: 'https://evil.test', 'Sec-Fetch-Site': site, Cookie: '' }
    const opened = await visitor.post(world.corp.acs, answer, { headers })
    expect(opened.status).toBe(303)
    expect(opened.setCookies.filter(line => line.includes('-device='))).toEqual([])
  }
  expect(deviceOf(visitor)).toBe(known)
})

test('an answer to a request of this browser goes its way as ever, and so does all where nobody may begin', async () => {
  const { email } = await somebody()
  expect((await world.corp.signIn(world.visitor(), email)).status).toBe(303)
  await world.corp.setProvider({ settings: { unsolicited: false } })
  expect((await begin(world.visitor(), email)).status).toBe(403)
  await world.corp.setProvider({ settings: { unsolicited: true } })
})
