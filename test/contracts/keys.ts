import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { StoredKey } from '../../src/proxy/key-store.ts'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import { aKey, anEntry, now } from './samples.ts'

export function describeKeys(open: OpenStore): void {
  describe('signing keys', () => {
    let store: DurablePorts
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const byState = (keys: readonly StoredKey[]) => Object.fromEntries(keys.map(key => [key.state, key.kid]))

    test('begin once: who comes second gets the keys that stand', async () => {
      const first = [aKey('current'), aKey('next')]

      const heard = await heardDuring(store, async () => {
        expect(byState(await store.keys.begin(first))).toEqual({ current: first[0]?.kid, next: first[1]?.kid })
      })
      const second = await store.keys.begin([aKey('current'), aKey('next')])

      expect(second).toEqual(await store.keys.list())
      expect(second.map(key => key.kid)).toEqual(first.map(key => key.kid).toSorted())
      expect(heard).toEqual([{ kind: 'keys' }])
    })

    test('move on by one place at each rotation, with an audit row', async () => {
      const [current, next] = [aKey('current', { createdAt: now }), aKey('next', { createdAt: now + 1 })]
      await store.keys.begin([current, next])
      const [fresh, fresher] = [aKey('next', { createdAt: now + 2 }), aKey('next', { createdAt: now + 3 })]

      const heard = await heardDuring(store, async () => {
        const once = await store.keys.rotate(fresh, anEntry('key_rotated'))
        expect(byState(once)).toEqual({ previous: current.kid, current: next.kid, next: fresh.kid })
      })
      const twice = await store.keys.rotate(fresher, anEntry('key_rotated'))

      expect(byState(twice)).toEqual({
        retired: current.kid,
        previous: next.kid,
        current: fresh.kid,
        next: fresher.kid,
      })
      expect(twice).toEqual(await store.keys.list())
      expect(heard).toEqual([{ kind: 'keys' }])
      expect((await store.audit.list({ limit: 10 })).map(row => row.entry.event)).toEqual([
        'key_rotated',
        'key_rotated',
      ])
    })

    test('stay as they are when a rotation fails', async () => {
      const [current, next] = [aKey('current'), aKey('next')]
      const before = await store.keys.begin([current, next])

      await expect(store.keys.rotate(aKey('next', { kid: current.kid }), anEntry('key_rotated'))).rejects.toThrow()

      expect(await store.keys.list()).toEqual(before)
      expect(await store.audit.list({ limit: 10 })).toEqual([])
    })
  })
}
