import { describe, expect, test } from 'vitest'
import { createTunnelCounts, type TunnelCaps, type TunnelOwner } from '../../src/live/tunnel-counts.ts'

const caps: TunnelCaps = { total: 4, perSession: 2, perAccount: 3 }
const nobody: TunnelOwner = { sessionId: null, accountId: null }
const owner = (session: string, account: string): TunnelOwner => ({ sessionId: session, accountId: account })

describe('tunnels', () => {
  test('of one session, of one account and of all have a cap each', () => {
    const counts = createTunnelCounts()

    expect([1, 2, 3].map(() => typeof counts.enter(owner('s', 'a'), caps))).toEqual(['function', 'function', 'string'])
    expect(counts.enter(owner('s', 'a'), caps)).toBe('tunnels-of-session')
    expect(counts.enter(owner('t', 'a'), caps)).toBeTypeOf('function')
    expect(counts.enter(owner('u', 'a'), caps)).toBe('tunnels-of-account')
    expect(counts.enter(nobody, caps)).toBeTypeOf('function')
    expect(counts.enter(nobody, caps)).toBe('tunnels-total')
    expect(counts.enter(owner('v', 'b'), caps)).toBe('tunnels-total')
  })

  test('that have ended make room, for their owner and for all', () => {
    const counts = createTunnelCounts()
    const leave = counts.enter(owner('s', 'a'), { total: 1, perSession: 1, perAccount: 1 })
    if (typeof leave === 'string') throw new Error('there was room')

    leave()

    expect(counts.enter(owner('s', 'a'), { total: 1, perSession: 1, perAccount: 1 })).toBeTypeOf('function')
  })

  test('that end twice make room once', () => {
    const counts = createTunnelCounts()
    const leave = counts.enter(owner('s', 'a'), caps)
    counts.enter(owner('s', 'a'), caps)
    if (typeof leave === 'string') throw new Error('there was room')

    leave()
    leave()

    expect(counts.enter(owner('s', 'a'), caps)).toBeTypeOf('function')
    expect(counts.enter(owner('s', 'a'), caps)).toBe('tunnels-of-session')
  })

  test('of a name that objects have of their own are counted like any other', () => {
    const counts = createTunnelCounts()

    for (const name of ['__proto__', 'constructor']) {
      const few = { ...caps, perSession: 1 }
      expect(counts.enter(owner(name, name), few)).toBeTypeOf('function')
      expect(counts.enter(owner(name, name), few)).toBe('tunnels-of-session')
    }
  })
})
