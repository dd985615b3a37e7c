import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { checkConfiguration, readDigest } from '../../src/config/check.ts'
import { matchRoute } from '../../src/config/route-table.ts'
import { writeConfiguration } from '../../src/config/write.ts'
import { parseAddress } from '../../src/lib/address.ts'
import {
  check,
  checkBad,
  checkGood,
  configurationIn,
  goodGateway,
  goodRoutes,
  realJudge,
  writeFolder,
  writeInto,
} from './support.ts'

describe('good files', () => {
  test('become one configuration, with what was left out at its stated value', async () => {
    const config = await checkGood()
    expect(config).toMatchObject({
      listen: { kind: 'tcp', address: '127.0.0.1', port: 8080 },
      portal: { origin: 'https://auth.example.com', host: 'auth.example.com' },
      operator: { listen: { kind: 'tcp', address: '127.0.0.1', port: 9901 }, token: null },
      rootKey: null,
      trustedProxies: { rules: [], hops: null, header: 'x-forwarded-for' },
      sessions: { idleMs: 86_400_000, absoluteMs: 2_592_000_000 },
      identityToken: {
        issuer: 'https://auth.example.com',
        algorithm: 'ES256',
        header: 'X-Auth-Token',
        lifetimeSeconds: 60,
      },
      mail: { transport: { kind: 'mailbox' }, from: 'no-reply@example.com', productName: 'Sekisho' },
      pages: { languages: ['en', 'ja'], support: null },
      development: { insecureCookies: false },
      log: { level: 'info', file: null },
      ownPrefix: '/.sekisho/',
    })
    expect(config.limits.traffic.address).toEqual({ quota: 600, windowMs: 60_000, burst: 200 })
    expect(config.limits.signIn.account).toEqual({ triesMax: 20, windowMs: 3_600_000 })
    expect(config.upstreams.get('chat')).toEqual({
      name: 'chat',
      addresses: [{ kind: 'tcp', secure: false, host: '127.0.0.1', port: 3000, text: 'http://127.0.0.1:3000' }],
      audience: 'chat',
      timeouts: { connectMs: 2000 },
      connectionsMax: 20_000,
      ca: null,
      healthCheck: null,
    })
  })

  test('mean their paths from the folder of gateway.yaml', async () => {
    const folder = writeFolder({
      'gateway.yaml': `${goodGateway}dataDir: state\noperator: { socket: run/op.sock }\nlog: { file: log/a.log }\n`,
    })
    const checked = await checkConfiguration(configurationIn(folder))
    expect(checked).toMatchObject({
      kind: 'good',
      config: {
        dataDir: join(folder, 'state'),
        operator: { socketPath: join(folder, 'run/op.sock') },
        log: { file: join(folder, 'log/a.log') },
      },
    })
  })

  test('are frozen all the way down', async () => {
    const config = await checkGood({ 'policies/acme.yaml': acme })
    const frozen = [
      config,
      config.limits.signIn.account,
      config.routes.routes,
      config.routes.routes[0]?.fact,
      config.upstreams.get('chat')?.addresses,
      config.organizations[0]?.rules,
    ]
    expect(frozen.map(Object.isFrozen)).toEqual(frozen.map(() => true))
  })

  test('may switch a budget off', async () => {
    const config = await checkGood({
      'gateway.yaml': `${goodGateway}limits: { traffic: { account: { off: true } } }\n`,
    })
    expect(config.limits.traffic.account).toBeNull()
  })

  test('compile a route into what gates are told and what is forwarded', async () => {
    const config = await checkGood({
      'policies/routes.yaml': `kind: routes
routes:
  - name: admin
    hosts: [chat.example.com]
    prefix: /admin
    upstream: chat
    access: signed-in
    roles: [administrator]
    secondFactor: true
    recentSignIn: 10m
    networks: [203.0.113.0/24]
    limits: { rate: 10/1m, burst: 3, per: account }
    timeouts: { head: 5s, bodyIdle: never }
    bodyLimit: 1MiB
    identityHeaders: [X-Auth-User]
    websocket: true
    origins: [https://other.example.com]
`,
    })
    const match = matchRoute(config.routes, 'chat.example.com', '/admin/users')
    if (match.kind !== 'route') throw new Error(match.kind)
    const { fact, forwarding, limit, writtenAt } = match.route
    expect(fact).toMatchObject({
      name: 'admin',
      access: 'signed-in',
      identityOptional: false,
      roles: ['administrator'],
      secondFactor: true,
      proofAgeMaxMs: 600_000,
      secondFactorContexts: [],
    })
    expect(fact.networks?.rules).toEqual(['203.0.113.0/24'])
    expect(fact.networks?.compiled.find(parseAddress('203.0.113.9') ?? never())).toBe(0)
    expect(forwarding).toEqual({
      upstream: 'chat',
      timeouts: { headMs: 5000, bodyIdleMs: 0, tunnelIdleMs: 600_000 },
      bodyBytesMax: 1_048_576,
      identityHeaders: ['X-Auth-User'],
      tokenAs: 'header',
      webSockets: true,
      origins: ['https://other.example.com'],
      passAuthorization: false,
      preserveHost: true,
      cacheable: false,
    })
    expect(limit).toEqual({ quota: 10, windowMs: 60_000, burst: 3, per: 'account' })
    expect(config.limits.traffic.routes.get('admin')).toEqual(limit)
    expect(writtenAt).toMatch(/policies\/routes\.yaml:3$/)
  })

  test('compile an organization into rules as they are stored', async () => {
    const [organization] = (await checkGood({ 'policies/deep/er/acme.yaml': acme })).organizations
    expect(organization).toMatchObject({
      slug: 'acme',
      name: 'Acme',
      rules: {
        networks: [
          { network: '203.0.113.0/24', comment: 'office' },
          { network: '2001:db8::/32', comment: '' },
        ],
        networksMode: 'enforce',
        sso: { required: false, breakGlassEmails: [], grantableRoles: ['person'] },
        secondFactor: { roles: ['administrator'], from: Date.UTC(2026, 6, 1) },
        devices: 'any',
        sessionIdleMs: 3_600_000,
        sessionAbsoluteMs: null,
        emailedCodes: false,
        codeOnUnknownDevice: false,
      },
      exemptions: [{ email: 'a@acme.example', reason: 'travels', until: null }],
    })
    expect(organization?.networks?.compiled.find(parseAddress('2001:db8::1') ?? never())).toBe(1)
  })

  test('that leave networks out restrict nobody, and an empty list lets nobody in', async () => {
    const of = async (line: string) =>
      (await checkGood({ 'policies/a.yaml': `kind: organization\nslug: a\nname: A\n${line}\n` })).organizations[0]
    expect((await of('devices: any'))?.networks).toBeNull()
    expect((await of('networks: []'))?.networks?.compiled.find(parseAddress('203.0.113.9') ?? never())).toBe(-1)
  })

  test('written by a program are read as they were meant', async () => {
    const config = await checkGood({
      'gateway.yaml': writeConfiguration({
        listen: { port: 0 },
        portal: { origin: 'http://auth.localhost:8080' },
        development: { insecureCookies: true },
        upstreams: { chat: { addresses: ['http://127.0.0.1:1', 'unix:/run/chat.sock', 'https://[::1]:8443'] } },
        mail: { transport: 'mailbox', from: 'no-reply@localhost' },
        pages: { accent: '#aa0000', support: 'yes: "really" # and more' },
      }),
      'policies/routes.yaml': writeConfiguration({
        kind: 'routes',
        routes: [{ name: 'chat', hosts: ['localhost'], prefix: '/', upstream: 'chat', access: 'signed-in' }],
      }),
    })
    expect(config.pages).toMatchObject({ accent: '#aa0000', support: 'yes: "really" # and more' })
    expect(config.portal.host).toBe('auth.localhost')
    expect(config.upstreams.get('chat')?.addresses.slice(1)).toEqual([
      { kind: 'unix', path: '/run/chat.sock', text: 'unix:/run/chat.sock' },
      { kind: 'tcp', secure: true, host: '::1', port: 8443, text: 'https://[::1]:8443' },
    ])
  })

  test('that ship as the example are good, and their tests run', async () => {
    const checked = await checkConfiguration({
      gatewayFile: 'config/gateway.yaml',
      policiesFolder: 'policies',
      environment: {},
      judge: realJudge(),
    })
    expect(checked.kind === 'bad' ? checked.problems : checked.testsRun).toBeGreaterThan(15)
  })
})

