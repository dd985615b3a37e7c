import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compileNetworks, parseNetwork } from '../../src/lib/cidr.ts'
import { secureRandom } from '../../src/lib/random.ts'
import type { Notice } from '../../src/notices/notice.ts'
import { createOutgoing } from '../../src/outgoing/outgoing.ts'
import { fetchMetadata } from '../../src/sso/fetch-metadata.ts'
import { createMetadataWatch, type MetadataWatch } from '../../src/sso/metadata-watch.ts'
import type { PublishedKey } from '../../src/sso/own-keys.ts'
import type { ProviderService } from '../../src/sso/providers.ts'
import { idpMetadata, providerCertificate } from '../support/idp-metadata.ts'
import { listenOnLoopback } from '../support/listen.ts'
import { until } from '../support/until.ts'
import { mika, openSsoHouse, type SsoHouse } from './house.ts'

const dayMs = 86_400_000
const now = 1_800_000_000_000
const [first, second] = [providerCertificate(), providerCertificate()]

let house: SsoHouse
let server: Server
let url: string
let answer: { status: number; body: string; location?: string }
let asked: string[]
let troubles: string[]
beforeEach(async () => {
  house = await openSsoHouse()
  ;[asked, troubles] = [[], []]
  answer = { status: 200, body: idpMetadata({ certificates: [first] }) }
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const { status, body, location } = answer
    response.writeHead(status, location === undefined ? {} : { location }).end(body)
  })
  url = `http://127.0.0.1:${await listenOnLoopback(server)}/metadata`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await house[Symbol.asyncDispose]()
})

const loopback = compileNetworks([parseNetwork('127.0.0.0/8')].filter(network => network !== null))
const realWeb = (networks = loopback): ProviderService => {
  const outgoing = createOutgoing({ clock: house.clock, rules: () => ({ plainHttp: true, privateNetworks: networks }) })
  return house.serviceWith({ plainHttp: () => true, fetch: address => fetchMetadata(outgoing, address) })
}

const tell = async (_id: unknown, kind: Notice['kind'], facts: Notice['facts']): Promise<readonly Notice[]> => [
  { kind, to: 'root@example.com', language: 'en', facts: { ...facts, name: 'Root', organization: 'Acme' } },
]

function watchWith(about: { service?: ProviderService; own?: readonly PublishedKey[] } = {}): MetadataWatch {
  const { service = realWeb(), own = [] } = about
  return createMetadataWatch({
    ...{ store: house.store.providers, service, clock: house.clock, random: secureRandom, tell },
    ownKeys: { published: async () => own },
    trouble: what => troubles.push(what),
  })
}

const importFrom = (service = realWeb()) => service.bringIn(house.id, { kind: 'url', url, entityId: null }, mika)
const importFile = (certificates: readonly string[], entityAttributes = '') => {
  const document = idpMetadata({ certificates, entityAttributes })
  return house.service.bringIn(house.id, { kind: 'file', name: 'f', document, entityId: null }, mika)
}
const sourceNow = async () => (await house.provider()).source

describe('an address of metadata', () => {
  test('is read again within the hour, give or take a tenth, and what changed waits and is told', async () => {
    await importFrom()
    const watch = watchWith()
    watch.open()
    answer = { status: 200, body: idpMetadata({ certificates: [first, second] }) }

    house.clock.advance(53 * 60_000)
    expect(asked).toHaveLength(1) // the import itself
    house.clock.advance(14 * 60_000)
    await until(async () => (await house.provider()).staged !== null)

    expect((await house.provider()).metadata.certificates).toEqual([first])
    expect((await house.mails()).map(({ kind }) => kind)).toEqual(['provider_staged'])
    const rows = await house.store.audit.list({ limit: 10 })
    expect(rows.at(-1)?.entry).toMatchObject({
      event: 'provider_staged',
      actor: { kind: 'system', id: 'metadata-watch' },
    })
    watch.close()
  })

  test.each<[string, Partial<typeof answer>, RegExp]>([
    ['that answers with an error', { status: 500 }, /answered 500/],
    ['that leads elsewhere', { status: 302, location: '/other' }, /302: redirects are not followed/],
    ['that gives out something else', { body: '<html/>' }, /is a html/],
    [
      'that gives out another provider',
      { body: idpMetadata({ entityId: 'urn:evil', certificates: [second] }) },
      /no identity provider/,
    ],
    [
      'that has ended',
      { body: idpMetadata({ certificates: [first], entityAttributes: 'validUntil="2020-01-01T00:00:00Z"' }) },
      /fresh/,
    ],
    ['that never ends', { body: `${' '.repeat(1024 * 1024)}x` }, /longer than 1048576/],
  ])('%s takes nothing away from what speaks; it is noted', async (_, bad, expected) => {
    await importFrom()
    const before = await house.provider()
    answer = { ...answer, ...bad }

    await watchWith().refresh()

    expect(asked).toHaveLength(2) // and no redirect followed
    expect(await sourceNow()).toMatchObject({ kind: 'url', url, trouble: expect.stringMatching(expected) })
    expect(await house.provider()).toEqual({ ...before, source: await sourceNow() })
    expect(await house.mails()).toEqual([])

    answer = { status: 200, body: idpMetadata({ certificates: [first] }) }
    await watchWith().refresh()
    expect(await sourceNow()).toMatchObject({ trouble: null })
  })

  test('inside the house is not asked unless it is named', async () => {
    await importFrom()

    await watchWith({ service: realWeb(compileNetworks([])) }).refresh()

    expect(asked).toHaveLength(1)
    expect(await sourceNow()).toMatchObject({ trouble: expect.stringContaining('no public address') })
  })

  test('that still gives out what was dropped is noted, and does not bring it back', async () => {
    await importFrom()
    answer = { status: 200, body: idpMetadata({ certificates: [second] }) }
    await watchWith().refresh()
    await house.service.drop(house.id, null, mika)

    await watchWith().refresh()

    expect((await house.provider()).staged).toBe(null)
    expect(await sourceNow()).toMatchObject({ trouble: expect.stringContaining('dropped') })
  })

  test('one that fails does not keep the others from being read', async () => {
    await importFrom()
    const service = { bringIn: () => Promise.reject(new Error('the store is away')) }
    const watch = createMetadataWatch({
      ...{ store: house.store.providers, service, clock: house.clock, random: secureRandom, tell },
      ownKeys: { published: async () => [] },
      trouble: what => troubles.push(what),
    })

    await expect(watch.refresh()).resolves.toBeUndefined()
    expect(troubles).toEqual(['reading metadata again'])
  })
})

