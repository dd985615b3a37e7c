import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConfigurationInput } from '../../src/config/write.ts'
import { runCli } from '../support/cli.ts'
import { readCsv } from '../support/csv-reader.ts'
import { byTest, startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { createPortalVisitor } from '../support/portal-visitor.ts'

const routes: ConfigurationInput = {
  kind: 'routes',
  routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' }],
}
const acme: ConfigurationInput = { kind: 'organization', slug: 'acme', name: 'Acme' }

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ upstream: 'http://127.0.0.1:9', policies: { routes, acme } })
  await gateway.addPerson({ email: 'ann@acme.example', name: 'Ann', organization: 'acme' })
  await gateway.addPerson({ email: 'bob@else.example', name: 'Bob' })
  for (const [i, name] of hostile.entries()) await gateway.addPerson({ email: `hostile${i}@bad.example`, name })
})
afterAll(() => gateway[Symbol.asyncDispose]())

const hostile = ["=cmd|' /C calc'!A0", '+1+1', '-1', '@SUM(A1)', '＝1+1', '"=1+1', 'Anna, \'the; "quoted"', '山田 太郎']
const rooms = () => gateway.running.gateway.rooms

async function cli(...words: string[]): Promise<string> {
  const { code, out, err } = await gateway.cli('users', ...words)
  expect(err).toBe('')
  expect(code).toBe(0)
  return out
}

async function exported(...words: string[]): Promise<readonly Record<string, string>[]> {
  const file = join(gateway.folder, 'people.csv')
  await cli('export', ...words, '--out', file)
  const bytes = readFileSync(file)
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
  const [head = [], ...rows] = readCsv(bytes.toString('utf8'))
  return rows.map(row => Object.fromEntries(head.map((name, i) => [name, row[i] ?? ''])))
}

async function auditRows(event: string) {
  const rows = await rooms().store.audit.list({ limit: 1_000 })
  return rows.map(({ entry }) => entry).filter(entry => entry.event === event)
}

describe('sekisho users list', () => {
  test('shows who is where, and finds people by each filter', async () => {
    const all = await cli('list')
    expect(all).toMatch(/ann@acme\.example\s+Ann\s+acme\s+person\s+not_signed_in/)
    expect(await cli('list', '--organization', 'acme')).not.toContain('bob@')
    expect(await cli('list', '--search', 'BOB')).toContain('bob@else.example')
    expect(await cli('list', '--state', 'in_use')).not.toContain('@')
    expect(await cli('list', '--factor', 'any')).not.toContain('@')
    expect(await cli('list', '--not-signed-in-since', '2020-01-01T00:00:00Z')).toContain('ann@')
    expect(await cli('list', '--held')).not.toContain('@')
  })

  test('goes on where the last page ended', async () => {
    const first = await cli('list', '--limit', '3')
    const after = /--after (\S+)/.exec(first)?.[1] ?? 'none'

    const second = await cli('list', '--limit', '1000', '--after', after)

    const emails = [first, second].flatMap(text => text.match(/\S+@\S+\.example/g) ?? [])
    expect(emails).toHaveLength(new Set(emails).size)
    expect(emails).toHaveLength(2 + hostile.length)
  })

  test.each([
    [['list', '--state', 'asleep'], 'state must be one of'],
    [['list', '--factor', 'eye'], 'factor must be one of'],
    [['list', '--not-signed-in-since', 'yesterday'], 'notSignedInSince'],
    [['export', '--kind', 'passwords'], 'kind must be one of information, usage, second-factor'],
  ])('a filter that is none exports nobody: %j', async (words, said) => {
    const { code, out, err } = await gateway.cli('users', ...words)

    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(said)
  })
})

