import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { type OpenConnections, openConnections } from '../support/open-connections.ts'
import type { App } from '../support/portal-people.ts'
import type { PortalVisitor } from '../support/portal-visitor.ts'
import { type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { accountPage, enrolApp, signInLocally } from '../support/sso-people.ts'

// Connections that are open while an organization switches single sign-on on: who came another way loses them, whoever it may be.

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in', websocket: true }],
}
const boss = 'boss@corp.test'
const glass = 'glass@corp.test'

let world: SamlGateway
let app: App
beforeAll(async () => {
  world = await startSamlGateway({ routes })
  const off = { required: false, breakGlassEmails: [] }
  for (const house of [world.corp, world.other]) await house.setRules(rules => ({ ...rules, sso: off }))
  for (const email of [boss, glass])
    await world.gateway.addPerson({ email, organization: 'corp', roles: ['administrator'] })
  await world.gateway.addPerson({ email: 'hana@corp.test', organization: 'corp' })
  await world.gateway.addPerson({ email: 'else@other.test', organization: 'other' })
  app = await enrolApp(world, glass)
})
afterAll(() => world[Symbol.asyncDispose]())

const cli = (...words: string[]) => world.gateway.cli('sso', ...words)
async function propose(): Promise<void> {
  const { code, err } = await cli('on', 'corp', '--break-glass', glass, '--minutes', '5')
  expect([code, err]).toEqual([0, ''])
}

/** A socket and a stream to the application, for who is signed in on the portal. */
async function connect(visitor: PortalVisitor): Promise<OpenConnections> {
  await visitor.follow(await visitor.get(`${world.gateway.appOrigin}/room`))
  const connections = await openConnections(visitor, world.gateway.port)
  expect(await connections.echo('open')).toBe('open')
  return connections
}

async function throughProvider(email: string): Promise<PortalVisitor> {
  const visitor = world.visitor()
  expect((await world.corp.signIn(visitor, email)).status).toBe(303)
  return visitor
}

/** A silent socket would be cut for that alone. */
async function talkFor({ echo }: OpenConnections, seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 20) {
    world.clock.advance(Math.min(left, 20) * 1_000)
    expect(await echo(`${left} left`)).toBe(`${left} left`)
  }
}

/** Without a moment of the tests' clock passing: only what waits for its turn is let go on. */
async function expectCut({ closed, cut }: OpenConnections): Promise<void> {
  let isClosed = false
  void closed.then(() => (isClosed = true))
  while (!isClosed) {
    world.clock.advance(0)
    await new Promise(setImmediate)
  }
  expect(await closed).toBe(4401)
  expect(await cut, 'the stream must not look complete').toBe(false)
}

test('a proposal cuts what is local; those of the provider end with it when nobody confirms, and local sessions live again', async () => {
  const hana = await signInLocally(world, 'hana@corp.test')
  const local = await connect(hana)
  const elsewhere = await connect(await signInLocally(world, 'else@other.test'))

  await propose()

  await expectCut(local)
  const administrator = await throughProvider(boss)
  const vouched = await connect(administrator)
  await talkFor(vouched, 299)

  world.clock.advance(1_000)

  await expectCut(vouched)
  expect((await accountPage(world, administrator)).status).toBe(303)
  expect((await accountPage(world, hana)).status).toBe(200)
  const again = await connect(hana)
  expect(await elsewhere.echo('not concerned')).toBe('not concerned')
  again.close()
  elsewhere.close()
})

test('confirming leaves those of the provider and of the emergency account, and none of a local session', async () => {
  const hana = await signInLocally(world, 'hana@corp.test')
  const local = await connect(hana)
  const emergency = await connect(await signInLocally(world, glass, app))
  await propose()
  await expectCut(local)
  const administrator = await throughProvider(boss)
  const vouched = await connect(administrator)

  const page = await administrator.get(`${world.gateway.portalOrigin}/admin/sso`)
  expect((await administrator.submit(page, {}, { action: '/admin/sso' })).status).toBe(200)

  expect(await vouched.echo('confirmed')).toBe('confirmed')
  expect(await emergency.echo('confirmed')).toBe('confirmed')
  expect((await accountPage(world, hana)).status).toBe(303)
  await talkFor(vouched, 301)
  vouched.close()
  emergency.close()
})
