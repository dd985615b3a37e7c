import { afterAll, beforeAll, expect, test } from 'vitest'
import { testTickets } from '../../src/composition/saml.ts'
import { rowsPerMinute, samePerMinute } from '../../src/portal/refusal-rows.ts'
import { measuredOffset, strangersPerOrganization } from '../../src/sso/seen-message.ts'
import { rooms, type SamlGateway, startSamlGateway } from '../support/saml-gateway.ts'
import { until } from '../support/until.ts'

// A stranger who posts to the addresses that pages of other sites are meant to post to. What they hold costs the stranger nothing.

let world: SamlGateway
beforeAll(async () => {
  world = await startSamlGateway(undefined, { trustedProxies: { networks: ['127.0.0.1/32'] } })
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

// Whoever holds an answer that the provider has signed: its person, whoever reads their logs, or the provider itself.

const rowsOf = async (why: string) => (await refusals()).filter(({ facts }) => facts['why'] === why)
/** Everything that was posted before is written by then. */
async function settle(): Promise<void> {
  const marks = (await rowsOf('nobody')).length
  expect((await world.corp.signIn(world.visitor(), `settle-${marks}@corp.test`)).status).toBe(403)
  await until(async () => (await rowsOf('nobody')).length > marks)
}

test('a genuine answer that is posted again and again is five rows a minute, one line of the list, and pushes nothing off it', async () => {
  world.clock.advance(60_000)
  for (let i = 0; i < 6; i++) expect((await world.corp.signIn(world.visitor(), 'hana@corp.test')).status).toBe(303)
  await settle()
  const lines = async () => (await seen()).map(({ outcome, subject }) => `${outcome} ${subject}`)
  const informative = (await lines()).filter(line => line.startsWith('nobody'))
  const before = { offset: measuredOffset(await seen()), unknown: (await rowsOf('request_unknown')).length }
  const answer = world.corp.answer(await world.corp.ask(world.visitor()), { nameId: 'hana@corp.test' })

  const replies = []
  for (let i = 0; i < 40; i++) replies.push(await world.corp.post(world.visitor(), answer))
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([403]))
  await settle()

  expect(await rowsOf('request_unknown')).toHaveLength(before.unknown + samePerMinute)
  world.clock.advance(60_000)
  await world.corp.post(world.visitor(), answer)
  await until(async () => (await rowsOf('request_unknown')).length > before.unknown + samePerMinute)
  expect((await rowsOf('request_unknown')).at(-1)?.facts).toMatchObject({ repeated: 40 - samePerMinute })
  await until(async () => (await seen()).some(({ times }) => times === 41))
  const listed = await seen()
  expect(listed.filter(({ outcome }) => outcome === 'request_unknown')).toEqual([
    expect.objectContaining({ subject: 'h•••@corp.test', since: world.clock.now() - 60_000 }),
  ])
  expect(await lines()).toEqual(expect.arrayContaining(informative))
  expect(listed.filter(({ outcome }) => outcome === 'accepted').length).toBeGreaterThanOrEqual(5)
  expect(measuredOffset(listed)).toBe(before.offset)
})

test('from however many networks it is thirty rows a minute, and a flood without a signature leaves it its place', async () => {
  world.clock.advance(60_000)
  const before = (await refusals()).length
  const answer = world.corp.answer(await world.corp.ask(world.visitor()), { nameId: 'hana@corp.test' })
  await flood(40)
  for (let i = 0; i < 40; i++) await world.corp.post(world.visitor({ address: `203.0.113.${i}` }), answer)
  world.clock.advance(60_000)
  await settle()

  const written = (await refusals()).slice(before).map(({ facts }) => facts['why'])
  expect(written.filter(why => why === 'request_unknown')).toHaveLength(rowsPerMinute)
  expect(written.filter(why => why === 'unreadable')).toHaveLength(rowsPerMinute)
  expect((await refusals()).at(-1)?.facts).toMatchObject({ why: 'nobody', leftOut: 10 })
})

test('each of them is explained by its receipt, written or not', async () => {
  world.clock.advance(60_000)
  const answer = world.corp.answer(await world.corp.ask(world.visitor()), { nameId: 'hana@corp.test' })
  const receipts = []
  for (let i = 0; i < 3; i++) {
    const { body } = await world.corp.post(world.visitor(), answer)
    receipts.push(/<code>([^<]+)<\/code>/.exec(body)?.[1] ?? '')
  }
  for (const receipt of receipts) {
    const { out } = await world.gateway.cli('explain', receipt)
    expect(out).toContain('request_unknown')
  }
})

test('an administrator who tests is always shown what came of it', async () => {
  world.clock.advance(60_000)
  const { keys, clock } = rooms(world.gateway)
  const ticket = testTickets(keys.attempts, clock).mint(world.corp.id)
  const tested = async () => {
    const visitor = world.visitor()
    const asked = await world.corp.ask(visitor, { test: ticket })
    return world.corp.post(
      visitor,
      world.corp.answer(asked, { nameId: 'hana@corp.test', audience: 'x' }),
      asked.relayState,
    )
  }
  for (let i = 0; i < 3; i++) expect((await tested()).status).toBe(200)
  world.clock.advance(60_000)
  expect((await tested()).status).toBe(200)
  await until(async () => (await seen()).some(({ purpose, times }) => purpose === 'test' && times === 4))
})
