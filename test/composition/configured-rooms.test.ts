import { describe, expect, test } from 'vitest'
import { openGuards } from '../../src/composition/guards.ts'
import { routesInUse } from '../../src/composition/hosts.ts'
import { listenerLimits, tunnelCaps, upstreamOptions } from '../../src/composition/outside.ts'
import { http2Defaults } from '../../src/wire/http2-options.ts'
import { checkGood, goodGateway } from '../config/support.ts'
import { createTestClock } from '../support/test-clock.ts'

// What the files say reaches the rooms that act on it. How these act is shown beside them.

type Guards = ReturnType<typeof openGuards>

async function guardsWith(limits: string): Promise<Guards> {
  const config = await checkGood({ 'gateway.yaml': `${goodGateway}limits: ${limits}\n` })
  return openGuards(config, createTestClock(), null)
}

/** How many of so many tries are let through. */
async function countOpen(tries: number, ask: (i: number) => Promise<{ kind: string }>): Promise<number> {
  let open = 0
  for (let i = 0; i < tries; i++) if ((await ask(i)).kind === 'open') open += 1
  return open
}

describe('failed sign-ins are stopped at the configured number', () => {
  const signInKeys = [
    'address',
    'prefix',
    'account',
    'accountKnownDevice',
    'pair',
    'codesPerAttempt',
    'codesPerAccount',
  ]
  const mailKeys = ['resetMailsPerAccount', 'resetMailsKnown', 'resetMailsPerAddress']
  const many = '100000/1h'

  function onlyOne(key: string, value: string | number): string {
    const others = [...signInKeys, ...mailKeys].map(name => [name, many] as const)
    return JSON.stringify({ signIn: { ...Object.fromEntries(others), [key]: value } })
  }

  const unknown = 'unknown' as const
  test.each<[string, string | number, (guards: Guards) => (i: number) => Promise<{ kind: string }>]>([
    [
      'address',
      '3/1h',
      ({ regulation }) =>
        i =>
          regulation.ask({ address: 'a', name: `n${i}`, deviceLane: unknown }),
    ],
    [
      'prefix',
      '3/1h',
      ({ regulation }) =>
        i =>
          regulation.ask({ address: `2001:db8:1:${i}::/64`, name: `n${i}`, deviceLane: unknown }),
    ],
    [
      'account',
      '3/1h',
      ({ regulation }) =>
        i =>
          regulation.ask({ address: `a${i}`, name: 'n', deviceLane: unknown }),
    ],
    [
      'accountKnownDevice',
      '3/15m',
      ({ regulation }) =>
        i =>
          regulation.ask({ address: `a${i}`, name: 'n', deviceLane: 'known-device' }),
    ],
    [
      'pair',
      '3/1h',
      ({ regulation }) =>
        () =>
          regulation.ask({ address: 'a', name: 'n', deviceLane: unknown }),
    ],
    // Half for each of the two kinds of devices.
    [
      'consecutiveFailuresMax',
      6,
      ({ regulation }) =>
        i =>
          regulation.ask({ address: `a${i}`, name: 'n', deviceLane: unknown }),
    ],
    [
      'consecutiveFailuresMax',
      6,
      ({ regulation }) =>
        i =>
          regulation.ask({ address: `a${i}`, name: 'n', deviceLane: 'known-device' }),
    ],
    [
      'consecutiveFailuresMax',
      6,
      ({ codeBudgets }) =>
        i =>
          codeBudgets.ask({ attemptId: `t${i}`, accountId: 'c', deviceLane: unknown }),
    ],
    [
      'codesPerAttempt',
      '3/1h',
      ({ codeBudgets }) =>
        i =>
          codeBudgets.ask({ attemptId: 't', accountId: `c${i}`, deviceLane: unknown }),
    ],
    [
      'codesPerAccount',
      '3/1h',
      ({ codeBudgets }) =>
        i =>
          codeBudgets.ask({ attemptId: `t${i}`, accountId: 'c', deviceLane: unknown }),
    ],
    [
      'resetMailsPerAccount',
      '3/1h',
      ({ resetMails }) =>
        i =>
          resetMails.ask({ address: `a${i}`, name: 'n' }),
    ],
    [
      'resetMailsKnown',
      '3/1h',
      ({ resetMails }) =>
        i =>
          resetMails.ask({ address: `a${i}`, name: 'n', from: 'known-device' }),
    ],
    [
      'resetMailsKnown',
      '3/1h',
      ({ resetMails }) =>
        () =>
          resetMails.ask({ address: 'a', name: 'n', from: 'home-address' }),
    ],
    [
      'resetMailsPerAddress',
      '3/1h',
      ({ resetMails }) =>
        i =>
          resetMails.ask({ address: 'a', name: `n${i}` }),
    ],
    [
      'resetMailsPerAccount',
      '3/1h',
      ({ codeMails }) =>
        i =>
          codeMails.ask({ address: `a${i}`, name: 'n' }),
    ],
    [
      'resetMailsPerAddress',
      '3/1h',
      ({ codeMails }) =>
        i =>
          codeMails.ask({ address: 'a', name: `n${i}` }),
    ],
  ])('%s: %s', async (key, value, tries) => {
    expect(await countOpen(20, tries(await guardsWith(onlyOne(key, value))))).toBe(3)
  })

  test('keysMax: so many names are counted apart, and the others share one count', async () => {
    const { regulation } = await guardsWith('{ signIn: { keysMax: 100, account: 1/1h, address: 100000/1h } }')

    const open = await countOpen(150, i => regulation.ask({ address: 'a', name: `n${i}`, deviceLane: 'unknown' }))

    expect(open).toBe(101)
  })
})

