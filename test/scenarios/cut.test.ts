import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import type { Account } from '../../src/people/account.ts'
import { byTest, startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { type LiveUpstream, startLiveUpstream } from '../support/live-upstream.ts'
import { cookiesOf, type OpenConnections, openConnections } from '../support/open-connections.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in', websocket: true }],
}

let upstream: LiveUpstream
let gateway: TestGateway
let people = 0

beforeAll(async () => {
  upstream = await startLiveUpstream()
  gateway = await startGateway({ upstream: upstream.origin, policies: { routes } })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

interface Person {
  readonly account: Account
  readonly visitor: PortalVisitor
  readonly connections: OpenConnections
}

/** Somebody who is signed in and talks to the application over a WebSocket and an event stream. */
async function liveNow(organization?: string): Promise<Person> {
  people += 1
  const email = `person${people}@example.com`
  const account = await gateway.addPerson({ email, ...(organization === undefined ? {} : { organization }) })
  const visitor = createPortalVisitor({ port: gateway.port })
  await signIn(visitor, email)
  return { account, visitor, connections: await openConnections(visitor, gateway.port) }
}

async function signIn(visitor: PortalVisitor, email: string) {
  const first = await visitor.follow(await visitor.get(`${gateway.appOrigin}/room`))
  const second = await visitor.submit(first, { email })
  return visitor.follow(await visitor.submit(second, { password: testPassword }))
}

/** Whether the application answers a program with this person's cookies. */
async function reaches({ visitor }: Person): Promise<boolean> {
  const before = upstream.requests.length
  const reply = await visitor.get(`${gateway.appOrigin}/probe`, { headers: { Accept: 'application/json' } })
  expect(upstream.requests.length - before).toBe(reply.status === 200 ? 1 : 0)
  return reply.status === 200
}

function rooms() {
  return gateway.running.gateway.rooms
}

interface Cause {
  readonly name: string
  /** The close code that the page's script reads. */
  readonly code: number
  readonly organization?: string
  readonly act: (person: Person) => Promise<unknown>
}

const causes: readonly Cause[] = [
  {
    name: 'a forced reset',
    code: 4401,
    act: ({ account }) => rooms().people.resets.require(account, { reason: 'leaked', since: null }, byTest),
  },
  {
    name: 'sign-out',
    code: 4401,
    async act({ visitor }) {
      const page = await visitor.get(`${gateway.portalOrigin}/sign-out`)
      await visitor.submit(page, {})
    },
  },
  {
    name: 'suspension',
    code: 4401,
    act: ({ account }) => rooms().people.peopleAdmin.suspend(account, byTest),
  },
  {
    name: 'a changed network rule',
    code: 4403,
    organization: 'office',
    async act() {
      const office = await rooms().store.organizations.findBySlug('office')
      if (office === null) throw new Error('the organization is gone')
      const networks = [{ network: '203.0.113.0/24', comment: 'the new office' }]
      await rooms().people.organizationAdmin.setRules(office, { ...office.rules.active, networks }, byTest)
    },
  },
  {
    name: 'an operator who ends all sessions',
    code: 4401,
    act: ({ account }) => rooms().people.sessionBook.endAllOf(account, null, byTest),
  },
]

describe.each(causes)('$name', ({ code, organization, act }) => {
  test('cuts open connections at once, readable for the page, and nothing is forwarded from the next request on', async () => {
    if (organization !== undefined) await createOrganization(organization)
    const person = await liveNow(organization)
    const bystander = await liveNow()
    expect(await person.connections.echo('before')).toBe('before')
    expect(await reaches(person)).toBe(true)

    const startedMs = performance.now()
    await act(person)
    const reachedAfterwards = await reaches(person)

    expect(reachedAfterwards).toBe(false)
    expect(await person.connections.closed).toBe(code)
    expect(await person.connections.cut, 'the stream must not look complete').toBe(false)
    // The promise is one second; a test on a shared machine leaves room for its own slowness.
    expect(performance.now() - startedMs, 'milliseconds until everything was cut').toBeLessThan(5_000)
    expect(await bystander.connections.echo('still here')).toBe('still here')
    bystander.connections.close()
  })
})

test('a step-up renews the session and cuts nothing', async () => {
  const person = await liveNow()
  const before = cookiesOf(person.visitor)
  const root = (await rooms().people.sessionBook.listOf(person.account.id))[0]
  if (root === undefined) throw new Error('no session')

  await rooms().people.sessionBook.rotate(root, [{ kind: 'totp', at: rooms().clock.now() }], byTest)

  expect(await person.connections.echo('after the renewal')).toBe('after the renewal')
  expect(await reaches(person)).toBe(true)
  expect(cookiesOf(person.visitor)).toBe(before)
  person.connections.close()
})

async function createOrganization(slug: string): Promise<void> {
  const rules = {
    networks: [{ network: '127.0.0.0/8', comment: '' }],
    networksMode: 'enforce' as const,
    sso: { required: false, breakGlassEmails: [] },
    secondFactor: null,
    devices: 'any' as const,
    sessionIdleMs: null,
    sessionAbsoluteMs: null,
    emailedCodes: false,
    codeOnUnknownDevice: false,
  }
  await rooms().people.organizationAdmin.create({ slug, name: 'Office', rules }, byTest)
}
