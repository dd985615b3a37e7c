import { describe, expect, test } from 'vitest'
import { checkConfiguration } from '../../src/config/check.ts'
import { buildWalks } from '../../src/policy/plan.ts'
import { check, checkBad, configurationIn, realJudge, unmark, writeFolder } from './support.ts'

const policies = {
  'policies/routes.yaml': `kind: routes
routes:
  - { name: chat, hosts: [chat.example.com], prefix: /, upstream: chat, access: signed-in, origins: [https://friend.example.com] }
  - { name: open, hosts: [chat.example.com], prefix: /open/, upstream: chat, access: public }
`,
  'policies/acme.yaml': `kind: organization
slug: acme
name: Acme
networks: [{ network: 203.0.113.0/24 }]
exemptions: [{ email: Boss@acme.example, reason: travels }]
secondFactor: { from: "2026-07-01T00:00:00Z" }
`,
}

describe('a policy test holds', () => {
  test.each([
    ['{ request: { host: chat.example.com }, expect: challenge sign_in, gate: signed-in, route: chat }'],
    ['{ request: { host: chat.example.com, path: /open/x }, expect: allow, route: open }'],
    ['{ request: { host: chat.example.com, path: /open/x }, spent: [route], expect: deny route_budget_spent }'],
    ['{ request: { host: chat.example.com }, spent: [address], expect: deny address_budget_spent }'],
    ['{ request: { host: chat.example.com }, person: {}, spent: [account], expect: deny account_budget_spent }'],
    ['{ request: { host: chat.example.com, address: 203.0.113.9 }, person: { organization: acme }, expect: allow }'],
    [
      '{ request: { host: chat.example.com }, person: { organization: acme }, expect: deny outside_organization_networks }',
    ],
    [
      '{ request: { host: chat.example.com }, person: { organization: acme, email: boss@acme.example }, expect: allow }',
    ],
    [
      '{ request: { host: chat.example.com, address: 203.0.113.9 }, person: { organization: acme }, at: "2026-07-01T00:00:00Z", expect: challenge enrol_factor }',
    ],
    [
      '{ request: { host: chat.example.com, address: 203.0.113.9 }, person: { organization: acme }, at: "2026-06-30T23:59:59Z", expect: allow }',
    ],
    ['{ request: { host: chat.example.com }, person: { factors: [totp] }, expect: challenge second_factor }'],
    [
      '{ request: { host: chat.example.com }, person: { factors: [totp] }, session: { proofs: [password, totp] }, expect: allow }',
    ],
    [
      '{ request: { host: chat.example.com, upgrade: websocket, origin: "https://friend.example.com" }, person: {}, expect: allow }',
    ],
    [
      '{ request: { host: chat.example.com, upgrade: websocket, origin: "https://foe.example.com" }, person: {}, expect: deny foreign_origin }',
    ],
    ['{ request: { host: nobody.example.com }, expect: unknown_host }'],
    [
      '{ request: { host: chat.example.com }, person: { state: deleted }, entrance: forward, expect: deny account_deleted }',
    ],
  ])('%s', async fields => {
    expect(await check({ ...policies, 'policies/a.test.yaml': tests(fields) })).toMatchObject({
      kind: 'good',
      testsRun: 1,
    })
  })
})

describe('a policy test that fails', () => {
  test.each([
    [
      'another verdict',
      '{ request: { host: chat.example.com }, expect: §allow }',
      'found challenge sign_in (route chat, gate signed-in) for "it holds"; expected allow',
    ],
    [
      'another reason',
      '{ request: { host: chat.example.com }, person: { organization: acme }, expect: §deny role_missing }',
      'found deny outside_organization_networks (route chat, gate from-organization-network, rule 203.0.113.0/24)',
    ],
    [
      'another gate',
      '{ request: { host: chat.example.com }, expect: challenge sign_in, gate: §may-act }',
      'expected the gate may-act to speak',
    ],
    [
      'another route',
      '{ request: { host: chat.example.com }, expect: challenge sign_in, route: §open }',
      'found the route chat',
    ],
    ['no route', '{ request: { host: nobody.example.com }, expect: §allow, route: §open }', 'found unknown_host'],
    [
      'notes that are not there',
      '{ request: { host: chat.example.com }, expect: challenge sign_in, notes: §[role_missing] }',
      'found no notes',
    ],
    [
      'a reason that no gate has',
      '{ request: { host: nobody.example.com }, expect: §deny rolemissing }',
      'did you mean deny role_missing?',
    ],
    [
      'a gate that is not there',
      '{ request: { host: chat.example.com }, expect: challenge sign_in, gate: §signed-inn }',
      'did you mean signed-in?',
    ],
    [
      'an organization that is in no file',
      '{ request: { host: chat.example.com }, person: { organization: §acmee }, expect: allow }',
      'expected an organization that is kept in a file: acme',
    ],
    ['an unknown key', '{ request: { host: chat.example.com, §hots: x }, expect: allow }', 'did you mean host?'],
  ])('is told with its place: %s', async (_what, marked, words) => {
    const { text, places } = unmark(tests(marked))
    const problems = await checkBad({ ...policies, 'policies/a.test.yaml': text })
    const told = new Set(problems.map(problem => problem.split(':').slice(0, 3).join(':')))
    expect([...told]).toEqual(places.map(place => `policies/a.test.yaml:${place}`))
    expect(problems.join('\n')).toContain(words)
  })

  test('keeps the whole configuration from being taken, and all that fail are told', async () => {
    const failing = '{ request: { host: chat.example.com }, expect: allow }'
    const problems = await checkBad({ ...policies, 'policies/a.test.yaml': tests(failing, failing, failing) })
    expect(problems).toHaveLength(3)
  })

  test('fails for every gate of the walk that is taken out', async () => {
    const folder = writeFolder({
      ...policies,
      'policies/a.test.yaml': tests(
        '{ request: { host: chat.example.com }, person: { organization: acme }, expect: deny outside_organization_networks }',
      ),
    })
    const judge = realJudge(buildWalks(new Set(['from-organization-network'])))
    expect(await checkConfiguration({ ...configurationIn(folder), judge })).toMatchObject({
      kind: 'bad',
      problems: [{}],
    })
  })
})

function tests(...fields: string[]): string {
  return `kind: tests\ntests:\n${fields.map(one => `  - ${one.replace('{', '{ name: it holds,')}\n`).join('')}`
}
