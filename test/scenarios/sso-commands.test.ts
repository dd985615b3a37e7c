import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { byTest, startGateway, type TestGateway } from '../support/gateway.ts'
import { idpMetadata, providerCertificate } from '../support/idp-metadata.ts'
import { type LiveUpstream, startLiveUpstream } from '../support/live-upstream.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'

// `sekisho sso` as an operator uses it, in processes of its own, on a running gateway.

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' }],
}

/** Each command is a process that loads the CLI: some twenty of them, on whatever machine this runs. */
const manyProcessesMs = 180_000

let upstream: LiveUpstream
let gateway: TestGateway
beforeAll(async () => {
  upstream = await startLiveUpstream()
  gateway = await startGateway({ upstream: upstream.origin, policies: { routes } })
  await cli('orgs', 'add', 'acme', '--name', 'Acme')
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function cli(...words: string[]): Promise<string> {
  const { code, out, err } = await gateway.cli(...words)
  expect([code, err]).toEqual([0, ''])
  return out
}

async function refusedBy(...words: string[]): Promise<string> {
  const { code, err } = await gateway.cli(...words)
  expect(code).toBe(1)
  return err
}

const [first, second] = [providerCertificate(), providerCertificate()]
function documentWith(certificates: readonly string[]): string {
  const file = join(gateway.folder, 'idp.xml')
  writeFileSync(file, idpMetadata({ certificates }))
  return file
}

test(
  'a provider is brought in, set, looked at, rolled over and removed; what is wrong is refused with its reason',
  async () => {
    expect(await refusedBy('sso', 'show', 'acme')).toContain('sekisho sso import')
    expect(await refusedBy('sso', 'import', 'acme', documentWith([]))).toContain('names no certificate')
    expect(await refusedBy('sso', 'show', 'nobody')).toContain('nobody')

    const another = ['--entity', 'https://another.test/metadata']
    expect(await refusedBy('sso', 'import', 'acme', documentWith([first]), ...another)).toContain('another.test')
    expect(await cli('sso', 'import', 'acme', documentWith([first]))).toContain('outcome: imported')
    expect(await cli('sso', 'import', 'acme', documentWith([first]))).toContain('outcome: unchanged')
    expect(await cli('sso', 'set', 'acme', 'skewMs=60000', 'createsAccounts=true')).toContain('skewMs: 60000')
    expect(await refusedBy('sso', 'set', 'acme', 'skewMs=999999')).toContain('0 to 180000')
    expect(await refusedBy('sso', 'set', 'acme', 'rolesAttribute=g', 'role:x=administrator')).toContain(
      'may grant (person)',
    )

    // What the organization may grant is for its operator to say.
    await cli('orgs', 'roles', 'acme', 'person,user_administrator')
    expect(await cli('sso', 'set', 'acme', 'rolesAttribute=g', 'role:x=user_administrator')).toContain(
      'user_administrator',
    )
    expect(await refusedBy('sso', 'set', 'acme', 'role:x=administrator')).toContain('may grant')
    expect(await refusedBy('sso', 'test', 'nobody')).toContain('nobody')

    expect(await cli('sso', 'import', 'acme', documentWith([first, second]))).toMatch(
      /outcome: staged[\s\S]*certificate +- +[0-9A-F:]+/,
    )
    const shown = await cli('sso', 'show', 'acme')
    for (const part of [
      'https://idp.test/metadata',
      'speaking',
      'staged',
      'RSA 2048',
      'daysLeft',
      'waits beside it',
      'not measured yet',
    ])
      expect(shown).toContain(part)
    expect(await refusedBy('sso', 'promote', 'acme', '--digest', 'another')).toContain('look again')
    expect(await refusedBy('sso', 'drop', 'acme', '--digest', 'another')).toContain('look again')
    expect(await cli('sso', 'promote', 'acme')).toContain('outcome: promoted')
    expect(await refusedBy('sso', 'drop', 'acme')).toContain('no other metadata waits')
    const json: unknown = JSON.parse(await cli('sso', 'show', 'acme', '--json'))
    expect(json).toMatchObject({ certificates: [{ of: 'speaking' }, { of: 'speaking' }], difference: [], staged: null })

    expect(await cli('sso', 'remove', 'acme')).toContain('outcome: removed')
    expect(await refusedBy('sso', 'remove', 'acme')).toContain('no identity provider')
  },
  manyProcessesMs,
)

test(
  'our metadata and our keys are shown and turned over, never anything private',
  async () => {
    const before = await cli('sso', 'metadata', 'acme')
    expect(before).toContain(`entityID="${gateway.portalOrigin}/saml/acme/metadata"`)

    const rotated = await cli('sso', 'keys', 'rotate')

    expect(rotated).toMatch(/current[\s\S]*next[\s\S]*previous/)
    const after = await cli('sso', 'metadata', 'acme')
    expect(after).not.toBe(before)
    expect(before + rotated + after + (await cli('sso', 'keys', 'list', '--json'))).not.toMatch(/PRIVATE|sealed/i)
    expect(await cli('audit', 'list')).toContain('sso_key_rotated')
  },
  manyProcessesMs,
)

test('a test sign-in has an address with a ticket of its own', async () => {
  await cli('sso', 'import', 'acme', documentWith([first]))

  const out = await cli('sso', 'test', 'acme')

  expect(out).toContain(`${gateway.portalOrigin}/saml/acme/start?test=`)
  expect(out).toContain('No test has been answered yet')
  const address = /https?:\S+test=\S+/.exec(out)?.[0] ?? ''
  const led = await createPortalVisitor({ port: gateway.port }).get(address)
  expect(led.location).toContain('SAMLRequest=')
  const other = address.replace('/acme/', '/bmce/')
  await cli('orgs', 'add', 'bmce', '--name', 'Bmce')
  await cli('sso', 'import', 'bmce', documentWith([first]))
  expect((await createPortalVisitor({ port: gateway.port }).get(other)).status).toBe(404)
})

test('a call that cannot be understood says how it is written', async () => {
  for (const words of [
    ['sso'],
    ['sso', 'nothing', 'acme'],
    ['sso', 'import', 'acme', '/nowhere.xml'],
    ['sso', 'set', 'acme'],
    ['sso', 'keys', 'drop'],
  ]) {
    const { code, err } = await gateway.cli(...words)
    expect([words, code]).toEqual([words, 2])
    expect(err).toContain('usage: sekisho sso')
  }
  expect(await cli('sso', '--help')).toContain('--wait')
})

test(
  'the administrators of the organization, and nobody else, are told what waits and what ends; the metrics show it',
  async () => {
    const { rooms } = gateway.running.gateway
    const { store, sso, metrics } = rooms
    await gateway.addPerson({ email: 'root@acme.test', organization: 'acme', roles: ['administrator'] })
    await gateway.addPerson({ email: 'kei@acme.test', organization: 'acme' })
    const organization = await store.organizations.findBySlug('acme')
    if (organization === null) throw new Error('acme is gone')
    const ending = providerCertificate(rooms.clock.now() + 5 * 86_400_000)
    const document = idpMetadata({ certificates: [ending] })
    await sso.providers.remove(organization.id, byTest)
    await sso.providers.bringIn(organization.id, { kind: 'file', name: 'idp.xml', document, entityId: null }, byTest)
    const next = idpMetadata({ certificates: [ending, second] })
    await sso.providers.bringIn(
      organization.id,
      { kind: 'file', name: 'idp.xml', document: next, entityId: null },
      byTest,
    )

    await sso.watch.warn()

    const told = (await store.outbox.list('all', 100)).filter(({ notice }) => notice.kind.startsWith('provider_'))
    expect(told.map(({ notice }) => `${notice.kind} to ${notice.to}`).toSorted()).toEqual([
      'provider_expiring to root@acme.test',
      'provider_staged to root@acme.test',
    ])
    const figures = await metrics.text()
    expect(figures).toMatch(
      /sekisho_sso_ends_seconds\{organization="[^"]+",what="certificate",which="[0-9A-F:]+"\} \d{10}/,
    )
    expect(figures).toMatch(/sekisho_sso_metadata_trouble\{organization="[^"]+"\} 0/)
  },
  manyProcessesMs,
)
