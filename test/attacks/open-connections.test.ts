import { once } from 'node:events'
import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { ConfigurationInput } from '../../src/config/write.ts'
import type { Account } from '../../src/people/account.ts'
import { byTest, startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { type LiveUpstream, startLiveUpstream } from '../support/live-upstream.ts'
import { cookiesOf } from '../support/open-connections.ts'
import { createPortalVisitor, type PortalVisitor } from '../support/portal-visitor.ts'

// Connections that were allowed under facts which do not hold any more.

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [
    {
      name: 'open',
      hosts: ['localhost'],
      exact: '/events',
      upstream: 'app',
      access: 'public',
      identity: 'optional',
      identityHeaders: ['X-Auth-User'],
    },
    { name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in', websocket: true },
  ],
}

let upstream: LiveUpstream
let gateway: TestGateway
let people = 0

beforeAll(async () => {
  upstream = await startLiveUpstream()
  const acme: ConfigurationInput = { kind: 'organization', slug: 'acme', name: 'Acme' }
  gateway = await startGateway({ upstream: upstream.origin, policies: { routes, acme } })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function signedIn(): Promise<{ account: Account; visitor: PortalVisitor }> {
  people += 1
  const email = `person${people}@example.com`
  const account = await gateway.addPerson({ email, organization: 'acme' })
  const visitor = createPortalVisitor({ port: gateway.port })
  const first = await visitor.follow(await visitor.get(`${gateway.appOrigin}/`))
  const second = await visitor.submit(first, { email })
  const end = await visitor.follow(await visitor.submit(second, { password: testPassword }))
  expect(end.body).toBe('hello from /')
  return { account, visitor }
}

function rooms() {
  return gateway.running.gateway.rooms
}

/** Holds the next reading of an organization until it is let go: a store that is slow at the wrong moment. */
function slowStore() {
  const { organizations } = rooms().store
  const { find } = organizations
  const reached = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  Object.assign(organizations, {
    async find(id: Parameters<typeof find>[0]) {
      Object.assign(organizations, { find })
      const found = await find(id)
      reached.resolve()
      await held.promise
      return found
    },
  })
  return {
    reached: reached.promise,
    letGo: () => held.resolve(),
  }
}

describe('a revocation that lands between the decision and the opening', () => {
  test('ends the connection all the same: nothing stays open under a session that has ended', async () => {
    const { account, visitor } = await signedIn()
    const acme = await rooms().store.organizations.findBySlug('acme')
    if (acme === null) throw new Error('no organization')
    const store = slowStore()
    // Forgets the organization, so that the next decision has to wait for the store in the middle of its walk.
    await rooms().people.organizationAdmin.adopt(
      [{ ...acme, name: `Acme ${people}`, rules: acme.rules.active }],
      byTest,
    )

    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/socket`, {
      headers: { Host: `localhost:${gateway.port}`, Cookie: cookiesOf(visitor), Origin: gateway.appOrigin },
    })
    const closed = new Promise<number>(resolve => socket.once('close', resolve))
    socket.on('error', () => {})
    await store.reached
    await rooms().people.sessionBook.endAllOf(account, null, byTest)
    store.letGo()

    expect(await Promise.race([closed, later(3_000, 'still open')])).not.toBe('still open')
    socket.terminate()
  })
})

test('a reload that lands between the decision and the opening ends the connection that it allows no more', async () => {
  const { visitor } = await signedIn()
  // Forgets the organization; the reload below changes nothing about it, so that nothing but the reload is heard of.
  gateway.writePolicy('acme', { kind: 'organization', slug: 'acme', name: 'Acme of the tests' })
  expect((await gateway.running.reload()).kind).toBe('adopted')
  const store = slowStore()

  const headers = { Host: `localhost:${gateway.port}`, Cookie: cookiesOf(visitor), Origin: gateway.appOrigin }
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/socket`, { headers })
  const closed = new Promise<number>(resolve => socket.once('close', resolve))
  socket.on('error', () => {})
  await store.reached
  const route = {
    name: 'app',
    hosts: ['localhost'],
    prefix: '/',
    upstream: 'app',
    access: 'signed-in',
    websocket: true,
  }
  gateway.writePolicy('routes', {
    kind: 'routes',
    routes: [{ ...route, access: 'signed-in', roles: ['administrator'] }],
  })
  expect((await gateway.running.reload()).kind).toBe('adopted')
  store.letGo()

  expect(await Promise.race([closed, later(3_000, 'still open')])).toBe(4403)
  socket.terminate()
  gateway.writePolicy('acme', { kind: 'organization', slug: 'acme', name: 'Acme' })
  gateway.writePolicy('routes', routes)
  await gateway.running.reload()
})

describe('a public route that was told who is there', () => {
  test('is cut with the sign-out of that person: the application would go on talking to somebody who left', async () => {
    const { account, visitor } = await signedIn()
    const headers = { Host: `localhost:${gateway.port}`, Cookie: cookiesOf(visitor) }
    const seen = upstream.requests.length
    const request = get({ port: gateway.port, host: '127.0.0.1', path: '/events', headers })
    request.on('error', () => {})
    const [response] = await once(request, 'response')
    const ended = new Promise(resolve => response.once('close', () => resolve('cut')))
    response.on('error', () => {})
    response.resume()
    expect(upstream.requests[seen]?.headers['x-auth-user']).toBe(account.id)

    await rooms().people.sessionBook.endAllOf(account, null, byTest)

    expect(await Promise.race([ended, later(3_000, 'still open')])).toBe('cut')
    request.destroy()
  })

  test('stays open for those whom nobody knows', async () => {
    const { account } = await signedIn()
    const headers = { Host: `localhost:${gateway.port}` }
    const request = get({ port: gateway.port, host: '127.0.0.1', path: '/events', headers })
    request.on('error', () => {})
    const [response] = await once(request, 'response')
    const ended = new Promise(resolve => response.once('close', () => resolve('cut')))
    response.on('error', () => {})
    response.resume()

    await rooms().people.sessionBook.endAllOf(account, null, byTest)

    expect(await Promise.race([ended, later(300, 'still open')])).toBe('still open')
    request.destroy()
  })
})

test('a reload that gives the name of a route to another address judges open connections by their own', async () => {
  const { visitor } = await signedIn()
  const headers = { Host: `localhost:${gateway.port}`, Cookie: cookiesOf(visitor), Origin: gateway.appOrigin }
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/socket`, { headers })
  const closed = new Promise<number>(resolve => socket.once('close', resolve))
  await once(socket, 'open')

  const shared = { hosts: ['localhost'], upstream: 'app', access: 'signed-in' as const }
  gateway.writePolicy('routes', {
    kind: 'routes',
    routes: [
      { ...shared, name: 'app', prefix: '/elsewhere' },
      { ...shared, name: 'everything', prefix: '/', roles: ['administrator'] },
    ],
  })
  expect((await gateway.running.reload()).kind).toBe('adopted')

  expect(await Promise.race([closed, later(3_000, 'still open')])).toBe(4403)
  gateway.writePolicy('routes', routes)
  await gateway.running.reload()
})

function later<Value>(ms: number, value: Value): Promise<Value> {
  return new Promise(resolve => setTimeout(resolve, ms, value))
}
