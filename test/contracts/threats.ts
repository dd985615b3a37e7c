import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Threat } from '../../src/limits/threat-store.ts'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import { anEntry, minuteMs, now, unique } from './samples.ts'

export function describeThreats(open: OpenStore): void {
  describe('threats', () => {
    let store: DurablePorts
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const aThreat = (about: Partial<Threat> = {}): Threat => ({
      id: unique('threat'),
      kind: 'credential_stuffing',
      level: 'slow',
      raisedAt: now,
      loweredAt: null,
      steps: [
        { at: now, from: 'none', to: 'slow', evidence: { windows: [], prefixes: [{ prefix: '::/48', names: 7 }] } },
      ],
      undone: null,
      ...about,
    })
    const keep = async (threat: Threat) => {
      await store.threats.keep(threat, anEntry('threat_raised'))
      return threat
    }
    const undone = { at: now + minuteMs, by: 'operator kei' }

    test('are kept step by step, with what spoke for each, and listed newest first', async () => {
      const threat = await keep(aThreat())
      const next = { ...threat, level: 'code' as const, steps: [...threat.steps, ...threat.steps] }
      await keep(next)
      const later = await keep(aThreat({ raisedAt: now + 1 }))

      expect(await store.threats.find(threat.id)).toEqual(next)
      expect(await store.threats.list(10)).toEqual([later, next])
      expect(await store.threats.list(1)).toEqual([later])
      expect(await store.threats.find('nobody')).toBe(null)
    })

    test('are open until they are lowered', async () => {
      const threat = await keep(aThreat())
      expect(await store.threats.findOpen()).toEqual(threat)

      await keep({ ...threat, loweredAt: now + 5 })

      expect(await store.threats.findOpen()).toBe(null)
    })

    test('are undone once, which lowers them, and no later step takes it back', async () => {
      const threat = await keep(aThreat())

      expect(await store.threats.undo(threat.id, undone, anEntry('threat_undone'))).toBe(true)
      expect(await store.threats.undo(threat.id, undone, anEntry('threat_undone'))).toBe(false)
      expect(await store.threats.undo('nobody', undone, anEntry('threat_undone'))).toBe(false)
      await keep({ ...threat, level: 'refuse' })

      expect(await store.threats.findOpen()).toBe(null)
      expect(await store.threats.find(threat.id)).toEqual({ ...threat, loweredAt: undone.at, undone })
    })

    test('each change is announced and leaves an audit row', async () => {
      const threat = aThreat()
      const heard = await heardDuring(store, async () => {
        await keep(threat)
        await store.threats.undo(threat.id, undone, anEntry('threat_undone'))
      })

      expect(heard).toEqual([{ kind: 'threats' }, { kind: 'threats' }])
      const rows = await store.audit.list({ limit: 10 })
      expect(rows.map(({ entry }) => entry.event).toSorted()).toEqual(['threat_raised', 'threat_undone'])
    })
  })
}
