import { expect, test } from 'vitest'
import { provedAt } from '../../src/portal/proof-age.ts'
import type { SeenMessage } from '../../src/sso/seen-message.ts'
import { organizationId } from '../contracts/samples.ts'

const now = 1_800_000_000_000
const minutes = 60_000
const organization = organizationId()
const measured = (...offsets: readonly number[]): SeenMessage[] =>
  offsets.map(offsetMs => ({
    ...{ organizationId: organization, at: now, purpose: 'sign_in', outcome: 'accepted', detail: '' },
    ...{ subject: null, issuer: null, offsetMs, receipt: 'r', times: 1, since: now },
  }))
const at = (authenticatedAt: number, startedAt: number, answers: readonly SeenMessage[] = []) =>
  provedAt({ request: { startedAt }, assertion: { authenticatedAt }, answers, skewMs: 2 * minutes }, now) - now

test.each<[string, number, number]>([
  ['counts from the moment at which the person was asked', at(now - 4 * minutes, now - 6 * minutes), -4 * minutes],
  [
    'that was held back for as long as the request lives is as old as it is',
    at(now - 9 * minutes, now - 9.5 * minutes),
    -9 * minutes,
  ],
  ['is never from the future', at(now + minutes, now - minutes), 0],
  [
    'is never from before the request: the provider has asked after it',
    at(now - 3 * minutes, now - 2 * minutes),
    -2 * minutes,
  ],
  [
    'of a provider whose clock is behind by what was measured',
    at(now - 3 * minutes, now - 9 * minutes, measured(-minutes)),
    -2 * minutes,
  ],
  [
    'of a provider whose clock is ahead by what was measured',
    at(now - minutes, now - 9 * minutes, measured(minutes)),
    -2 * minutes,
  ],
  [
    'is not made fresher by answers that somebody held back before',
    at(now - 8 * minutes, now - 9 * minutes, measured(-9 * minutes, -9 * minutes)),
    -6 * minutes,
  ],
])('a new proof %s', (_, found, expected) => {
  expect(found).toBe(expected)
})
