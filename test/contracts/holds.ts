import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditEvent } from '../../src/journal/audit.ts'
import type { Hold } from '../../src/people/hold.ts'
import type { Proof } from '../../src/policy/facts.ts'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import {
  aDevice,
  aNotice,
  anAttempt,
  aSession,
  aTicket,
  aTrail,
  minuteMs,
  now,
  password,
  storedAccount,
} from './samples.ts'

/** Accounts whose right password was used inside an attack. */
export function describeHolds(open: OpenStore): void {
  describe('a hold', () => {
    let store: DurablePorts
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    const code = { hash: 'code', expiresAt: now + 10 * minuteMs }
    const holdBy = (accountId: string): Hold => ({
      held: { at: now, cause: 'threat:7' },
      trail: aTrail('account_held', [aNotice({ to: `${accountId}@mail.example` })], { accountId }),
    })
    const mailsTo = async (id: string) =>
      (await store.outbox.list('queued', 500)).filter(({ notice }) => notice.to === `${id}@mail.example`).length
    const trailOf = async (accountId: string, event: AuditEvent) =>
      (await store.audit.list({ accountId, limit: 50 })).filter(({ entry }) => entry.event === event)
    const released = async (accountId: string) =>
      (await trailOf(accountId, 'hold_released')).map(({ entry }) => entry.facts)
    const heldAccount = async () => {
      const account = await storedAccount(store)
      await store.accounts.hold(account.id, holdBy(account.id))
      return account
    }
    const signIn = async (id: Awaited<ReturnType<typeof heldAccount>>['id'], proofs: readonly Proof[]) =>
      store.sessions.open(aSession(id, { proofs }), aDevice(id), null, aTrail('session_opened', [], { accountId: id }))

    test('has one winner among fifty, one mail and one row in the trail; all hear of it', async () => {
      const { id } = await storedAccount(store)

      let won: boolean[] = []
      const heard = await heardDuring(store, async () => {
        won = await Promise.all(Array.from({ length: 50 }, () => store.accounts.hold(id, holdBy(id))))
      })

      expect(won.filter(each => each)).toHaveLength(1)
      expect((await store.accounts.find(id))?.held).toEqual({ at: now, cause: 'threat:7' })
      expect(await mailsTo(id)).toBe(1)
      expect(await trailOf(id, 'account_held')).toHaveLength(1)
      expect(heard).toEqual([{ kind: 'account', id }])
    })

    test('begins with an attempt: the first holds its code, all others begin without one', async () => {
      const { id } = await storedAccount(store)
      const attempts = Array.from({ length: 50 }, () => anAttempt(id, { emailCode: code }))

      const won = await Promise.all(
        attempts.map(attempt => store.attempts.startHeld(attempt, holdBy(id), aTrail('sign_in_challenged'))),
      )

      const stored = await Promise.all(attempts.map(attempt => store.attempts.findByTokenHash(attempt.tokenHash)))
      expect(won.filter(each => each)).toHaveLength(1)
      expect(stored.map(attempt => attempt?.emailCode)).toEqual(won.map(first => (first ? code : null)))
      expect(await mailsTo(id)).toBe(1)
    })

    test.each(['invited', 'suspended'] as const)('is not laid on an account that is %s', async state => {
      const { id } = await storedAccount(store, { state })

      expect(await store.accounts.hold(id, holdBy(id))).toBe(false)
      expect(await mailsTo(id)).toBe(0)
    })

    test('is found in the list of those who are held', async () => {
      const { id } = await heldAccount()
      const other = await storedAccount(store)

      const ids = (await store.accounts.list({ held: true, limit: 1_000 })).map(account => account.id)

      expect(ids).toContain(id)
      expect(ids).not.toContain(other.id)
    })

    test('is released once, and may be laid on again with another mail', async () => {
      const { id } = await heldAccount()

      expect(await store.accounts.releaseHold(id, aTrail('hold_released', [], { accountId: id }))).toBe(true)
      expect(await store.accounts.releaseHold(id, aTrail('hold_released', [], { accountId: id }))).toBe(false)
      expect((await store.accounts.find(id))?.held).toBeNull()
      expect(await released(id)).toHaveLength(1)
      expect(await store.accounts.hold(id, holdBy(id))).toBe(true)
      expect(await mailsTo(id)).toBe(2)
    })

    test('ends with a sign-in that its owner confirmed by a mailed code, and with no other', async () => {
      const { id } = await heldAccount()

      await signIn(id, [password])
      await signIn(id, [password, { kind: 'totp', at: now }])
      await signIn(id, [{ kind: 'email_code', at: now }])
      expect((await store.accounts.find(id))?.held).not.toBeNull()
      await signIn(id, [password, { kind: 'email_code', at: now }])

      expect((await store.accounts.find(id))?.held).toBeNull()
      expect(await released(id)).toEqual([{ by: 'confirmed', cause: 'threat:7' }])
    })

    test('ends with a new password, chosen on the account page or by a reset', async () => {
      const changed = await heldAccount()
      const reset = await heldAccount()
      const ticket = aTicket(reset.id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))

      await store.accounts.setPassword(
        { id: changed.id, formerHash: `hash-of-${changed.id}`, hash: 'new', at: now, endSessionsExcept: null },
        aTrail('password_changed', [], { accountId: changed.id }),
      )
      await store.resetTickets.redeem(
        { tokenHash: ticket.tokenHash, accountId: reset.id, passwordHash: 'new', at: now },
        aTrail('reset_completed', [], { accountId: reset.id }),
      )

      for (const { id } of [changed, reset]) {
        expect((await store.accounts.find(id))?.held).toBeNull()
        expect(await released(id)).toEqual([{ by: 'new_password', cause: 'threat:7' }])
      }
      expect((await store.audit.verify()).brokenAt).toBeNull()
    })
  })
}
