import { expect, test } from 'vitest'
import { createRecordMaker } from '../../src/composition/records.ts'
import { parseAddress } from '../../src/lib/address.ts'
import type { RequestHead } from '../../src/lib/request-head.ts'
import { buildWalks } from '../../src/policy/plan.ts'

test('a walk with more facts than a record holds can still be read, and keeps what the refusing gate knew', () => {
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
  const long = { id: 'a', name: 'n'.repeat(2_000) }
  // A cast, because only the length of the facts matters here.
  const learned = { account: long, session: { id: 's' }, now: 1 } as unknown as Parameters<
    typeof records.refusal
  >[3]['learned']

  const { walk } = records.refusal('r-1', 'proxy', head, {
    verdict: { kind: 'deny', reason: 'account_suspended' },
    gate: 'account-open',
    rule: null,
    notes: [],
    validUntil: 0,
    learned,
  })

  expect(walk.length).toBeLessThanOrEqual(8_192)
  const steps: unknown = JSON.parse(walk)
  expect(steps).toMatchObject([
    ...Array.from({ length: 7 }, () => ({})),
    { gate: 'account-open', facts: { account: { id: 'a' } } },
  ])
})
