import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { createPortalVisitor, type PortalVisitor, type Reply } from '../support/portal-visitor.ts'
import { addAuthenticator } from '../support/second-factor.ts'
import { until } from '../support/until.ts'

// Whoever is shut out, by an operator, by failed tries or by an attack under way: what they read, and what operators see and undo.

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' }],
}

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    upstream: 'http://127.0.0.1:9',
    policies: { routes },
    gateway: {
      trustedProxies: { networks: ['127.0.0.1'] },
      limits: { stuffing: { slowAt: 15, codeAt: 15, delayMax: 'never' } },
    },
  })
})
afterAll(() => gateway[Symbol.asyncDispose]())

async function cli(...words: string[]): Promise<string> {
  const { code, out, err } = await gateway.cli(...words)
  expect(err).toBe('')
  expect(code).toBe(0)
  return out
}

function from(address: string): PortalVisitor {
  return createPortalVisitor({ port: gateway.port, address })
}

async function tryPassword(visitor: PortalVisitor, email: string, password = testPassword): Promise<Reply> {
  const page = await visitor.get(`${gateway.portalOrigin}/sign-in`)
  const form = await visitor.submit(page, { email })
  return visitor.submit(form, { password })
}

/** What is told of a sign-in, aside from what differs each time. */
function read({ status, location, body }: Reply): string {
  return `${status} ${location} ${body.replaceAll(/value="[^"]*"/g, '').replaceAll(/[\w.]+@[\w.]+/g, '')}`
}

/** The receipt of the newest answer behind which a budget or a ban stood: receipts are counted. */
async function lastRegulated(): Promise<string> {
  const { receipts } = gateway.running.gateway.rooms
  const [prefix, counter] = receipts.next().split('-')
  for (let number = Number.parseInt(counter ?? '', 36); number > 0; number--) {
    const receipt = `${prefix}-${number.toString(36).padStart(6, '0')}`
    if ((await receipts.find(receipt))?.verdict === 'regulated') return receipt
  }
  return 'none'
}

describe('a ban', () => {
  test('of an address reads as a wrong password, on a known device too, until it is removed; operators see which ban spoke', async () => {
    await gateway.addPerson({ email: 'ann@ban.example' })
    const visitor = from('203.0.113.7')
    expect((await tryPassword(visitor, 'ann@ban.example')).status).toBe(303)
    const wrong = await tryPassword(from('198.51.100.1'), 'ann@ban.example', 'a wrong password it is')

    const added = await cli('bans', 'add', '--address', '203.0.113.0/24', '--reason', 'scans', '--json')
    const { id } = JSON.parse(added)
    const banned = await tryPassword(from('203.0.113.8'), 'ann@ban.example')
    expect(read(banned)).toBe(read(wrong))
    expect(await cli('bans', 'list')).toMatch(new RegExp(`${id} +address +203.0.113.0/24 +all .* scans`))

    const explained = await cli('explain', await lastRegulated())
    expect(explained).toMatch(/verdict +regulated/)
    expect(explained).toMatch(new RegExp(`rule +ban ${id}`))

    await cli('bans', 'remove', id, '--reason', 'gone')
    expect((await tryPassword(from('203.0.113.8'), 'ann@ban.example')).status).toBe(303)
  })

  test('of an account spares the device that it knows, unless all devices are meant', async () => {
    await gateway.addPerson({ email: 'bob@ban.example' })
    const known = from('198.51.100.20')
    await tryPassword(known, 'bob@ban.example')
    await known.post(`${gateway.portalOrigin}/sign-out`, {})

    await cli(
      'bans',
      'add',
      '--account',
      'Bob@ban.example',
      '--reason',
      'under attack',
      '--until',
      '2999-01-01T00:00:00Z',
    )
    expect((await tryPassword(from('198.51.100.21'), 'bob@ban.example')).status).not.toBe(303)
    expect((await tryPassword(known, 'bob@ban.example')).status).toBe(303)

    await cli('bans', 'add', '--account', 'bob@ban.example', '--reason', 'all of it', '--all-devices')
    await known.post(`${gateway.portalOrigin}/sign-out`, {})
    expect((await tryPassword(known, 'bob@ban.example')).status).not.toBe(303)
    await cli('bans', 'remove', '--account', 'bob@ban.example', '--reason', 'over')
  })

  test('keeps reset mails from going out, and the page says what it always says', async () => {
    await gateway.addPerson({ email: 'cat@ban.example' })
    const ask = async (address: string) => {
      const visitor = from(address)
      return visitor.submit(await visitor.get(`${gateway.portalOrigin}/reset`), { email: 'cat@ban.example' })
    }
    await cli('bans', 'add', '--address', '198.51.100.30', '--reason', 'mail flood')
    const banned = await ask('198.51.100.30')
    const free = await ask('198.51.100.31')
    expect(read(banned)).toBe(read(free))

    const mails = () => gateway.running.gateway.mailbox?.list().filter(({ to }) => to === 'cat@ban.example') ?? []
    await until(() => mails().length > 0)
    expect(mails()).toHaveLength(1)
  })

  test('refuses the right code of a sign-in that had begun before', async () => {
    const account = await gateway.addPerson({ email: 'fay@ban.example' })
    const app = await addAuthenticator(gateway.running.gateway.rooms, account, 'app')
    const visitor = from('198.51.100.50')
    const page = await visitor.follow(await tryPassword(visitor, 'fay@ban.example'))
    await cli('bans', 'add', '--account', 'fay@ban.example', '--reason', 'under attack')

    const refused = await visitor.submit(page, { code: await app.code() })

    expect(refused.location).not.toBe('/account')
    expect(await cli('explain', await lastRegulated())).toMatch(/rule +ban b-/)
    await cli('bans', 'remove', '--account', 'fay@ban.example', '--reason', 'over')
    expect((await visitor.submit(page, { code: await app.code() })).location).toBe('/account')
  })

  test('is refused where it is no network, no account, or has ended before it began', async () => {
    for (const words of [
      ['--address', 'example.com'],
      ['--account', 'nobody'],
      ['--address', '192.0.2.1', '--until', '2001-01-01T00:00:00Z'],
      ['--address', '192.0.2.1', '--account', 'a@ban.example'],
    ])
      expect((await gateway.cli('bans', 'add', '--reason', 'x', ...words)).code).toBe(1)
    expect((await gateway.cli('bans', 'remove', 'b-none', '--reason', 'x')).code).toBe(1)
    expect((await gateway.cli('bans', 'add', '--address', '192.0.2.1')).code).toBe(2)
  })
})

