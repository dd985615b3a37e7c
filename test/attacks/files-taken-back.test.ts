import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { parseEmail } from '../../src/people/email.ts'
import { byTest, startGateway, type TestGateway } from '../support/gateway.ts'
import { type LiveUpstream, startLiveUpstream } from '../support/live-upstream.ts'

// What the files granted ends when the files do not say it any more; and a reload that fails has changed nothing.

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' }],
}

const traveller = { email: 'traveller@example.com', reason: 'travels' }

function office(slug: string, network: string, exemptions: readonly { email: string; reason: string }[] = []) {
  return {
    kind: 'organization' as const,
    slug,
    name: slug,
    networks: [{ network }],
    exemptions: [...exemptions],
  }
}

let upstream: LiveUpstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startLiveUpstream()
  gateway = await startGateway({
    upstream: upstream.origin,
    policies: { routes, acme: office('acme', '192.0.2.0/24'), other: office('other', '192.0.2.0/24') },
  })
  for (const email of ['traveller@example.com', 'guest@example.com'])
    await gateway.addPerson({ email, organization: 'acme' })
  await gateway.addPerson({ email: 'stranger@example.com', organization: 'other' })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})
beforeEach(async () => {
  gateway.writePolicy('acme', office('acme', '192.0.2.0/24', [traveller]))
  await gateway.running.reload()
  expect(await exemptionOf('traveller@example.com')).not.toBeNull()
})

function rooms() {
  return gateway.running.gateway.rooms
}

async function accountOf(email: string) {
  const parsed = parseEmail(email)
  const account = parsed === null ? null : await rooms().store.accounts.findByEmail(parsed.key)
  if (account === null) throw new Error(`no account ${email}`)
  return account
}

async function exemptionOf(email: string) {
  return (await accountOf(email)).exemption
}

describe('an exemption that is taken out of the files', () => {
  test('ends with the reload', async () => {
    gateway.writePolicy('acme', office('acme', '192.0.2.0/24'))
    expect((await gateway.running.reload()).kind).toBe('adopted')

    expect(await exemptionOf('traveller@example.com')).toBeNull()
    const rows = await rooms().store.audit.list({
      accountId: (await accountOf('traveller@example.com')).id,
      limit: 1_000,
    })
    expect(rows.at(-1)?.entry).toMatchObject({ event: 'exemption_ended', actor: { kind: 'policies' } })
  })

  test('ends with the next start, when it was taken out while nothing ran', async () => {
    await gateway.restart()
    expect(await exemptionOf('traveller@example.com')).not.toBeNull()
    gateway.writePolicy('acme', office('acme', '192.0.2.0/24'))
    await gateway.restart()

    expect(await exemptionOf('traveller@example.com')).toBeNull()
  })

  test('ends with its whole organization', async () => {
    rmSync(join(gateway.folder, 'policies', 'acme.yaml'))
    expect((await gateway.running.reload()).kind).toBe('adopted')

    expect(await exemptionOf('traveller@example.com')).toBeNull()
  })

  test('leaves alone what an operator granted', async () => {
    await rooms().people.peopleAdmin.setExemption(
      await accountOf('guest@example.com'),
      { reason: 'asked by telephone', until: null },
      byTest,
    )
    gateway.writePolicy('acme', office('acme', '192.0.2.0/24'))
    await gateway.running.reload()

    expect(await exemptionOf('guest@example.com')).toEqual({ reason: 'asked by telephone', until: null })
  })
})

test('files that exempt somebody of another organization change nothing at all', async () => {
  const before = await rooms().store.organizations.findBySlug('acme')
  gateway.writePolicy(
    'acme',
    office('acme', '198.51.100.0/24', [traveller, { email: 'stranger@example.com', reason: 'x' }]),
  )
  const reload = await gateway.running.reload()

  expect(reload.kind).toBe('failed')
  expect(await rooms().store.organizations.findBySlug('acme')).toEqual(before)
  expect(await exemptionOf('stranger@example.com')).toBeNull()
})
