import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OwnKey } from '../../src/sso/own-key.ts'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import { anEntry, now } from './samples.ts'
import { anOwnKey } from './sso-samples.ts'

export function describeOwnKeys(open: OpenStore): void {
  describe('keys towards identity providers', () => {
    let store: DurablePorts
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const byState = (keys: readonly OwnKey[]) => Object.fromEntries(keys.map(key => [key.state, key.id]))

    test('begin once, as they were given: who comes second gets the keys that stand', async () => {
      const first = [anOwnKey('current'), anOwnKey('next', { createdAt: now + 1 })]

      const heard = await heardDuring(store, async () => {
        expect(await store.ownKeys.begin(first)).toEqual(first)
      })
      const second = await store.ownKeys.begin([anOwnKey('current'), anOwnKey('next')])

      expect(second).toEqual(first)
      expect(await store.ownKeys.list()).toEqual(first)
      expect(heard).toEqual([{ kind: 'keys' }])
    })

    test('move on by one place at each rotation, with an audit row and an announcement', async () => {
      const [current, next] = [anOwnKey('current'), anOwnKey('next', { createdAt: now + 1 })]
      await store.ownKeys.begin([current, next])
      const [fresh, fresher] = [anOwnKey('next', { createdAt: now + 2 }), anOwnKey('next', { createdAt: now + 3 })]

      const heard = await heardDuring(store, async () => {
        const once = await store.ownKeys.rotate(fresh, anEntry('sso_key_rotated'))
        expect(byState(once)).toEqual({ previous: current.id, current: next.id, next: fresh.id })
      })
      const twice = await store.ownKeys.rotate(fresher, anEntry('sso_key_rotated'))

      expect(byState(twice)).toEqual({ retired: current.id, previous: next.id, current: fresh.id, next: fresher.id })
      expect(heard).toEqual([{ kind: 'keys' }])
      const rows = await store.audit.list({ limit: 10 })
      expect(rows.map(({ entry }) => entry.event)).toEqual(['sso_key_rotated', 'sso_key_rotated'])
    })

    test('stay as they are when a rotation fails', async () => {
      const [current, next] = [anOwnKey('current'), anOwnKey('next', { createdAt: now + 1 })]
      const before = await store.ownKeys.begin([current, next])

      const again = anOwnKey('next', { id: current.id })
      await expect(store.ownKeys.rotate(again, anEntry('sso_key_rotated'))).rejects.toThrow()

      expect(await store.ownKeys.list()).toEqual(before)
      expect(await store.audit.list({ limit: 10 })).toEqual([])
    })
  })
}
