import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import type { RefusalRecord } from '../../src/journal/receipt.ts'
import { openSqliteStore } from '../../src/stores/sqlite/client.ts'
import { aRefusal } from '../contracts/samples.ts'
import { auditKey, tempFolder } from '../stores/temp-folder.ts'
import { startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { cookiesOf } from '../support/open-connections.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'
import { connectRaw, type RawConnection } from '../support/raw-http.ts'
import { type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.ts'
import { createTestClock } from '../support/test-clock.ts'

// Anybody can be refused, as often as they like: what is kept about it has a bound beside its seven days.

const keptMax = 100_000
const perFlush = 2_000

test('a flood of refusals does not fill the disk: the oldest go, the newest can still be explained', async () => {
  using folder = tempFolder()
  const clock = createTestClock()
  await using store = await openSqliteStore({ file: folder.file('flood.db'), auditKey, clock })
  const now = clock.now()
  const receipt = (number: number) => `flood-${number}`
  for (let from = 0; from < keptMax + perFlush; from += perFlush)
    await store.refusals.keep(
      Array.from({ length: perFlush }, (_, i) =>
        aRefusal({ receipt: receipt(from + i), at: now + from + i, walk: '[]' }),
      ),
    )

  await store.sweep(now + keptMax + perFlush)

  expect(await store.refusals.find(receipt(perFlush - 1))).toBeNull()
  expect(await store.refusals.find(receipt(perFlush))).not.toBeNull()
  expect(await store.refusals.find(receipt(keptMax + perFlush - 1))).not.toBeNull()
})

describe('refused by the gateway within one second', () => {
  const keptEachSecond = 2_000
  let upstream: RecordingUpstream
  let gateway: TestGateway

  beforeAll(async () => {
    upstream = await startRecordingUpstream()
    gateway = await startGateway({
      upstream: `http://127.0.0.1:${upstream.port}`,
      policies: { routes, acme: acme('Acme') },
      // It stands still: nothing is stored but what the test stores.
      clock: createTestClock(),
      gateway: { limits: { traffic: { address: { off: true } } } },
    })
    for (const email of ['alice@example.com', 'ken@example.com'])
      await gateway.addPerson({ email, organization: 'acme' })
  })
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  test('everybody gets a receipt and is counted, and the first and the newest can be explained', async () => {
    const count = keptEachSecond + 100
    const { receipts } = gateway.running.gateway.rooms
    const counted = await refusalsCounted(gateway)
    await using client = await connectRaw({ port: gateway.port })

    const given: string[] = []
    for (let i = 0; i < count; i++) given.push(await refusedAs(client, { path: `/flood-${i}` }))

    expect(new Set(given).size).toBe(count)
    expect((await refusalsCounted(gateway)) - counted).toBe(count)
    expect(receipts.dropped()).toBe(100)
    for (const i of [0, 499, 600, count - 1])
      expect(await receipts.find(given[i] ?? ''), `refusal ${i}`).toMatchObject({
        ...{ path: `/flood-${i}`, verdict: 'challenge sign_in', gate: 'signed-in', entrance: 'proxy' },
      })
    expect(await receipts.find(given[550] ?? '')).toBeNull()
  })

  test('each is explained by its own facts as they were then, whatever changed before it was stored; and by no secret', async () => {
    const { receipts } = gateway.running.gateway.rooms
    const people = await Promise.all(['alice', 'ken'].map(name => cookieOf(gateway, `${name}@example.com`)))
    await using client = await connectRaw({ port: gateway.port })
    const given: string[] = []
    for (const cookie of [...people, ...people])
      given.push(await refusedAs(client, { path: '/administrators', cookie }))

    gateway.writePolicy('acme', acme('Renamed'))
    expect(await gateway.running.reload()).toMatchObject({ kind: 'adopted' })
    await refusedAs(client, { path: '/administrators', cookie: people[0] ?? '' })

    const records = await Promise.all(given.map(receipt => receipts.find(receipt)))
    expect(records.map(record => /[a-z]+@example/.exec(record?.walk ?? '')?.[0])).toEqual([
      ...['alice@example', 'ken@example', 'alice@example', 'ken@example'],
    ])
    for (const record of records) {
      expect(record).toMatchObject({ verdict: 'deny role_missing', gate: 'role-allowed', rule: 'administrator' })
      expect(record?.walk).toContain('"name":"Acme"')
      expect(secretsIn(record, people)).toEqual([])
    }
  })
})

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [
    { name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' },
    {
      ...{ name: 'administrators', hosts: ['localhost'], prefix: '/administrators', upstream: 'app' },
      ...{ access: 'signed-in', roles: ['administrator'] },
    },
  ],
}

function acme(name: string): ConfigurationInput {
  return { kind: 'organization', slug: 'acme', name }
}

/** A program's refused request: its receipt. */
async function refusedAs(client: RawConnection, { path, cookie }: { path: string; cookie?: string }): Promise<string> {
  const field = cookie === undefined ? '' : `Cookie: ${cookie}\r\n`
  await client.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n${field}\r\n`)
  const answer = await client.response()
  return /"receipt":"([^"]+)"/.exec(`${answer?.body}`)?.[1] ?? ''
}

async function refusalsCounted(gateway: TestGateway): Promise<number> {
  const text = await gateway.running.gateway.rooms.metrics.text()
  const line = /^sekisho_refusals_total\{entrance="proxy",gate="signed-in",reason="sign_in"\} ([0-9]+)$/m.exec(text)
  return Number(line?.[1] ?? 0)
}

async function cookieOf(gateway: TestGateway, email: string): Promise<string> {
  const visitor = createPortalVisitor({ port: gateway.port })
  const first = await visitor.follow(await visitor.get(`${gateway.appOrigin}/`))
  const second = await visitor.submit(first, { email })
  const end = await visitor.follow(await visitor.submit(second, { password: testPassword }))
  expect(end.status).toBe(200)
  return cookiesOf(visitor)
}

/** Which of the cookies' values a record holds. */
function secretsIn(record: RefusalRecord | null, cookies: readonly string[]): readonly string[] {
  const text = JSON.stringify(record)
  return cookies.map(cookie => cookie.slice(cookie.indexOf('=') + 1)).filter(value => text.includes(value))
}
