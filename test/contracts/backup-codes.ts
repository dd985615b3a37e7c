import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Factor } from '../../src/people/account.ts'
import type { AccountId } from '../../src/policy/facts.ts'
import type { DurablePorts, OpenStore } from './ports.ts'
import { aFactor, aNotice, aTrail, now, sessionId, storedAccount } from './samples.ts'

export function describeBackupCodes(open: OpenStore): void {
  describe('backup codes and what stands in for a second factor', () => {
    let store: DurablePorts
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    const aSet = (about: Partial<Factor> = {}) => aFactor({ kind: 'backup_code', label: '', ...about })
    const withApp = async () => {
      const { id } = await storedAccount(store)
      const app = aFactor()
      await store.factors.add(id, app, aTrail('factor_added'))
      return { id, app }
    }
    const keep = (id: AccountId, set: Factor, hashes: readonly string[]) =>
      store.backupCodeSets.keep(id, set, hashes, aTrail('backup_codes_made'))
    const use = (id: AccountId, hash: string) => store.backupCodeSets.use(id, hash, aTrail('backup_code_used'))
    const kindsOf = async (id: AccountId) => (await store.accounts.find(id))?.factors.map(factor => factor.kind)

    test('a code is used once, of fifty who come at once, and the one is told how many are left', async () => {
      const { id } = await withApp()
      await keep(id, aSet(), ['a', 'b', 'c'])

      const used = await Promise.all(Array.from({ length: 50 }, () => use(id, 'b')))

      expect(used.filter(left => left !== null)).toEqual([2])
      expect(await store.backupCodeSets.left(id)).toBe(2)
    })

    test('the mail about a used code says how many are left, and goes out with the use alone', async () => {
      const { id } = await withApp()
      await keep(id, aSet(), ['a', 'b'])
      const notice = aNotice({ kind: 'backup_code_used', to: `${id}@used.example` })
      const trail = aTrail('backup_code_used', [notice])

      await store.backupCodeSets.use(id, 'wrong', trail)
      await store.backupCodeSets.use(id, 'a', trail)

      const mails = (await store.outbox.list('all', 1000)).filter(mail => mail.notice.to === notice.to)
      expect(mails.map(mail => mail.notice.facts['left'])).toEqual([1])
    })

    test('a new set voids the former one; nobody else’s is touched', async () => {
      const mine = await withApp()
      const theirs = await withApp()
      await keep(theirs.id, aSet(), ['a'])
      await keep(mine.id, aSet(), ['a', 'b'])
      await keep(mine.id, aSet(), ['c'])

      expect(await use(mine.id, 'a')).toBeNull()
      expect(await use(mine.id, 'c')).toBe(0)
      expect(await use(theirs.id, 'a')).toBe(0)
      expect(await kindsOf(mine.id)).toEqual(expect.arrayContaining(['totp', 'backup_code']))
      expect((await kindsOf(mine.id))?.length).toBe(2)
    })

    test('neither a set nor a spare phone is kept without a factor to stand in for', async () => {
      const { id } = await storedAccount(store)
      const spare = aFactor({ kind: 'sms_code', spare: true })

      expect(await keep(id, aSet(), ['a'])).toBe(false)
      expect(await store.factors.add(id, spare, aTrail('factor_added'))).toBe(false)
      expect(await kindsOf(id)).toEqual([])
    })

    test('both go with the last factor, and stay while another one helps', async () => {
      const { id, app } = await withApp()
      const phone = aFactor({ kind: 'sms_code' })
      await store.factors.add(id, phone, aTrail('factor_added'))
      await store.factors.add(id, aFactor({ kind: 'sms_code', spare: true }), aTrail('factor_added'))
      await keep(id, aSet(), ['a'])

      await store.factors.remove(id, app.id, aTrail('factor_removed'))
      const beside = await kindsOf(id)
      await store.factors.remove(id, phone.id, aTrail('factor_removed'))

      expect(beside).toHaveLength(3)
      expect(await kindsOf(id)).toEqual([])
      expect(await use(id, 'a')).toBeNull()
      expect(await store.backupCodeSets.left(id)).toBe(0)
    })

    test('a factor that stands in for another does not keep a first one out', async () => {
      const { id, app } = await withApp()
      await keep(id, aSet(), ['a'])
      await store.accounts.markForReset(
        id,
        { reason: 'x', at: now, by: 'test', since: 0 },
        null,
        aTrail('reset_required'),
      )
      await store.accounts.withdrawReset(id, aTrail('reset_withdrawn'))

      expect(await store.factors.addFirst(id, aFactor(), aTrail('factor_added'))).toBe(false)
      await store.factors.remove(id, app.id, aTrail('factor_removed'))
      expect(await store.factors.addFirst(id, aFactor(), aTrail('factor_added'))).toBe(true)
    })

    test('a set that was set aside opens nothing', async () => {
      const { id } = await withApp()
      await keep(id, aSet({ setAsideAt: now }), ['a'])

      expect(await use(id, 'a')).toBeNull()
      expect(await store.backupCodeSets.left(id)).toBe(1)
    })

    test('no set is kept while a reset is demanded', async () => {
      const { id } = await withApp()
      await store.accounts.markForReset(
        id,
        { reason: 'x', at: now, by: 'test', since: null },
        null,
        aTrail('reset_required'),
      )

      expect(await keep(id, aSet(), ['a'])).toBe(false)
    })

    test('a session that removes the last factor leaves behind all that is needed to put it back', async () => {
      const { id, app } = await withApp()
      const set = aSet()
      await keep(id, set, ['a', 'b'])
      await use(id, 'a')
      const session = sessionId()
      const trail = aTrail('factor_removed', [], { accountId: id })

      await store.factors.remove(id, app.id, { ...trail, undo: [{ sessionId: session, change: '{}' }] })

      // Newest first, as they are put back: first the factor, then what stands in for it, without the code that was used.
      expect(await store.reportLinks.changesOf(id, session)).toMatchObject([
        { kind: 'factor_removed', factor: { id: app.id, kind: 'totp' }, backupHashes: [] },
        { kind: 'factor_removed', factor: { id: set.id, kind: 'backup_code' }, backupHashes: ['b'] },
      ])
    })
  })
}
