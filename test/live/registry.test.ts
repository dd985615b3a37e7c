import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/lib/address.ts'
import type { Clock } from '../../src/lib/clock.ts'
import type { RequestHead } from '../../src/lib/request-head.ts'
import { createLiveRegistry, type LiveConnection, type Reasked } from '../../src/live/registry.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'

describe('connections are found and cut', () => {
  test('by session, account, organization, or all of them', async () => {
    const { registry, open, cuts } = createRig()
    open('s1', 'a1', 'o1')
    open('s2', 'a1', 'o1')
    open('s3', 'a2', 'o1')
    open('s4', 'a3', null)
    open(null, null, null)

    expect(registry.count({ account: 'a1' })).toBe(2)
    expect(registry.count({ organization: 'o1' })).toBe(3)
    expect(registry.count('all')).toBe(5)
    expect(await registry.cut({ session: 's2' }, 4401, 'r')).toBe(1)
    expect(await registry.cut({ organization: 'o1' }, 4403, 'r')).toBe(2)
    expect(await registry.cut({ organization: 'unknown' }, 4403, 'r')).toBe(0)

    expect(cuts).toEqual(['s2 4401', 's1 4403', 's3 4403'])
    expect(registry.list('all').map(one => one.sessionId)).toEqual(['s4', null])
  })

  test('and are forgotten when they are released, twice too', async () => {
    const { registry, open, cuts } = createRig()
    const release = open('s1', 'a1', 'o1')

    release()
    release()

    expect(registry.count('all')).toBe(0)
    expect(await registry.cut('all', 4401, 'r')).toBe(0)
    expect(cuts).toEqual([])
  })
})

describe('a cut that throws', () => {
  const broken = () => {
    throw new Error('the socket is gone')
  }

  test('stops no sweep: those after it are cut, and the failure is told', async () => {
    const failed: unknown[] = []
    const cuts: string[] = []
    const clock = createTestClock()
    const registry = createLiveRegistry({
      clock,
      reask: () => ({ kind: 'cut', code: 4403, reason: 'r' }),
      cutFailed: (one, cause) => failed.push([one.sessionId, String(cause)]),
    })
    for (const round of ['cut', 'reask'] as const) {
      registry.register({ ...connection({ sessionId: `${round} 1` }, cuts), cut: broken })
      registry.register(connection({ sessionId: `${round} 2` }, cuts))

      const count = await (round === 'cut' ? registry.cut('all', 4401, 'r') : registry.reask('all'))
      expect(count).toBe(2)
    }

    expect(cuts).toEqual(['cut 2 4401', 'reask 2 4403'])
    expect(failed).toEqual(['cut', 'reask'].map(round => [`${round} 1`, 'Error: the socket is gone']))
    expect(registry.count('all')).toBe(0)
  })

  test('is no unhandled rejection where nobody waits for the sweep', async () => {
    const failed = Promise.withResolvers<unknown>()
    const clock = createTestClock()
    const registry = createLiveRegistry({
      clock,
      reask: async () => ({ kind: 'cut', code: 4403, reason: 'r' }),
      cutFailed: (_, cause) => failed.resolve(cause),
    })
    registry.register({ ...connection({ sessionId: 's1', validUntil: clock.now() + 1_000 }, []), cut: broken })

    clock.advance(3_000)

    expect(String(await failed.promise)).toBe('Error: the socket is gone')
  })
})

describe('connections are asked again', () => {
  test('when their answer runs out, not before and at most a second later', () => {
    const { clock, open, asked } = createRig()
    open('s1', 'a1', 'o1', clock.now() + 5500)
    open('s2', 'a1', 'o1')

    clock.advance(5000)
    expect(asked).toEqual([])
    clock.advance(1500)

    expect(asked).toEqual(['s1'])
  })

  test('and again when the new answer runs out', () => {
    const { clock, open, asked } = createRig(() => ({ kind: 'stays', validUntil: clock.now() + 2000 }))
    open('s1', 'a1', 'o1', clock.now() + 2000)

    clock.advance(7000)

    expect(asked.length).toBeGreaterThanOrEqual(2)
  })

  test('and cut when the answer is no', async () => {
    const { registry, open, cuts } = createRig(() => ({ kind: 'cut', code: 4403, reason: 'r' }))
    open('s1', 'a1', 'o1')

    expect(await registry.reask({ organization: 'o1' })).toBe(1)

    expect(cuts).toEqual(['s1 4403'])
    expect(registry.count('all')).toBe(0)
  })

  test.each([
    ['throws', (): Reasked => raise()],
    ['is rejected', (): Promise<Reasked> => Promise.reject(new Error('no store'))],
  ])('and cut when the question %s: no answer is no permission', async (_, reask) => {
    const { registry, open, cuts } = createRig(reask)
    open('s1', 'a1', 'o1')

    expect(await registry.reask('all')).toBe(1)

    expect(cuts).toEqual(['s1 1013'])
  })

  test('but not cut when they ended while the question was open', async () => {
    const answer = Promise.withResolvers<Reasked>()
    const { registry, open, cuts } = createRig(() => answer.promise)
    const release = open('s1', 'a1', 'o1')

    const asked = registry.reask('all')
    release()
    answer.resolve({ kind: 'cut', code: 4401, reason: 'r' })

    expect(await asked).toBe(0)
    expect(cuts).toEqual([])
  })

  test('also after the wall clock was set back or far ahead', () => {
    const { clock, open, asked } = createRig()
    open('s1', 'a1', 'o1', clock.now() + 100_000)

    clock.advance(24 * 3600 * 1000)

    expect(asked).toEqual(['s1'])
  })

  test('when it should have happened long ago', () => {
    const { clock, open, asked } = createRig()
    open('s1', 'a1', 'o1', clock.now() - 10_000)

    clock.advance(2000)

    expect(asked).toEqual(['s1'])
  })
})