describe('sekisho users export', () => {
  test('opens as text in a spreadsheet, whatever people are called', async () => {
    const rows = await exported('--kind', 'information')

    const names = new Map(rows.map(row => [row['E-mail'], row['Name']]))
    expect(hostile.map((_, i) => names.get(`hostile${i}@bad.example`))).toEqual([
      ...hostile.slice(0, 6).map(name => `'${name}`),
      ...hostile.slice(6),
    ])
    expect(rows.find(row => row['E-mail'] === 'ann@acme.example')).toMatchObject({
      Name: 'Ann',
      Organization: 'Acme',
      'Organization id': 'acme',
      Roles: 'person',
      State: 'not signed in',
      'Signs in with': 'password',
    })
  })

  test('tells of usage and of second factors, with the spare phone and no number in full', async () => {
    const { store } = rooms()
    const ann = (await store.accounts.list({ search: 'ann@acme', limit: 1 }))[0]
    if (ann === undefined) throw new Error('no ann')
    const factor = { addedAt: 1, sealedSecret: 'sealed', lastStep: 0, setAsideAt: null, credentialId: null }
    const trail = { audit: { ...event('factor_added'), accountId: ann.id }, notices: [] }
    await store.factors.add(ann.id, { ...factor, id: 'f-1', kind: 'totp', label: 'App', spare: false }, trail)
    await store.factors.add(
      ann.id,
      { ...factor, id: 'f-2', kind: 'sms_code', label: '+81 •••••••34', spare: true },
      trail,
    )

    const [person, ...more] = await exported('--kind', 'second-factor', '--factor', 'totp')
    expect(more).toEqual([])
    expect(person).toMatchObject({
      'E-mail': 'ann@acme.example',
      'Second factor': 'yes',
      'Authenticator app': 'yes',
      'Text message': 'no',
      Passkey: 'no',
      Phone: '',
      'Spare phone': 'yes',
      'Spare phone number': "'+81 •••••••34",
      'Backup codes left': '0',
    })
    const [usage] = await exported('--kind', 'usage', '--organization', 'acme')
    expect(usage).toMatchObject({ 'E-mail': 'ann@acme.example', 'Last sign-in': '', Held: 'no', 'Reset required': '' })
    expect(usage?.['Created']).toMatch(/^\d{4}-\d{2}-\d{2}T/)
  })

  test('stands in the audit trail with its kind, its filter and how many', async () => {
    await exported('--kind', 'usage', '--search', 'hostile')

    expect((await auditRows('people_exported')).at(-1)).toMatchObject({
      actor: { kind: 'operator' },
      facts: { kind: 'usage', count: hostile.length, filter: 'search=hostile' },
    })
  })

  test('without a file goes to the terminal, byte for byte', async () => {
    const file = join(gateway.folder, 'again.csv')
    await cli('export', '--kind', 'information', '--out', file)

    const printed = await cli('export', '--kind', 'information')

    expect(printed).toBe(readFileSync(file, 'utf8'))
    expect(existsSync(`${file}.part`)).toBe(false)
  })

  test('works on the store alone when no gateway runs', async () => {
    const alone = ['--config', gateway.configuration.gatewayFile, '--data', join(gateway.folder, 'alone')]
    await runCli(['users', 'add', 'eve@alone.example', '--name', '=Eve', ...alone])

    const { code, out } = await runCli(['users', 'export', '--kind', 'information', ...alone])

    expect(code).toBe(0)
    expect(readCsv(out)[1]?.slice(0, 2)).toEqual(['eve@alone.example', "'=Eve"])
  })
})

describe('sekisho users show', () => {
  test('tells what support needs to know of one person, and no secret', async () => {
    await rooms().people.resets.require(
      (await rooms().store.accounts.list({ search: 'bob@', limit: 1 }))[0] ?? fail(),
      { reason: 'found in a leak', since: null },
      byTest,
    )
    const text = await cli('show', 'bob@else.example')
    const json = await cli('show', 'bob@else.example', '--json')

    expect(text).toContain('email: bob@else.example')
    expect(text).toContain('found in a leak')
    expect(text).toMatch(/mails:\n.*\n.*reset_required\s+bob@else\.example/)
    expect(text).toContain('sessions: none')
    expect(text + json).not.toMatch(/argon2|sealed|tokenHash|\$v=|reset\//)
    expect((await gateway.cli('users', 'show', 'nobody@else.example')).code).toBe(1)
  })
})

describe('sekisho users hand-over', () => {
  test('prints a code once, with which the person chooses a new password', async () => {
    const printed = await cli('hand-over', 'bob@else.example', '--reason', 'Called from the known number')
    const code = /code: (\S+)/.exec(printed)?.[1] ?? 'none'
    const visitor = createPortalVisitor({ port: gateway.port })

    const page = await visitor.submit(await visitor.get(`${gateway.portalOrigin}/reset/hand-over`), {
      email: 'bob@else.example',
      code,
    })
    const done = await visitor.submit(page, { password: `${testPassword} again` })

    expect(done.location).toBe('/sign-in?said=reset')
    expect((await auditRows('hand_over_issued')).at(-1)).toMatchObject({
      actor: { kind: 'operator' },
      facts: { reason: 'Called from the known number' },
    })
    expect(await cli('show', 'bob@else.example')).toContain('hand_over_issued')
    expect(readFileSync(join(gateway.folder, 'gateway.log'), 'utf8')).not.toContain(code)
  })

  test('asks for a reason, and is refused for who cannot be helped this way', async () => {
    expect((await gateway.cli('users', 'hand-over', 'ann@acme.example')).code).toBe(2)
    await cli('suspend', 'hostile0@bad.example')

    const { code, err } = await gateway.cli('users', 'hand-over', 'hostile0@bad.example', '--reason', 'x')

    expect(code).toBe(1)
    expect(err).toContain('suspended')
  })
})

function event(name: 'factor_added') {
  return {
    event: name,
    at: 1,
    actor: byTest.actor,
    organizationId: null,
    address: null,
    receipt: null,
    facts: {},
  }
}

function fail(): never {
  throw new Error('no such account')
}
