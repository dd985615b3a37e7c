import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Ban } from '../../src/limits/ban-store.ts'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import { anEntry, minuteMs, now, unique } from './samples.ts'

export function describeBans(open: OpenStore): void {
  describe('bans', () => {
    let store: DurablePorts
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const aBan = (about: Partial<Ban> = {}): Ban => ({
      id: unique('ban'),
      kind: 'address',
      value: '203.0.113.0/24',
      reason: 'scans',
      createdAt: now,
      createdBy: 'operator kei',
      until: null,
      allDevices: false,
      ...about,
    })

    test('are kept as they were added, oldest first, until they end', async () => {
      const first = aBan({ until: now + minuteMs })
      const second = aBan({ kind: 'account', value: 'a@example.com', createdAt: now + 1, allDevices: true })
      await store.bans.add(second, anEntry('ban_added'))
      await store.bans.add(first, anEntry('ban_added'))

      expect(await store.bans.list(now + minuteMs - 1)).toEqual([first, second])
      expect(await store.bans.list(now + minuteMs)).toEqual([second])
    })

    test('of the same place replace each other, and keep their id', async () => {
      const first = aBan()
      await store.bans.add(first, anEntry('ban_added'))
      const id = await store.bans.add(aBan({ reason: 'longer', until: now + 5 }), anEntry('ban_added'))

      expect(id).toBe(first.id)
      expect(await store.bans.list(now)).toMatchObject([{ id, reason: 'longer', until: now + 5 }])
    })

    test('are announced, and leave an audit row, when they are added and when they are removed', async () => {
      const ban = aBan()
      const heard = await heardDuring(store, async () => {
        await store.bans.add(ban, anEntry('ban_added'))
        expect(await store.bans.remove(ban.id, anEntry('ban_removed'))).toBe(true)
      })

      expect(heard).toEqual([{ kind: 'bans' }, { kind: 'bans' }])
      const rows = await store.audit.list({ limit: 10 })
      expect(rows.map(({ entry }) => entry.event).toSorted()).toEqual(['ban_added', 'ban_removed'])
      expect(rows.some(({ entry }) => entry.facts['ban'] === ban.id)).toBe(true)
    })

    test('that have ended are swept away, all others stay', async () => {
      await store.bans.add(aBan({ value: '192.0.2.1', until: now }), anEntry('ban_added'))
      const lasting = aBan({ value: '192.0.2.2', until: now + 1 })
      const endless = aBan({ value: '192.0.2.3' })
      for (const ban of [lasting, endless]) await store.bans.add(ban, anEntry('ban_added'))

      expect(await store.sweep(now)).toBe(1)

      expect(await store.bans.list(0)).toHaveLength(2)
    })

    test('that are not there are not removed, and nothing is left behind', async () => {
      const heard = await heardDuring(store, async () => {
        expect(await store.bans.remove('nobody', anEntry('ban_removed'))).toBe(false)
      })
      expect(heard).toEqual([])
      expect(await store.audit.list({ limit: 10 })).toEqual([])
    })
  })
}
