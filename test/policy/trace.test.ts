import { describe, expect, test } from 'vitest'
import { buildWalks } from '../../src/policy/plan.ts'
import { createTraceWriter, describeVerdict, readTrace, traceOf } from '../../src/policy/trace.ts'
import { account, address, ask, budget, networks, organization, proof, route } from './good-facts.ts'

const walk = buildWalks().proxy

describe('the trace of a decision', () => {
  test('shows every gate up to the one that spoke, and none behind it', () => {
    const trace = traceOf(walk, ask('proxy', { account: account({ resetRequired: true }) }))

    expect(trace.map(step => `${step.gate}: ${step.said}`)).toEqual([
      'from-route-network: pass',
      'origin-allowed: pass',
      'within-address-budget: pass',
      'signed-in: pass',
      'sso-respected: pass',
      'password-current: deny reset_required',
    ])
  })

  test('shows the whole walk when all of them let through', () => {
    expect(traceOf(walk, ask('proxy')).map(step => step.gate)).toEqual(walk.map(gate => gate.name))
  })

  test('shows with each gate the facts that it was given, and no others', () => {
    const trace = traceOf(walk, ask('proxy'))

    for (const [i, gate] of walk.entries()) expect(Object.keys(trace[i]?.facts ?? {})).toEqual([...gate.asks])
    expect(trace.find(step => step.gate === 'password-current')?.facts).toMatchObject({
      account: { email: 'hana@acme.example', resetRequired: false },
    })
  })

  test('can be stored and read again: networks as their authors wrote them, long lists cut with a word about it', () => {
    const rules = Array.from({ length: 20 }, (_, i) => `203.0.${i}.0/24`)
    const outside = { route: route({ networks: networks(...rules) }), address: address('198.51.100.1') }

    const [first] = traceOf(walk, ask('proxy', outside))

    expect(first?.facts['address']).toEqual({ address: { family: 4, text: '198.51.100.1' }, uncertain: false })
    expect(first?.facts['route']).toMatchObject({ networks: { rules: [...rules.slice(0, 8), 'and 12 more'] } })
    expect(JSON.parse(JSON.stringify(first))).toEqual(first)
  })

  test('of a fact that could not be read shows the gates before it', () => {
    const trace = traceOf(walk, ask('proxy', { organization: null }))

    expect(trace.at(-1)).toMatchObject({ gate: 'sso-respected', said: 'deny unavailable' })
  })
})

describe('a trace as text', () => {
  const write = createTraceWriter(8_192)
  const refused = ask('proxy', { route: route({ roles: [] }) })

  test.each([
    ['a refusal', refused],
    ['a challenge', ask('proxy', { session: null })],
    ['an allowed request', ask('proxy')],
    ['a fact that could not be read', ask('proxy', { organization: null })],
    ['text that JSON has to escape', ask('proxy', { account: account({ name: 'Ha"na\\\n\u2028\ud800 花' }) })],
    ['a budget that is not set', ask('proxy', { addressBudget: budget({ quota: Number.POSITIVE_INFINITY }) })],
  ])('of %s is read back as the same steps', (_, decision) => {
    expect(readTrace(write(walk, decision))).toEqual(traceOf(walk, decision))
  })

  test('holds each fact once, however many gates asked for it', () => {
    expect(write(walk, refused).match(/hana@acme\.example/g)).toHaveLength(1)
  })

  test('tells of each decision its own facts, also right after one that shares some of them', () => {
    const other = ask('proxy', { route: route({ roles: [] }), account: account({ email: 'ken@acme.example' }) })

    const texts = [refused, other, refused].map(decision => write(walk, decision))

    expect(texts.map(text => /[a-z]+@acme/.exec(text)?.[0])).toEqual(['hana@acme', 'ken@acme', 'hana@acme'])
  })

  test.each([
    ['[]', []],
    ['{"facts":', '{"facts":'],
  ])('that no walk was written as is given back: %s', (text, read) => {
    expect(readTrace(text)).toEqual(read)
  })
})

test.each([
  ['allow', ask('proxy')],
  ['deny role_missing', ask('proxy', { route: route({ roles: [] }) })],
  ['challenge sign_in', ask('proxy', { session: null })],
  [
    'challenge device_approval',
    ask('entry', { organization: organization({ devices: 'approved' }), proofs: [proof('password')] }),
  ],
] as const)('a verdict reads %s', (words, decision) => {
  expect(describeVerdict(decision.verdict)).toBe(words)
})
