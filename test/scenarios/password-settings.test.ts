import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkConfiguration } from '../../src/config/check.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { type GatewaySections, startGateway, type TestGateway, testPassword } from '../support/gateway.ts'
import { type LiveUpstream, startLiveUpstream } from '../support/live-upstream.ts'
import { createPortalVisitor, type Reply } from '../support/portal-visitor.ts'
import { singleFile, writeRangeFolder } from '../support/range-lists.ts'

// The section `passwords` of gateway.yaml, as it shows from outside.

let upstream: LiveUpstream
let gateway: TestGateway
let turn = 0
const cheap = { memory: '1MiB', passes: 1 }

beforeAll(async () => {
  upstream = await startLiveUpstream()
  gateway = await startGateway({
    upstream: upstream.origin,
    policies: {
      routes: {
        kind: 'routes',
        routes: [{ name: 'app', hosts: ['localhost'], prefix: '/', upstream: 'app', access: 'signed-in' }],
      },
    },
    gateway: {
      passwords: { leaked: { source: 'file', path: 'leaked.txt' }, cost: cheap },
      trustedProxies: { networks: ['127.0.0.1/32'] },
    },
    before: folder => {
      writeFileSync(join(folder, 'leaked.txt'), singleFile(300, { password: 9, [testPassword]: 41 }))
      writeRangeFolder(join(folder, 'ranges'), { password: 9, [testPassword]: 41 })
      for (const [name, byte] of [
        ['one', 1],
        ['two', 2],
        ['short', 0],
      ] as const)
        writeFileSync(join(folder, name), Buffer.alloc(byte === 0 ? 8 : 32, byte).toString('base64url'))
    },
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

/** A person whose password was leaked after it was set. */
async function addPerson(email: string): Promise<void> {
  gateway.writeGateway({ passwords: { cost: cheap } })
  await gateway.running.reload()
  await gateway.addPerson({ email })
}

async function use(passwords: NonNullable<GatewaySections['passwords']>): Promise<string> {
  gateway.writeGateway({ passwords: { cost: cheap, ...passwords } })
  const reloaded = await gateway.running.reload()
  return reloaded.kind === 'failed' ? String(reloaded.cause) : reloaded.kind
}

function signIn(email: string, password = testPassword): Promise<Reply> {
  turn += 1
  const visitor = createPortalVisitor({ port: gateway.port, address: `203.0.113.${turn}` })
  return visitor.post(`${gateway.portalOrigin}/sign-in`, { email, password })
}

async function mailsTo(email: string): Promise<string[]> {
  const mails = await gateway.running.gateway.rooms.store.outbox.list('all', 1_000)
  return mails.filter(({ notice }) => notice.to === email).map(({ notice }) => notice.kind)
}

const leaked = { source: 'file', path: 'leaked.txt' } as const

describe('a leaked password', () => {
  test.each([
    ['a file', leaked],
    ['a folder', { source: 'folder', path: 'ranges' } as const],
  ])('found in %s opens a session and is told by mail; by default nothing is looked up', async (_what, list) => {
    const email = `${list.source}@mail.example`
    await addPerson(email)
    expect((await signIn(email)).status).toBe(303)
    expect(await mailsTo(email)).not.toContain('password_leaked')
    expect(await use({ leaked: list })).toBe('adopted')
    expect((await signIn(email)).status).toBe(303)
    expect(await mailsTo(email)).toContain('password_leaked')
  })

  test('opens nothing with mode refuse', async () => {
    await addPerson('refused@mail.example')
    await use({ leaked: { ...leaked, mode: 'refuse' } })
    const refused = await signIn('refused@mail.example')
    expect(refused.body).toBe((await signIn('refused@mail.example', 'a wrong password')).body)
    await expect.poll(() => mailsTo('refused@mail.example')).toContain('password_refused')
  })

  test('while the list is away: read as busy for everybody, or let through', async () => {
    await addPerson('away@mail.example')
    const away = { source: 'api', url: 'http://127.0.0.1:9' } as const
    await use({ leaked: { ...away, whenUnavailable: 'refuse' } })
    for (const email of ['away@mail.example', 'nobody@mail.example']) expect((await signIn(email)).status).toBe(503)
    await use({ leaked: { ...away, whenUnavailable: 'allow' } })
    expect((await signIn('away@mail.example')).status).toBe(303)
  })

  test('is counted, and never shown; the list is checked by an entry that every one has', async () => {
    await use({ leaked })
    const coverage = await gateway.cli('leaks', 'coverage', '--json')
    const { all, organizations, keys } = JSON.parse(coverage.out)
    expect(all.leaked).toBeGreaterThan(0)
    expect(all.passwords).toBe(all.leaked + all.notFound + all.neverLookedAt)
    expect(organizations).toEqual([{ organization: null, ...all }])
    expect(keys).toMatchObject([{ state: 'current', passwords: all.passwords }])
    expect(coverage.out).not.toMatch(/argon2|example/)
    expect((await gateway.cli('leaks', 'coverage')).out).toContain('neverLookedAt')

    const check = await gateway.cli('leaks', 'check')
    expect(check.out).toContain('knownEntry: found')
    expect(check.code).toBe(0)
    await use({})
    expect((await gateway.cli('leaks', 'check')).code).toBe(1)
  })
})

describe('the key of the hashes', () => {
  test('follows a reload: a hash moves at the next sign-in, and a key that is still in use cannot be dropped', async () => {
    await addPerson('keyed@key.example')
    const keyOf = async () => {
      const { rooms } = gateway.running.gateway
      const account = (await rooms.store.accounts.list({ search: 'keyed@key.example', limit: 1 }))[0]
      return account?.password?.hash.slice(0, 11)
    }
    const derived = await keyOf()
    const [one, two] = [{ file: 'one' }, { file: 'two' }]
    expect(await use({ pepper: { current: one } })).toBe('adopted')
    expect((await signIn('keyed@key.example')).status).toBe(303)
    const first = await keyOf()
    expect(first).not.toBe(derived)
    expect(await use({ pepper: { current: two } })).toContain(first?.slice(3))
    expect(await use({ pepper: { current: two, previous: [one] } })).toBe('adopted')
    expect((await signIn('keyed@key.example')).status).toBe(303)
    expect([derived, first]).not.toContain(await keyOf())
    expect(await use({ pepper: { current: two } })).toBe('adopted')
    expect((await signIn('keyed@key.example', 'a wrong password')).status).not.toBe(303)
    // Whoever comes after this test finds the key in use.
    await use({ pepper: { current: one, previous: [two] } })
    await signIn('keyed@key.example')
  })
})

describe('sekisho check', () => {
  const problemsOf = async (sections: GatewaySections) => {
    gateway.writeGateway(sections)
    const checked = await checkConfiguration(gateway.configuration)
    return checked.kind === 'bad' ? checked.problems.map(formatProblem).join('\n') : 'good'
  }
  const passwords = (part: NonNullable<GatewaySections['passwords']>) => problemsOf({ passwords: part })

  test('names the list that is none, and the key that is too short', async () => {
    writeFileSync(join(gateway.folder, 'no-list.txt'), 'password\n')
    expect(await passwords({ leaked: { source: 'file', path: 'no-list.txt' } })).toContain('no-list.txt')
    expect(await passwords({ leaked: { source: 'file', path: 'gone.txt' } })).toContain('ENOENT')
    expect(await passwords({ leaked: { source: 'folder', path: '.' } })).toContain('00000.txt')
    expect(await passwords({ leaked: { source: 'file' } })).toContain('path')
    expect(await passwords({ leaked: { source: 'off', url: 'https://ranges.example' } })).toContain('neither')
    expect(await passwords({ pepper: { current: { file: 'short' } } })).toContain('32 bytes')
    expect(await passwords({ pepper: { previous: [{ env: 'SEKISHO_NO_SUCH_KEY' }] } })).toContain('SEKISHO_NO_SUCH_KEY')
    expect(await passwords({ pepper: { current: { env: 'SEKISHO_NO_SUCH_KEY' } } })).toContain('SEKISHO_NO_SUCH_KEY')
    expect(await passwords({ pepper: { previous: [{ file: 'short' }] } })).toContain('32 bytes')
  })

  test('lets hashes be cheaper than they should be for development alone', async () => {
    const portal = { portal: { origin: 'https://auth.example.com' }, development: {} }
    expect(await problemsOf({ ...portal, passwords: { cost: { memory: '18MiB' } } })).toContain('19MiB')
    expect(await problemsOf({ ...portal, passwords: { cost: { passes: 1 } } })).toContain('2 passes')
    expect(await problemsOf({ ...portal, passwords: { cost: { memory: '32MiB', passes: 3 } } })).toBe('good')
    expect(await passwords({ cost: { memory: '1MiB', passes: 1 } })).toBe('good')
  })
})
