import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

// Whoever reads the audit trail later has to know by which rules each row was written.

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' }],
}
const organization = (slug: string): ConfigurationInput => ({ kind: 'organization', slug, name: slug })

let gateway: TestGateway

beforeEach(async () => {
  const policies = { routes, acme: organization('acme'), globex: organization('globex') }
  gateway = await startGateway({ upstream: 'http://127.0.0.1:9', policies })
})
afterEach(() => gateway[Symbol.asyncDispose]())

async function loads() {
  const rows = await gateway.running.gateway.rooms.store.audit.list({ limit: 1_000 })
  return rows.map(({ entry }) => entry).filter(({ event }) => event === 'policies_loaded')
}

const digest = () => gateway.running.gateway.rooms.config().digest
const log = () => readFileSync(join(gateway.folder, 'gateway.log'), 'utf8')

test('each start and each adopted reload leaves an audit row with what was loaded', async () => {
  const first = digest()
  gateway.writePolicy('initech', organization('initech'))

  expect((await gateway.cli('status', 'reload')).code).toBe(0)

  expect(digest()).not.toBe(first)
  const rows = await loads()
  expect(rows[0]).toMatchObject({
    actor: { kind: 'policies' },
    facts: { digest: first, routes: 1, organizations: 2, orphaned: null },
  })
  expect(rows.at(-1)).toMatchObject({ facts: { digest: digest(), routes: 1, organizations: 3, orphaned: null } })
})

test('a reload that is refused leaves none', async () => {
  gateway.writePolicy('globex', organization('acme'))

  expect((await gateway.cli('status', 'reload')).code).toBe(1)

  expect(await loads()).toHaveLength(1)
})

test('organizations that no file names any more are named in the row and in a warning of the log', async () => {
  rmSync(join(gateway.configuration.policiesFolder, 'globex.yaml'))

  expect((await gateway.cli('status', 'reload')).code).toBe(0)

  expect((await loads()).at(-1)).toMatchObject({ facts: { organizations: 1, orphaned: 'globex' } })
  await until(() => /"level":"warn".*"event":"organizations_orphaned","slugs":\["globex"\]/.test(log()))
})
