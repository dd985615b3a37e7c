import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkConfiguration } from '../../src/config/check.ts'
import { checkPlaces } from '../../src/people/places.ts'
import { type GatewaySections, startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { writeMmdb } from '../support/mmdb.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'

// Which sign-ins are told, as the files say it, and what a preview says about other settings.

const proxies = { trustedProxies: { networks: ['127.0.0.1/32'] } }
const files = { files: ['city.mmdb', 'asn.mmdb'] }
const from = { osaka: '203.0.113.9', kyoto: '203.0.114.9', lyon: '198.51.100.9', osakaOther: '203.0.113.200' }

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    upstream: 'http://127.0.0.1:9',
    policies: { routes: { kind: 'routes', routes: [] } },
    gateway: { ...proxies, places: files },
    before: folder => {
      const japan = { iso_code: 'JP', names: { en: 'Japan', ja: '日本' } }
      writeFileSync(
        join(folder, 'city.mmdb'),
        writeMmdb({
          '203.0.113.0/24': { country: japan, city: { names: { en: 'Osaka', ja: '大阪市' } } },
          '203.0.114.0/24': { country: japan, city: { names: { en: 'Kyoto', ja: '京都市' } } },
          '198.51.100.0/24': { country: { iso_code: 'FR', names: { en: 'France', ja: 'フランス' } } },
        }),
      )
      writeFileSync(
        join(folder, 'asn.mmdb'),
        writeMmdb({
          '203.0.113.0/25': { autonomous_system_number: 64500 },
          '203.0.113.128/25': { autonomous_system_number: 64501 },
        }),
      )
    },
  })
})
afterAll(() => gateway[Symbol.asyncDispose]())

let people = 0
async function newcomer() {
  people += 1
  const email = `notices-${people}@example.com`
  const account = await gateway.addPerson({ email })
  const jar = new Map<string, string>()
  const { store } = gateway.running.gateway.rooms
  return {
    email,
    account,
    /** In the same browser, from wherever. */
    async signIn(address: string) {
      const visitor = createPortalVisitor({ port: gateway.port, address })
      visitor.jar.set('auth.localhost', new Map(jar))
      const first = await visitor.follow(await visitor.get(`${gateway.portalOrigin}/sign-in`))
      const second = await visitor.submit(first, { email })
      expect((await visitor.submit(second, { password: testPassword })).location).toBe('/account')
      jar.set('sekisho-device', visitor.cookie('auth.localhost', 'sekisho-device') ?? '')
    },
    async told() {
      const rows = await store.audit.list({ accountId: account.id, limit: 100 })
      const facts = rows.filter(({ entry }) => entry.event === 'session_opened').map(({ entry }) => entry.facts['told'])
      return facts.map(reason => reason ?? null)
    },
  }
}

async function configure(signInNotices: GatewaySections['signInNotices']) {
  gateway.writeGateway({ ...proxies, places: files, ...(signInNotices === undefined ? {} : { signInNotices }) })
  await gateway.running.reload()
}

describe('which sign-ins are told', () => {
  test.each<[string, GatewaySections['signInNotices'], readonly (string | null)[]]>([
    ['unknown devices alone, when nothing is said', undefined, ['new_device', null, null, null, null]],
    ['newCountry', { newCountry: true }, ['new_device', null, null, 'new_country', null]],
    ['newCity', { newCity: true }, ['new_device', null, 'new_city', null, null]],
    ['newNetwork', { newNetwork: true }, ['new_device', 'new_network', 'new_network', 'new_network', null]],
    ['every', { every: true }, ['new_device', null, 'every', 'every', null]],
  ])('%s', async (_name, settings, expected) => {
    await configure(settings)
    const { signIn, told } = await newcomer()

    for (const place of [from.osaka, from.osakaOther, from.kyoto, from.lyon, from.osaka]) await signIn(place)

    expect(await told()).toEqual(expected)
  })

  test('window: the same device at the same place is told again after it', async () => {
    await configure({ every: true, window: '1m' })
    const { signIn, told, account } = await newcomer()
    await signIn(from.osaka)
    await signIn(from.osaka)

    expect(await told()).toEqual(['new_device', null])
    const { history } = { history: gateway.running.gateway.rooms.store.signInHistory }
    const { opened } = await history.recentOf(account.id, 5, Number.MAX_SAFE_INTEGER)
    expect(opened[0]).toMatchObject({ country: 'JP', city: 'JP Osaka', network: 'AS64500', newDevice: false })
    expect(gateway.running.gateway.rooms.config().signInNotices).toMatchObject({ every: true, windowMs: 60_000 })
  })
})

describe('sekisho notices preview', () => {
  test('counts what other settings would have mailed, without mailing anything', async () => {
    await configure(undefined)
    const before = (await gateway.running.gateway.rooms.store.outbox.list('all', 1000)).length

    const plain = await gateway.cli('notices', 'preview', '--days', '1')
    const wanted = await gateway.cli('notices', 'preview', '--days', '1', '--new-country', '--new-city', '--json')

    expect(plain.out).toMatch(/^would have mailed (\d+) of (\d+) sign-ins \(now: \1\)/)
    const body = JSON.parse(wanted.out)
    expect(body.changed.mails).toBeGreaterThan(body.now.mails)
    expect(body.settings.changed).toMatchObject({ newCountry: true, newCity: true, newNetwork: false })
    expect(body.days).toEqual([
      { day: expect.any(String), signIns: body.signIns, now: body.now.mails, changed: body.changed.mails },
    ])
    expect((await gateway.running.gateway.rooms.store.outbox.list('all', 1000)).length).toBe(before)
  })

  test('reads settings from a file, and says what is wrong with them', async () => {
    const file = join(gateway.folder, 'wanted.yaml')
    writeFileSync(file, 'signInNotices:\n  every: true\n  window: 2h\n')
    const good = await gateway.cli('notices', 'preview', '--settings', file, '--json')
    expect(JSON.parse(good.out).settings.changed).toMatchObject({ every: true, windowMs: 7_200_000 })

    writeFileSync(file, 'evry: true\n')
    const bad = await gateway.cli('notices', 'preview', '--settings', file)
    expect(bad).toMatchObject({ code: 2 })
    expect(bad.err).toContain('evry')
    expect((await gateway.cli('notices', 'preview', '--window', 'soon')).code).toBe(2)
    expect((await gateway.cli('notices', 'preview', '--days', '0')).code).toBe(1)
    expect((await gateway.cli('notices', 'view')).code).toBe(2)
  })
})

test('a file of places that cannot be read is found by the check, with its place in gateway.yaml', async () => {
  writeFileSync(join(gateway.folder, 'broken.mmdb'), 'nothing of the kind')
  gateway.writeGateway({ ...proxies, places: { files: ['city.mmdb', 'broken.mmdb'] } })

  const checked = await checkConfiguration({ ...gateway.configuration, checkPlaces })

  expect(checked.kind).toBe('bad')
  const problems = checked.kind === 'bad' ? checked.problems : []
  expect(problems.map(({ message }) => message).join()).toContain('found "broken.mmdb"; expected a readable file')
  expect(problems[0]?.line).toBeGreaterThan(1)
})