describe('secrets', () => {
  const smtp = (password: string) =>
    `${goodGateway.replace('mail: { transport: mailbox,', `mail: { transport: smtp, smtp: { host: mail.example.com, user: a, password: ${password} },`)}`

  test('come from a file beside gateway.yaml, without the newline at its end', async () => {
    const config = await checkGood({ 'gateway.yaml': smtp('{ file: smtp-password }'), 'smtp-password': 'hush \n' })
    expect(passwordOf(config.mail.transport)).toBe('hush ')
  })

  test('come from the environment', async () => {
    const config = await checkGood({ 'gateway.yaml': smtp('{ env: SMTP }') }, { SMTP: 'hush' })
    expect(passwordOf(config.mail.transport)).toBe('hush')
  })

  test('are never printed', async () => {
    const config = await checkGood({ 'gateway.yaml': smtp('{ env: SMTP }') }, { SMTP: 'hush-hush' })
    expect(inspect(config, { depth: 10 }) + JSON.stringify(config.mail)).not.toContain('hush')
    expect(JSON.stringify(config.mail)).toContain('[secret]')
  })

  test('that are empty are missing', async () => {
    const [problem] = await checkBad({ 'gateway.yaml': smtp('{ file: empty }'), empty: '\n' })
    expect(problem).toMatch(/^gateway\.yaml:5:.* found nothing in .*empty; expected the secret alone/)
    expect((await checkBad({ 'gateway.yaml': smtp('{ env: SMTP }') }, { SMTP: '' }))[0]).toContain('found no value')
  })
})

describe('files that cannot be taken', () => {
  test('a missing gateway.yaml is told within a second', async () => {
    const folder = writeFolder()
    rmSync(join(folder, 'gateway.yaml'))
    const started = process.cpuUsage()
    const checked = await checkConfiguration(configurationIn(folder))
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(1000)
    expect(checked).toMatchObject({ kind: 'bad', problems: [{ line: 1, column: 1 }] })
    expect(checked.kind === 'bad' && checked.problems[0]?.message).toContain('found no file that can be read (ENOENT)')
  })

  test('a missing folder of policies is told', async () => {
    const folder = writeFolder()
    rmSync(join(folder, 'policies'), { recursive: true })
    expect(await checkConfiguration(configurationIn(folder))).toMatchObject({ kind: 'bad', problems: [{}] })
  })

  test('a file over 1 MiB is not read', async () => {
    const problems = await checkBad({ 'policies/big.yaml': `# ${'x'.repeat(1024 * 1024)}` })
    expect(problems).toEqual([
      expect.stringContaining('policies/big.yaml:1:1: found 1048578 bytes; expected at most 1 MiB'),
    ])
  })

  test('bytes that are no text are refused', async () => {
    const folder = writeFolder()
    writeFileSync(join(folder, 'policies/latin.yaml'), Buffer.from([0x6b, 0x3a, 0x20, 0xe9]))
    const checked = await checkConfiguration(configurationIn(folder))
    expect(checked.kind === 'bad' && checked.problems[0]?.message).toContain('expected UTF-8')
  })

  test('a folder that is named like a file is refused', async () => {
    const folder = writeFolder()
    rmSync(join(folder, 'gateway.yaml'))
    mkdirSync(join(folder, 'gateway.yaml'))
    const checked = await checkConfiguration(configurationIn(folder))
    expect(checked.kind === 'bad' && checked.problems[0]?.message).toContain('found no ordinary file')
  })

  test('deeply nested brackets are told, and harm nobody', async () => {
    const problems = await checkBad({ 'policies/deep.yaml': '['.repeat(200_000) })
    expect(problems.length).toBeGreaterThan(0)
  })

  test('names that begin with a dot, and files of other kinds, are nobody’s business', async () => {
    const checked = await check({
      'policies/.hidden.yaml': '[',
      'policies/README.md': '[',
      'policies/..data/x.yaml': '[',
    })
    expect(checked.kind).toBe('good')
  })

  test('links are followed, as mounted configuration is made of them', async () => {
    const folder = writeFolder()
    writeInto(folder, { 'elsewhere/acme.yaml': acme })
    symlinkSync(join(folder, 'elsewhere/acme.yaml'), join(folder, 'policies/acme.yaml'))
    expect(await checkConfiguration(configurationIn(folder))).toMatchObject({
      config: { organizations: [{ slug: 'acme' }] },
    })
  })
})

describe('the digest', () => {
  test('is the same for the same files elsewhere, and changes with any of them', async () => {
    const digest = async (files = {}) => (await checkGood(files)).digest
    const standard = await digest()
    expect(standard).toMatch(/^[0-9a-f]{64}$/)
    expect(await digest()).toBe(standard)
    expect(await digest({ 'policies/routes.yaml': `${goodRoutes}#` })).not.toBe(standard)
    expect(await digest({ 'gateway.yaml': `${goodGateway}#` })).not.toBe(standard)
    expect(await digest({ 'policies/x.test.yaml': 'kind: tests\ntests: []\n' })).not.toBe(standard)
  })

  test('can be read without checking', async () => {
    const configuration = configurationIn(writeFolder())
    const checked = await checkConfiguration(configuration)
    expect(checked).toMatchObject({ kind: 'good', digest: await readDigest(configuration) })
  })
})

const acme = `kind: organization
slug: acme
name: Acme
networks:
  - { network: 203.0.113.0/24, comment: office }
  - { network: "2001:db8::/32" }
exemptions:
  - { email: a@acme.example, reason: travels }
secondFactor: { roles: [administrator], from: "2026-07-01T00:00:00Z" }
sessions: { idle: 1h }
`

function passwordOf(transport: object): string | undefined {
  return 'password' in transport && transport.password instanceof Object && 'reveal' in transport.password
    ? String((transport.password.reveal as () => string).call(transport.password))
    : undefined
}

function never(): never {
  throw new Error('no address')
}