describe('traffic', () => {
  const spent = async (limits: string, spend: (guards: Guards, i: number) => { spent: boolean }) => {
    const guards = await guardsWith(`{ traffic: ${limits} }`)
    return Array.from({ length: 6 }, (_, i) => spend(guards, i).spent)
  }

  test.each<[string, (guards: Guards) => { spent: boolean }]>([
    ['address', ({ traffic }) => traffic.spend.address('a', false)],
    ['addressWithSession', ({ traffic }) => traffic.spend.address('a', true)],
    ['account', ({ traffic }) => traffic.spend.account('a')],
    ['organization', ({ traffic }) => traffic.spend.organization('a')],
  ])('of %s is let through as far as its burst goes, and not counted when it is off', async (key, spend) => {
    expect(await spent(`{ ${key}: { rate: 2/1h, burst: 4 } }`, spend)).toEqual([
      ...[false, false, false, false],
      ...[true, true],
    ])
    expect(await spent(`{ ${key}: { rate: 2/1h, burst: 4, off: true } }`, spend)).not.toContain(true)
  })

  test.each<[string, (guards: Guards) => { spent: boolean }, number]>([
    ['address', ({ traffic }) => traffic.spend.address('a', false), 200],
    ['account', ({ traffic }) => traffic.spend.account('a'), 600],
  ])('of %s comes evenly: its rate says how soon one more fits', async (key, spend, burst) => {
    const config = await checkGood({
      'gateway.yaml': `${goodGateway}limits: { traffic: { ${key}: { rate: 60/1m } } }\n`,
    })
    const clock = createTestClock()
    const guards = openGuards(config, clock, null)
    for (let i = 0; i < burst; i++) expect(spend(guards).spent).toBe(false)
    expect(spend(guards).spent).toBe(true)

    clock.advance(1000)

    expect([spend(guards).spent, spend(guards).spent]).toEqual([false, true])
  })

  test('keysMax: so many are counted apart, and the others share one budget of ten times the rate', async () => {
    const { traffic } = await guardsWith('{ traffic: { keysMax: 100, account: { rate: 1/1h, burst: 1 } } }')

    const spent = Array.from({ length: 150 }, (_, i) => traffic.spend.account(`a${i}`).spent)

    expect(spent.indexOf(true)).toBe(110)
  })
})

