import { describe, expect, test } from 'vitest'
import { createStoreContact } from '../../src/people/store-contact.ts'
import { createWarmCache } from '../../src/people/warm-cache.ts'
import { createTestClock } from '../support/test-clock.ts'

interface Thing {
  readonly id: string
  readonly family: string
  readonly version: number
}

/** A cache over a table that the test writes; `reads` counts, `gate` holds answers back. */
function setUp(options: { sizeMax?: number; rereads?: boolean } = {}) {
  const clock = createTestClock()
  const rows = new Map<string, Thing>()
  const state = { reads: 0, gate: Promise.resolve(), away: false }
  const cache = createWarmCache<Thing>({
    async read(key) {
      state.reads++
      if (state.away) throw new Error('away')
      const row = rows.get(key) ?? null
      await state.gate
      return row
    },
    namesOf: thing => [thing.id, thing.family],
    sizeMax: options.sizeMax ?? 10,
    rereads: options.rereads ?? true,
    contact: createStoreContact(clock),
    clock,
  })
  const put = (id: string, version = 1, family = `${id}s`) => rows.set(id, { id, family, version })
  const closeGate = () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    state.gate = promise
    return resolve
  }
  return { clock, rows, state, cache, put, closeGate }
}

describe('a warm copy', () => {
  test('is given without waiting and without a read', async () => {
    const { cache, put, state } = setUp()
    put('a')
    await cache.find('a')
    expect(cache.find('a')).toEqual({ id: 'a', family: 'as', version: 1 })
    expect(state.reads).toBe(1)
  })

  test('what is not there is asked for again each time', async () => {
    const { cache, put, state } = setUp()
    expect(await cache.find('a')).toBeNull()
    put('a')
    expect(await cache.find('a')).not.toBeNull()
    expect(state.reads).toBe(2)
  })

  test('many that ask for a cold one at once share one read', async () => {
    const { cache, put, state } = setUp()
    put('a')
    await Promise.all(Array.from({ length: 50 }, async () => cache.find('a')))
    expect(state.reads).toBe(1)
  })
})

describe('a change that is announced', () => {
  test('makes the next find read again, by id and by family', async () => {
    const { cache, put } = setUp()
    for (const name of ['a', 'as']) {
      put('a', 1)
      await cache.find('a')
      put('a', 2)
      cache.drop(name)
      expect(await cache.find('a')).toMatchObject({ version: 2 })
      cache.drop('a')
    }
  })

  test('while the old row is on its way here, makes it be read once more', async () => {
    const { cache, put, rows, closeGate } = setUp()
    put('a', 1)
    const openGate = closeGate()
    const found = cache.find('a')
    rows.delete('a') // the read has taken its row already
    cache.drop('a')
    openGate()
    expect(await found).toBeNull()
    expect(cache.has('a')).toBe(false)
  })

  test('before the read began, does not make it be read again for ever', async () => {
    const { cache, put, state, closeGate } = setUp()
    put('a')
    put('b')
    const openGate = closeGate()
    const other = cache.find('b')
    cache.drop('a')
    const found = cache.find('a')
    openGate()
    expect(await found).toMatchObject({ id: 'a' })
    await other
    expect(state.reads).toBe(2)
  })

  test('of everything empties it, reads under way included', async () => {
    const { cache, put, closeGate } = setUp()
    put('a', 1)
    put('b', 1)
    await cache.find('a')
    const openGate = closeGate()
    const late = cache.find('b')
    put('a', 2)
    put('b', 2)
    cache.dropAll()
    openGate()
    expect(await late).toMatchObject({ version: 2 })
    expect(await cache.find('a')).toMatchObject({ version: 2 })
  })
})

describe('age', () => {
  test('an old copy is given while it is read again in the background, if the store has answered lately', async () => {
    const { cache, put, clock } = setUp()
    put('a', 1)
    put('b')
    await cache.find('a')
    clock.advance(20_000)
    await cache.find('b')
    clock.advance(15_000)
    put('a', 2)
    expect(cache.find('a')).toMatchObject({ version: 1 })
    await new Promise(setImmediate)
    expect(cache.find('a')).toMatchObject({ version: 2 })
  })

  test('an old copy waits for the store when nothing was heard of it for 30 seconds', async () => {
    const { cache, put, clock } = setUp()
    put('a', 1)
    await cache.find('a')
    clock.advance(30_000)
    put('a', 2)
    const found = cache.find('a')
    expect(found).toBeInstanceOf(Promise)
    expect(await found).toMatchObject({ version: 2 })
  })

  test('without the store no copy is given for longer than 30 seconds', async () => {
    const { cache, put, clock, state } = setUp()
    put('a')
    await cache.find('a')
    state.away = true
    clock.advance(29_999)
    expect(cache.find('a')).toMatchObject({ id: 'a' })
    clock.advance(1)
    await expect(cache.find('a')).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('a copy that its age makes doubtful is asked for before it is given', async () => {
    const { cache, put, clock } = setUp()
    put('a', 1)
    put('b')
    await cache.find('a')
    clock.advance(20_000)
    await cache.find('b')
    clock.advance(15_000)
    put('a', 2)
    expect(await cache.find('a', thing => thing.version > 1)).toMatchObject({ version: 2 })
  })

  test('copies that are costly to make are not read again while the store is heard of', async () => {
    const { cache, put, clock, state } = setUp({ rereads: false })
    put('a')
    put('b')
    await cache.find('a')
    clock.advance(20_000)
    await cache.find('b')
    clock.advance(15_000)
    expect(cache.find('a')).toMatchObject({ id: 'a' })
    await new Promise(setImmediate)
    expect(state.reads).toBe(2)
  })
})

test('it never holds more than its bound: the longest unread go first', async () => {
  const { cache, put } = setUp({ sizeMax: 3 })
  for (const id of ['a', 'b', 'c', 'd']) {
    put(id)
    await cache.find(id)
  }
  expect(['a', 'b', 'c', 'd'].map(id => cache.has(id))).toEqual([false, true, true, true])
})