describe('a hundred thousand', () => {
  test('are registered, found and released in a moment', () => {
    const { registry, open } = createRig()
    const started = process.cpuUsage()
    const releases = Array.from({ length: 100_000 }, (_, i) => open(`s${i}`, `a${i % 1000}`, `o${i % 10}`, i * 10))

    expect(registry.count({ account: 'a7' })).toBe(100)
    for (const release of releases) release()

    expect(registry.count('all')).toBe(0)
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(3000)
  })

  test('are asked again in slices: nobody else waits for longer than one', async () => {
    const turns: number[] = []
    const clock = steppingClock(turns)
    const cuts: string[] = []
    const registry = createLiveRegistry({ clock, reask: () => ({ kind: 'stays', validUntil: Infinity }) })
    for (let i = 0; i < 1000; i++) registry.register(connection({ sessionId: `s${i}` }, cuts))

    await registry.reask('all')

    // Each look at that clock costs a millisecond: a slice holds five looks of sixteen connections.
    expect(turns.length).toBeGreaterThan(8)
    registry[Symbol.dispose]()
  })
})

describe('a connection that was allowed before something changed', () => {
  test('and opens after it is asked again, and cut when the answer is no', async () => {
    const { registry, cuts, asked } = createRig(() => ({ kind: 'cut', code: 4403, reason: 'r' }))
    const askedAt = registry.moment
    registry.changed()

    registry.register(connection({ sessionId: 'late', askedAt }, cuts))
    registry.register(connection({ sessionId: 'in time', askedAt: registry.moment }, cuts))
    await new Promise(setImmediate)

    expect(asked).toEqual(['late'])
    expect(cuts).toEqual(['late 4403'])
  })

  test('is not asked again when it has ended by then', async () => {
    const { registry, cuts, asked } = createRig(() => ({ kind: 'cut', code: 4403, reason: 'r' }))
    const askedAt = registry.moment
    registry.changed()

    registry.register(connection({ sessionId: 'late', askedAt }, cuts))()
    await new Promise(setImmediate)

    expect([asked, cuts]).toEqual([[], []])
  })
})

function createRig(reask?: () => Reasked | Promise<Reasked>) {
  const clock: TestClock = createTestClock()
  const cuts: string[] = []
  const asked: (string | null)[] = []
  const registry = createLiveRegistry({
    clock,
    reask(one) {
      asked.push(one.sessionId)
      return reask?.() ?? { kind: 'stays', validUntil: Number.POSITIVE_INFINITY }
    },
  })
  const open = (
    sessionId: string | null,
    accountId: string | null,
    organizationId: string | null,
    validUntil = Number.POSITIVE_INFINITY,
  ) => registry.register(connection({ sessionId, accountId, organizationId, validUntil }, cuts))
  return { clock, registry, open, cuts, asked }
}

function connection(facts: Partial<LiveConnection>, cuts: string[]): LiveConnection {
  const sessionId = facts.sessionId ?? null
  return {
    accountId: null,
    organizationId: null,
    head,
    route: 'app',
    validUntil: Number.POSITIVE_INFINITY,
    ...facts,
    sessionId,
    cut: code => void cuts.push(`${sessionId} ${code}`),
  }
}

/** A clock that is a millisecond later at each look, and counts how often it gave others their turn. */
function steppingClock(turns: number[]): Clock {
  let now = 0
  return {
    now: () => now,
    monotonicMs: () => ++now,
    after(_, callback) {
      turns.push(now)
      const timer = setImmediate(callback)
      return () => clearImmediate(timer)
    },
    every: () => () => {},
  }
}

function raise(): never {
  throw new Error('no store')
}

const address = parseAddress('127.0.0.1')
if (address === null) throw new Error('no address')

const head: RequestHead = {
  method: 'GET',
  target: '/',
  path: '/',
  host: 'gw.test',
  authority: 'gw.test',
  secure: false,
  headers: [],
  client: { address, uncertain: false },
  bodyLength: 0,
  upgrade: undefined,
}