test('a route is forwarded as it says', async () => {
  const config = await checkGood({
    'gateway.yaml': goodGateway.replace('3000"]', '3000"], audience: the-chat'),
    'policies/routes.yaml': `kind: routes
routes:
  - name: everything
    hosts: [chat.example.com]
    prefix: /
    upstream: chat
    access: signed-in
    timeouts: { head: 5s, bodyIdle: never, tunnelIdle: 7m }
    bodyLimit: 3MiB
    identityHeaders: [X-Auth-Org, X-Auth-User]
    tokenAs: bearer
    websocket: true
    origins: [https://other.example.com]
    preserveHost: false
    cacheable: true
  - name: plain
    hosts: [chat.example.com]
    exact: /plain
    upstream: chat
    access: public
    tokenAs: none
    passAuthorization: true
`,
  })
  const routes = routesInUse(config)

  expect(routes.find('everything')?.forwarding).toEqual({
    route: 'everything',
    upstream: 'chat',
    audience: 'the-chat',
    access: 'signed-in',
    preserveHost: false,
    identityFields: ['X-Auth-Org', 'X-Auth-User'],
    tokenField: 'Authorization',
    passAuthorization: false,
    webSockets: true,
    upgrades: [],
    allowedOrigins: ['https://other.example.com'],
    cacheable: true,
    bodyBytesMax: 3 * 1024 * 1024,
    timeouts: { headMs: 5000, bodyIdleMs: 0, tunnelIdleMs: 420_000 },
  })
  expect(routes.find('plain')?.forwarding).toMatchObject({
    access: 'public',
    tokenField: null,
    passAuthorization: true,
    preserveHost: true,
    webSockets: false,
    cacheable: false,
    bodyBytesMax: 100 * 1024 * 1024,
    timeouts: { headMs: 30_000, bodyIdleMs: 300_000, tunnelIdleMs: 600_000 },
  })
})

test('an upstream is reached as it says', async () => {
  const config = await checkGood({
    'gateway.yaml': goodGateway.replace(
      '{ addresses: ["http://127.0.0.1:3000"] }',
      `{
    addresses: ["http://127.0.0.1:3000", "https://chat.internal:8443", "unix:/run/chat.sock"],
    timeouts: { connect: 300ms }, connectionsMax: 17,
    healthCheck: { path: /alive, interval: 3s, timeout: 700ms, unhealthyAfter: 4, healthyAfter: 2 } }`,
    ),
  })

  expect(upstreamOptions(config)).toEqual([
    {
      name: 'chat',
      addresses: ['http://127.0.0.1:3000', 'https://chat.internal:8443', 'unix:/run/chat.sock'],
      connectMs: 300,
      connectionsMax: 17,
      health: { path: '/alive', everyMs: 3000, timeoutMs: 700, unhealthyAfter: 4, healthyAfter: 2 },
    },
  ])
})

test('the wire takes what it takes by default when the files say nothing', async () => {
  expect(listenerLimits(await checkGood({ 'gateway.yaml': goodGateway })).http2).toEqual(http2Defaults)
})

test('the wire takes as much, and waits as long, as the files say', async () => {
  const config = await checkGood({
    'gateway.yaml': `${goodGateway}limits:
  connections: { total: 11, perAddress: 12, pipelined: 13, tunnels: 14, tunnelsPerAccount: 15, tunnelsPerSession: 16 }
  heads: { bytes: 17KiB, fields: 18, target: 19KiB }
  deadlines: { head: 20s, body: 21s, idle: 22s, send: 23s }
  http2: { streams: 24, opened: 25, openedPerSecond: 26, broken: 27, brokenPerSecond: 28, window: 29KiB, unread: 30MiB, unreadPerAddress: 31MiB }
`,
  })

  expect(listenerLimits(config)).toEqual({
    connectionsMax: 11,
    connectionsPerAddressMax: 12,
    pipelinedMax: 13,
    headBytesMax: 17 * 1024,
    fieldsMax: 18,
    targetBytesMax: 19 * 1024,
    headMs: 20_000,
    bodyIdleMs: 21_000,
    keepAliveMs: 22_000,
    sendIdleMs: 23_000,
    http2: {
      streamsMax: 24,
      floods: {
        streams: { burst: 25, perSecond: 26 },
        broken: { burst: 27, perSecond: 28 },
        idleBytes: { burst: 64 * 1024, perSecond: 4096 },
      },
      windowBytes: 29 * 1024,
      unreadMax: 30 * 1024 * 1024,
      unreadPerAddressMax: 31 * 1024 * 1024,
    },
  })
  expect(tunnelCaps(config)).toEqual({ total: 14, perAccount: 15, perSession: 16 })
})
