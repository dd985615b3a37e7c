import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DurablePorts, OpenStore } from './ports.ts'
import { aFactor, anEntry, aRefusal, aTrail, dayMs, now, storedAccount } from './samples.ts'

/** The audit trail and the refusals. That an edit is found is shown per adapter: it needs a hand in its files. */
export function describeJournal(open: OpenStore): void {
  describe('the audit trail', () => {
    let store: DurablePorts
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    test('begins empty and whole', async () => {
      expect(await store.audit.verify()).toEqual({ rows: 0, brokenAt: null })
    })

    test('holds every entry as it was given, numbered without a gap', async () => {
      const entry = anEntry('sign_in_refused', {
        accountId: 'a-1',
        organizationId: 'o-1',
        facts: { reason: 'wrong', tries: 3, known: false, note: null, 名: 'ü' },
      })
      await store.audit.append(entry)
      await store.audit.append(anEntry('policies_loaded', { actor: { kind: 'policies', id: 'v2' }, address: null }))

      const rows = await store.audit.list({ limit: 10 })

      expect(rows.map(row => row.number)).toEqual([1, 2])
      expect(rows[0]?.entry).toEqual(entry)
      expect(await store.audit.verify()).toEqual({ rows: 2, brokenAt: null })
    })

    test('stays whole with text that the database spells differently', async () => {
      await store.audit.append(anEntry('key_rotated', { actor: { kind: 'operator', id: 'half \ud800 pair' } }))

      expect((await store.audit.verify()).brokenAt).toBeNull()
    })

    test('stays whole when the names of the facts come in another order', async () => {
      await store.audit.append(anEntry('key_rotated', { facts: { z: 1, a: 2, 10: 'x', 9: 'y' } }))

      expect((await store.audit.verify()).brokenAt).toBeNull()
    })

    test('is filtered by account, organization, time and place', async () => {
      const about = (accountId: string, at: number) =>
        anEntry('session_opened', { accountId, at, organizationId: 'org-f' })
      for (const entry of [about('p', now), about('q', now + 1), about('p', now + 2)]) await store.audit.append(entry)
      const times = async (query: object) =>
        (await store.audit.list({ organizationId: 'org-f', limit: 10, ...query })).map(row => row.entry.at - now)

      expect(await times({})).toEqual([0, 1, 2])
      expect(await times({ accountId: 'p' })).toEqual([0, 2])
      expect(await times({ since: now + 1 })).toEqual([1, 2])
      expect(await times({ until: now + 1 })).toEqual([0])
      expect(await times({ limit: 1 })).toEqual([0])
      const [first] = await store.audit.list({ organizationId: 'org-f', limit: 1 })
      expect(await times({ after: first?.number })).toEqual([1, 2])
    })

    test('is whole over more rows than one step of the walk, also while rows are added', async () => {
      await Promise.all(Array.from({ length: 520 }, () => store.audit.append(anEntry('session_ended'))))

      const [verdict] = await Promise.all([
        store.audit.verify(),
        ...Array.from({ length: 40 }, () => store.audit.append(anEntry('session_ended'))),
      ])

      expect(verdict.brokenAt).toBeNull()
      expect(verdict.rows).toBeGreaterThanOrEqual(520)
    })

    test('loses the row of a change that failed', async () => {
      const { id } = await storedAccount(store)
      const factor = aFactor()
      await store.factors.add(id, factor, aTrail('factor_added'))
      const rows = (await store.audit.verify()).rows

      const broken = { ...aTrail('factor_added'), notices: [{ facts: {} }] }
      // A notice without a recipient cannot be stored: the whole change falls.
      await expect(store.factors.remove(id, factor.id, broken as never)).rejects.toThrow()

      expect((await store.accounts.find(id))?.factors).toEqual([factor])
      expect(await store.audit.verify()).toEqual({ rows, brokenAt: null })
    })
  })

  describe('refusals', () => {
    let store: DurablePorts
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    test('are found by their receipt, as they were kept', async () => {
      const refusal = aRefusal({
        accountId: 'a',
        organizationId: 'o',
        fault: 'unavailable: gone',
        gate: null,
        rule: null,
      })

      await store.refusals.keep([refusal, aRefusal()])

      expect(await store.refusals.find(refusal.receipt)).toEqual(refusal)
      expect(await store.refusals.find('unknown')).toBeNull()
    })

    test('are kept by the thousand, and twice the same is once', async () => {
      const many = Array.from({ length: 1234 }, () => aRefusal())

      await store.refusals.keep(many)
      await store.refusals.keep(many)

      const last = many.at(-1)
      expect(await store.refusals.find(last?.receipt ?? '')).toEqual(last)
      expect(await store.refusals.forgetBefore(now + 1)).toBeGreaterThanOrEqual(1234)
    })

    test('are forgotten before a moment, and not after', async () => {
      const old = aRefusal({ at: now - dayMs })
      const recent = aRefusal()
      await store.refusals.keep([old, recent])

      expect(await store.refusals.forgetBefore(now)).toBe(1)

      expect(await store.refusals.find(old.receipt)).toBeNull()
      expect(await store.refusals.find(recent.receipt)).toEqual(recent)
    })

    test('may be none', async () => {
      await expect(store.refusals.keep([])).resolves.toBeUndefined()
    })
  })
}
