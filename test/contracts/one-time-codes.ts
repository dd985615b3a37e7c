import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OneTimeCode } from '../../src/people/one-time-codes.ts'
import type { DurablePorts, OpenStore } from './ports.ts'
import { anAccount, aTrail, minuteMs, now, unique } from './samples.ts'

export function describeOneTimeCodes(open: OpenStore): void {
  describe('codes that were sent', () => {
    let store: DurablePorts
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const aCode = (about: Partial<OneTimeCode> = {}): OneTimeCode => ({
      subject: unique('subject'),
      purpose: 'sms_code',
      accountId: null,
      hash: 'right',
      expiresAt: now + 10 * minuteMs,
      detail: null,
      ...about,
    })
    const keep = async (code: OneTimeCode) => {
      await store.oneTimeCodes.keep(code, aTrail('sign_in_challenged'))
      return code
    }

    test('a code is used exactly once, of fifty who come at once', async () => {
      const code = await keep(aCode({ detail: 'sealed' }))

      const used = await Promise.all(
        Array.from({ length: 50 }, () => store.oneTimeCodes.use(code.subject, 'sms_code', 'right', now)),
      )

      expect(used.filter(each => each !== null)).toEqual([code])
    })

    test('a wrong one, one of another purpose and one that is too old are not used', async () => {
      const { subject, expiresAt } = await keep(aCode())

      expect(await store.oneTimeCodes.use(subject, 'sms_code', 'wrong', now)).toBe(null)
      expect(await store.oneTimeCodes.use(subject, 'phone_check', 'right', now)).toBe(null)
      expect(await store.oneTimeCodes.use(subject, 'sms_code', 'right', expiresAt)).toBe(null)
      expect(await store.oneTimeCodes.find(subject, 'sms_code', expiresAt)).toBe(null)
      expect(await store.oneTimeCodes.use(subject, 'sms_code', 'right', expiresAt - 1)).not.toBe(null)
    })

    test('tries are counted one by one, and begin anew with a new code', async () => {
      const code = await keep(aCode())
      const counted = await Promise.all([1, 2, 3].map(() => store.oneTimeCodes.countTry(code.subject, 'sms_code', now)))
      expect(counted.toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual([1, 2, 3])

      await keep({ ...code, hash: 'newer' })

      expect(await store.oneTimeCodes.countTry(code.subject, 'sms_code', now)).toBe(1)
      expect(await store.oneTimeCodes.use(code.subject, 'sms_code', 'right', now)).toBe(null)
      expect(await store.oneTimeCodes.countTry(code.subject, 'sms_code', code.expiresAt)).toBe(null)
      expect(await store.oneTimeCodes.countTry('nobody', 'sms_code', now)).toBe(null)
    })

    test('an ended code and a swept one are gone', async () => {
      const account = anAccount()
      await store.accounts.create(account, aTrail('account_created'))
      const { subject } = await keep(aCode({ accountId: account.id }))
      const old = await keep(aCode({ expiresAt: now }))

      await store.oneTimeCodes.end(subject, 'sms_code')
      await store.sweep(now)

      expect(await store.oneTimeCodes.find(subject, 'sms_code', now)).toBe(null)
      expect(await store.oneTimeCodes.find(old.subject, 'sms_code', now - 1)).toBe(null)
    })

    test('what may happen once happens once, until its time has passed', async () => {
      const spend = (at: number) => store.spentOnce.spend('challenge', now + minuteMs, at)

      const first = await Promise.all(Array.from({ length: 50 }, () => spend(now)))

      expect(first.filter(Boolean)).toHaveLength(1)
      expect(await spend(now + minuteMs - 1)).toBe(false)
      await store.sweep(now + minuteMs)
      expect(await spend(now + minuteMs)).toBe(true)
    })
  })
}