test('what failed tries have closed is listed with its budget and opened by an operator, on record with the reason', async () => {
  await gateway.addPerson({ email: 'dan@ban.example' })
  for (let i = 0; i < 11; i++) await tryPassword(from('198.51.100.40'), 'dan@ban.example', `not the password ${i}`)
  expect((await tryPassword(from('198.51.100.40'), 'dan@ban.example')).status).not.toBe(303)
  expect(await cli('bans', 'list')).toMatch(/pair +198\.51\.100\.40 dan@ban\.example +10 /)
  expect(await cli('explain', await lastRegulated())).toMatch(/rule +budget pair/)

  await cli('bans', 'remove', '--account', 'dan@ban.example', '--reason', 'she called')
  await cli('bans', 'remove', '--address', '198.51.100.40', '--reason', 'she called')

  const rows = await cli('audit', 'list', '--json')
  expect(rows).toContain('regulation_released')
  expect(rows).toContain('she called')
  expect((await gateway.cli('bans', 'list')).out).not.toContain('dan@ban.example')
  expect((await tryPassword(from('198.51.100.40'), 'dan@ban.example')).status).toBe(303)
})

test('an attack is listed with its evidence, shown without names, and undone: its holds are released and nobody is met with caution', async () => {
  await gateway.addPerson({ email: 'eve@ban.example' })
  for (let i = 0; i < 16; i++) await tryPassword(from(`192.0.2.${i}`), `stolen-${i}@ban.example`, 'from elsewhere')
  await tryPassword(from('192.0.2.99'), 'eve@ban.example')
  const { threats } = JSON.parse(await cli('threats', 'list', '--json'))
  expect(threats).toMatchObject([{ level: 'code', speaking: true, lowered: null }])
  const { id } = threats[0]

  const shown = await cli('threats', 'show', id)
  expect(shown).toContain('none -> code')
  expect(shown).toContain('192.0.2.0/24')
  expect(shown).toContain('eve@ban.example')
  expect(shown).not.toContain('stolen-')

  expect(await cli('threats', 'undo', id, '--reason', 'a test of ours')).toMatch(/outcome: undone\s+released: 1/)
  expect(await cli('threats', 'undo', id, '--reason', 'again')).toMatch(/outcome: already undone\s+released: 0/)
  expect((await gateway.cli('threats', 'undo', 't-none', '--reason', 'x')).code).toBe(1)
  expect((await gateway.cli('threats', 'undo', id)).code).toBe(2)
  expect(await cli('audit', 'list', '--json')).toMatch(/threat_undone[\s\S]*a test of ours/)
  expect((await tryPassword(from('192.0.2.120'), 'eve@ban.example')).location).not.toContain('second-factor')
})
