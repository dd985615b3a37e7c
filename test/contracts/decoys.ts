import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Decoy } from '../../src/people/decoys.ts'
import type { DurablePorts, OpenStore } from './ports.ts'
import { aTrail, minuteMs, now, unique } from './samples.ts'

export function describeDecoys(open: OpenStore): void {
  describe('decoys', () => {
    let store: DurablePorts
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    const started = async (): Promise<Decoy> => {
      const id = unique('decoy')
      const times = { startedAt: now, expiresAt: now + 10 * minuteMs, tries: 0 }
      const decoy = { id, tokenHash: `token-of-${id}`, email: 'Nobody@Example.com', deviceId: 'device-1', ...times }
      await store.decoys.start(decoy, aTrail('sign_in_refused', [], { facts: { decoy: id } }))
      return decoy
    }

    test('come back as they were started, and leave a row in the trail', async () => {
      const decoy = await started()

      expect(await store.decoys.findByTokenHash(decoy.tokenHash)).toEqual(decoy)
      expect(await store.decoys.findByTokenHash('unknown')).toBeNull()
      const rows = await store.audit.list({ limit: 50 })
      expect(rows.some(({ entry }) => entry.facts['decoy'] === decoy.id)).toBe(true)
    })

    test('are no attempts', async () => {
      const decoy = await started()

      expect(await store.attempts.findByTokenHash(decoy.tokenHash)).toBeNull()
      expect(await store.attempts.addProof(decoy.id, { kind: 'email_code', at: now })).toBe(false)
    })

    test('count every try, parallel ones too, and each has a number of its own', async () => {
      const decoy = await started()

      const numbers = await Promise.all(Array.from({ length: 8 }, () => store.decoys.countTry(decoy.id)))

      expect(numbers.toSorted((a, b) => Number(a) - Number(b))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    })

    test('pretend to keep a code while they live, and end', async () => {
      const decoy = await started()

      expect(await store.decoys.renewCode(decoy.id, aTrail('sign_in_refused'))).toBe(true)
      await store.decoys.end(decoy.id)

      expect(await store.decoys.findByTokenHash(decoy.tokenHash)).toBeNull()
      expect(await store.decoys.countTry(decoy.id)).toBeNull()
      expect(await store.decoys.renewCode(decoy.id, aTrail('sign_in_refused'))).toBe(false)
    })

    test('go with their time', async () => {
      const decoy = await started()

      await store.sweep(decoy.expiresAt)

      expect(await store.decoys.findByTokenHash(decoy.tokenHash)).toBeNull()
    })
  })
}