describe('what comes to its end', () => {
  const stagesTold = async () => (await house.mails()).map(({ facts }) => String(facts['what']))

  test('is told 30, 14, 7 and 1 days before and at the end, each once, by however many gateways', async () => {
    const ending = providerCertificate(now + 40 * dayMs)
    await importFile([ending, first])
    const [here, there] = [watchWith(), watchWith()]
    const told: number[] = []

    for (const daysLeft of [31, 30, 29, 14, 7, 6, 1, 0, -1]) {
      house.clock.advance(now + (40 - daysLeft) * dayMs - house.clock.now())
      const before = (await house.mails()).length
      await Promise.all([here.warn(), there.warn()])
      await here.warn()
      const mails = (await house.mails()).length - before
      if (mails > 0) told.push(daysLeft)
      expect(mails).toBeLessThanOrEqual(1)
    }

    expect(told).toEqual([30, 14, 7, 1, 0])
    const [mail] = await house.mails()
    expect(mail).toMatchObject({
      kind: 'provider_expiring',
      facts: { what: 'certificate', expiresAt: now + 40 * dayMs },
    })
  })

  test('is told once where several stages were missed', async () => {
    await importFile([providerCertificate(now + 5 * dayMs)])
    await watchWith().warn()

    expect(await stagesTold()).toEqual(['certificate'])
  })

  test('a document from a file is told like a certificate; a fetched one only when it was not renewed in time', async () => {
    await importFile([first], `validUntil="${new Date(now + 5 * dayMs).toISOString()}"`)
    await watchWith().warn()
    expect(await stagesTold()).toEqual(['metadata'])

    await house.service.remove(house.id, mika)
    answer = {
      status: 200,
      body: idpMetadata({
        certificates: [first],
        entityAttributes: `validUntil="${new Date(now + 5 * dayMs).toISOString()}"`,
      }),
    }
    await importFrom()
    await watchWith().warn()
    expect(await stagesTold()).toEqual(['metadata'])
    house.clock.advance(5 * dayMs)
    await watchWith().warn()
    expect(await stagesTold()).toEqual(['metadata', 'metadata'])
    expect((await house.provider()).metadata.certificates).toEqual([first]) // it still speaks
  })

  test('our own certificate is told as well, and all of it stands in the figures', async () => {
    await importFile([first])
    const certificate = providerCertificate(now + 3 * dayMs)
    const key = (state: PublishedKey['state']) => ({ id: state, state, certificate, createdAt: now, endsAt: now })
    const watch = watchWith({ own: [key('current'), key('previous')] })

    await watch.warn()

    expect(await stagesTold()).toEqual(['own_certificate'])
    expect(watch.figures()).toMatchObject([
      {
        ...{ organizationId: house.id, isTroubled: false },
        expiries: [{ what: 'certificate' }, { what: 'own_certificate', endsAt: now + 3 * dayMs }],
      },
    ])
  })

  test('where there is no provider our keys are not even made', async () => {
    const watch = createMetadataWatch({
      ...{ store: house.store.providers, service: house.service, clock: house.clock, random: secureRandom, tell },
      ownKeys: { published: () => Promise.reject(new Error('nobody should ask')) },
      trouble: what => troubles.push(what),
    })
    await watch.warn()
    expect(watch.figures()).toEqual([])
  })
})
