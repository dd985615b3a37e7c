import { describe, expect, test } from 'vitest'
import { createTraffic, type TrafficRates } from '../../src/limits/traffic.ts'
import { createTestClock } from '../support/test-clock.ts'

const rate = (burst: number) => ({ quota: 60, windowMs: 60_000, burst })
const rates: TrafficRates = {
  address: rate(2),
  addressWithSession: rate(50),
  account: rate(3),
  organization: null,
  routes: new Map([
    ['upload', { ...rate(1), per: 'account' }],
    ['search', { ...rate(1), per: 'address' }],
    ['export', { ...rate(1), per: 'route' }],
  ]),
  keysMax: 100,
}

describe('traffic', () => {
  test('with a live session an address meets the flood cap only, and does not use up what strangers behind it have', () => {
    const { spend } = createTraffic({ clock: createTestClock(), rates })

    const office = Array.from({ length: 50 }, () => spend.address('203.0.113.7', true).spent)
    const strangers = [1, 2, 3].map(() => spend.address('203.0.113.7', false).spent)

    expect(office).not.toContain(true)
    expect(spend.address('203.0.113.7', true).spent).toBe(true)
    expect(strangers).toEqual([false, false, true])
  })

  test('peeking uses nothing up', () => {
    const { spend, peek } = createTraffic({ clock: createTestClock(), rates })
    for (let i = 0; i < 20; i++) peek.account('alice')
    expect(peek.account('alice')).toMatchObject({ spent: false, left: 3 })
    expect(spend.account('alice')).toMatchObject({ spent: false, left: 2 })
  })

  test('a budget that is not set refuses nobody', () => {
    const { spend } = createTraffic({ clock: createTestClock(), rates })
    for (let i = 0; i < 1000; i++) expect(spend.organization('acme').spent).toBe(false)
    expect(spend.route('no such route', { addressKey: 'a', accountId: null }).quota).toBe(Number.POSITIVE_INFINITY)
  })

  test('the bucket of a route is shared by whom the route says', () => {
    const { spend } = createTraffic({ clock: createTestClock(), rates })
    const alice = { addressKey: 'office', accountId: 'alice' }
    const bob = { addressKey: 'office', accountId: 'bob' }
    const nobody = { addressKey: 'elsewhere', accountId: null }
    const ask = (route: string) => [alice, alice, bob, nobody].map(who => spend.route(route, who).spent)

    expect(ask('upload')).toEqual([false, true, false, false])
    expect(ask('search')).toEqual([false, true, true, false])
    expect(ask('export')).toEqual([false, true, true, true])
  })

  test('those who are not signed in have a bucket for each address on a route that counts by account', () => {
    const { spend } = createTraffic({ clock: createTestClock(), rates })
    const from = (addressKey: string) => spend.route('upload', { addressKey, accountId: null }).spent
    expect([from('a'), from('a'), from('b')]).toEqual([false, true, false])
  })

  test('a reload keeps what was counted where the numbers stayed, and begins anew where they changed', () => {
    const traffic = createTraffic({ clock: createTestClock(), rates })
    for (let i = 0; i < 3; i++) {
      traffic.spend.address('a', false)
      traffic.spend.account('alice')
    }

    traffic.adopt({ ...rates, account: rate(9), routes: new Map() })

    expect(traffic.spend.address('a', false).spent).toBe(true)
    expect(traffic.spend.account('alice').left).toBe(8)
    expect(traffic.spend.route('upload', { addressKey: 'a', accountId: null }).quota).toBe(Number.POSITIVE_INFINITY)
  })
})
