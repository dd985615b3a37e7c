import { describe, expect, test } from 'vitest'
import { createRecordMaker } from '../../src/composition/records.ts'
import { parseAddress } from '../../src/lib/address.ts'
import type { RequestHead } from '../../src/lib/request-head.ts'
import { buildWalks } from '../../src/policy/plan.ts'
import { readTrace } from '../../src/policy/trace.ts'
import type { Decision } from '../../src/policy/verdict.ts'

const charactersMax = 8_192

describe('a walk with more facts than a record holds', () => {
  test('can still be read, and keeps what the refusing gate knew', () => {
    const walk = walkOf({ account: { id: 'a', name: 'n' }, session: { id: 's'.repeat(charactersMax) } })

    expect(walk.length).toBeLessThanOrEqual(charactersMax)
    expect(readTrace(walk)).toMatchObject([
      ...Array.from({ length: 7 }, () => ({})),
      { gate: 'account-open', facts: { account: { id: 'a' } } },
    ])
    expect(walk).not.toContain('ssss')
  })

  test('can still be read where that alone is too long', () => {
    const walk = walkOf({ account: { id: 'a', name: 'n'.repeat(charactersMax) }, session: { id: 's' } })

    expect(walk.length).toBeLessThanOrEqual(charactersMax)
    expect(readTrace(walk)).toMatchObject([
      ...Array.from({ length: 7 }, () => ({ said: 'pass', facts: {} })),
      { gate: 'account-open', said: 'deny account_suspended', facts: {} },
    ])
  })
})

function walkOf(facts: object): string {
  const address = parseAddress('192.0.2.1')
  if (address === null) throw new Error('no address')
  const head: RequestHead = {
    method: 'GET',
    target: '/',
    path: '/',
    host: 'localhost',
    authority: 'localhost',
    secure: false,
    headers: [],
    client: { address, uncertain: false },
    bodyLength: 0,
    upgrade: undefined,
  }
  const records = createRecordMaker({ walks: buildWalks(), now: () => 0, policyVersion: () => 'v' })
  const refusal = records.refusal('r-1', 'proxy', head, {
    verdict: { kind: 'deny', reason: 'account_suspended' },
    gate: 'account-open',
    rule: null,
    notes: [],
    validUntil: 0,
    learned: { ...facts, now: 1 } as Decision['learned'], // because only the length of the facts matters here
  })
  return refusal.write().walk
}
