import { afterAll, beforeAll, expect, test } from 'vitest'
import { rowsPerMinute } from '../../src/portal/stranger-rows.ts'
import { measuredOffset, strangersPerOrganization } from '../../src/sso/seen-message.ts'
import { rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { until } from '../support/until.ts'

// A stranger who posts to the addresses that pages of other sites are meant to post to. What they hold costs the stranger nothing.

let world: SamlGateway
beforeAll(async () => {
  world = await startSamlGateway()
  await world.gateway.addPerson({ email: 'hana@corp.test', organization: 'corp' })
})
afterAll(() => world[Symbol.asyncDispose]())

const seen = () => rooms(world.gateway).store.seenMessages.listOf(world.corp.id)
const refusals = async () =>
  (await rooms(world.gateway).store.audit.list({ organizationId: world.corp.id, limit: 10_000 }))
    .map(({ entry }) => entry)
    .filter(({ event }) => event === 'sign_in_refused')

async function flood(messages: number): Promise<void> {
  const visitor = world.visitor()
  for (let sent = 0; sent < messages; sent += 10)
    await Promise.all(Array.from({ length: 10 }, () => world.corp.post(visitor, 'AAAA')))
  const slo = world.corp.acs.replace(/acs$/, 'slo')
  for (let sent = 0; sent < 20; sent++) await visitor.get(`${slo}?SAMLRequest=AAAA`)
}

test('whoever floods the addresses of a provider pushes none of its own answers off the list, nor the clock that they have shown', async () => {
  for (let i = 0; i < 4; i++) expect((await world.corp.signIn(world.visitor(), 'hana@corp.test')).status).toBe(303)
  expect((await world.corp.signIn(world.visitor(), 'nobody@corp.test')).status).toBe(403)
  await until(async () => (await seen()).length === 5)
  const before = await seen()

  await flood(60)
  await until(async () => (await seen()).length > before.length)

  const after = await seen()
  expect(after.filter(({ receipt }) => before.some(one => one.receipt === receipt))).toEqual(before)
  expect(after.length).toBeLessThanOrEqual(before.length + strangersPerOrganization)
  expect(measuredOffset(after)).not.toBeNull()
})

test('and writes thirty rows a minute into the audit trail, no more; the next one says how many were left out', async () => {
  world.clock.advance(60_000)
  const before = (await refusals()).length
  await flood(100)
  // Rows are written in their order: once this one stands, so does every other.
  expect((await world.corp.signIn(world.visitor(), 'nobody@corp.test')).status).toBe(403)
  await until(async () =>
    (await refusals()).some(({ facts }, i, all) => i === all.length - 1 && facts['why'] === 'nobody'),
  )
  const written = (await refusals()).slice(before)
  expect(written.filter(({ facts }) => facts['why'] === 'unreadable')).toHaveLength(rowsPerMinute)
  // What a provider has signed is written whatever strangers do.
  expect(written.filter(({ facts }) => facts['why'] === 'nobody')).toHaveLength(1)

  world.clock.advance(60_000)
  await world.corp.post(world.visitor(), 'AAAA')
  await until(async () => (await refusals()).some(({ facts }) => facts['leftOut'] === 90))
})
