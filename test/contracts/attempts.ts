import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DurablePorts, OpenStore } from './ports.ts'
import { aNotice, anAttempt, aTrail, minuteMs, now, storedAccount, totp } from './samples.ts'

export function describeAttempts(open: OpenStore): void {
  describe('attempts', () => {
    let store: DurablePorts
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    const started = async (about: Parameters<typeof anAttempt>[1] = {}) => {
      const { id } = await storedAccount(store)
      const attempt = anAttempt(id, about)
      await store.attempts.start(attempt, aTrail('sign_in_challenged'))
      return attempt
    }
    const found = (attempt: { tokenHash: string }) => store.attempts.findByTokenHash(attempt.tokenHash)

    test('come back as they were started', async () => {
      const attempt = await started({
        risk: { emailCode: true, why: 'dormant' },
        sealedEnrolment: 'sealed',
        emailCode: { hash: 'h', expiresAt: now + minuteMs },
        wrongCodes: 2,
      })

      expect(await found(attempt)).toEqual(attempt)
      expect(await found({ tokenHash: 'unknown' })).toBeNull()
    })

    test('hold one proof of each kind', async () => {
      const attempt = await started()

      expect(await store.attempts.addProof(attempt.id, totp)).toBe(true)
      expect(await store.attempts.addProof(attempt.id, { ...totp, at: now + 9 })).toBe(false)

      expect((await found(attempt))?.proofs).toEqual([...attempt.proofs, totp])
    })

    test('lose no proof when two kinds arrive at once', async () => {
      const attempt = await started({ proofs: [] })

      await Promise.all([
        store.attempts.addProof(attempt.id, totp),
        store.attempts.addProof(attempt.id, { kind: 'email_code', at: now }),
      ])

      expect((await found(attempt))?.proofs).toHaveLength(2)
    })

    test('count every try, parallel ones too, and each try has a number of its own', async () => {
      const attempt = await started()

      const numbers = await Promise.all(Array.from({ length: 8 }, () => store.attempts.countTry(attempt.id)))

      expect(numbers.toSorted((a, b) => Number(a) - Number(b))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
      expect((await found(attempt))?.wrongCodes).toBe(8)
    })

    test('keep and drop an enrolment', async () => {
      const attempt = await started()

      expect(await store.attempts.keepEnrolment(attempt.id, 'sealed secret')).toBe(true)
      expect((await found(attempt))?.sealedEnrolment).toBe('sealed secret')
      expect(await store.attempts.keepEnrolment(attempt.id, null)).toBe(true)
      expect((await found(attempt))?.sealedEnrolment).toBeNull()
    })

    test('take an e-mailed code once, by its hash, in time', async () => {
      const attempt = await started()
      const code = { hash: 'right', expiresAt: now + 10 * minuteMs }
      const mail = aNotice({ kind: 'email_code', facts: { code: '123456' } })

      expect(await store.attempts.keepEmailCode(attempt.id, code, aTrail('sign_in_challenged', [mail]))).toBe(true)

      expect(await store.attempts.useEmailCode(attempt.id, 'wrong', now)).toBe(false)
      expect(await store.attempts.useEmailCode(attempt.id, 'right', code.expiresAt)).toBe(false)
      expect(await store.attempts.useEmailCode(attempt.id, 'right', now)).toBe(true)
      expect(await store.attempts.useEmailCode(attempt.id, 'right', now)).toBe(false)
      expect((await store.outbox.list('queued', 1))[0]?.notice).toEqual(mail)
    })

    test('replace an older code by a newer one', async () => {
      const attempt = await started({ emailCode: { hash: 'first', expiresAt: now + minuteMs } })

      await store.attempts.keepEmailCode(
        attempt.id,
        { hash: 'second', expiresAt: now + minuteMs },
        aTrail('sign_in_challenged'),
      )

      expect(await store.attempts.useEmailCode(attempt.id, 'first', now)).toBe(false)
    })

    test('that have ended take nothing any more, and mail nothing', async () => {
      const attempt = await started()
      await store.attempts.end(attempt.id)
      const mails = (await store.outbox.list('all', 1000)).length
      const code = { hash: 'h', expiresAt: now + minuteMs }

      expect(await store.attempts.addProof(attempt.id, totp)).toBe(false)
      expect(await store.attempts.countTry(attempt.id)).toBeNull()
      expect(await store.attempts.keepEnrolment(attempt.id, 'x')).toBe(false)
      expect(await store.attempts.keepEmailCode(attempt.id, code, aTrail('sign_in_challenged', [aNotice()]))).toBe(
        false,
      )
      expect(await store.outbox.list('all', 1000)).toHaveLength(mails)
      expect(await found(attempt)).toBeNull()
    })
  })
}
