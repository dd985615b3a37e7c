import { describe, expect, test } from 'vitest'
import { type Budget, unlimited } from '../../src/limits/budget.ts'
import { rateLimitFields, retryAfterSeconds } from '../../src/limits/rate-limit-fields.ts'

const calm: Budget = { spent: false, retryAfterMs: 0, left: 190, quota: 600, windowSeconds: 60 }
const spent: Budget = { spent: true, retryAfterMs: 16_200, left: 0, quota: 10, windowSeconds: 60 }

describe('the fields of ordinary traffic', () => {
  test('name every policy, and how the tightest one stands', () => {
    const tight = { ...calm, left: 3, quota: 100 }
    const fields = rateLimitFields(
      [
        { name: 'address', budget: calm },
        { name: 'account', budget: tight },
      ],
      { coarse: false },
    )
    expect(fields).toEqual([
      'RateLimit-Policy',
      '"address";q=600;w=60, "account";q=100;w=60',
      'RateLimit',
      '"account";r=3',
    ])
  })

  test('say when to come back, and Retry-After is no earlier than t', () => {
    expect(rateLimitFields([{ name: 'route', budget: spent }], { coarse: false })).toEqual([
      'RateLimit-Policy',
      '"route";q=10;w=60',
      'RateLimit',
      '"route";r=0;t=17',
      'Retry-After',
      '17',
    ])
  })

  test('speak of the spent budget that stays spent longest', () => {
    const longer = { ...spent, retryAfterMs: 40_000 }
    const fields = rateLimitFields(
      [
        { name: 'address', budget: spent },
        { name: 'route', budget: longer },
      ],
      { coarse: false },
    )
    expect(fields.slice(3)).toEqual(['"route";r=0;t=40', 'Retry-After', '40'])
  })

  test('are coarse for those who are not signed in', () => {
    expect(rateLimitFields([{ name: 'address', budget: spent }], { coarse: true }).slice(3)).toEqual([
      '"address";r=0;t=20',
      'Retry-After',
      '20',
    ])
  })

  test('are absent where no budget is set', () => {
    expect(rateLimitFields([{ name: 'address', budget: unlimited }], { coarse: false })).toEqual([])
    expect(rateLimitFields([], { coarse: false })).toEqual([])
  })

  test.each([
    [1, false, 1],
    [1000, false, 1],
    [1001, false, 2],
    [0, false, 1],
    [9999, true, 10],
    [10_001, true, 20],
  ])('%d ms are told as seconds that are not too early (coarse: %s): %d', (ms, coarse, seconds) => {
    expect(retryAfterSeconds(ms, { coarse })).toBe(seconds)
    expect(seconds * 1000).toBeGreaterThanOrEqual(ms)
  })
})
