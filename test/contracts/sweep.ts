import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DurablePorts, OpenStore } from './ports.ts'
import {
  aJoinCode,
  aNotice,
  anAttempt,
  aRefusal,
  aTicket,
  aTrail,
  dayMs,
  hourMs,
  minuteMs,
  now,
  storedAccount,
  storedChild,
  storedSession,
} from './samples.ts'

export function describeSweep(open: OpenStore): void {
  describe('sweeping', () => {
    let store: DurablePorts
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    test('takes what time has ended and nothing else', async () => {
      const { id } = await storedAccount(store)
      const root = await storedSession(store, id, { idleMs: 2 * hourMs })
      await store.sessions.issueJoin(aJoinCode(root))
      const [endedAttempt, attempt] = [anAttempt(id), anAttempt(id, { expiresAt: now + hourMs })]
      for (const one of [endedAttempt, attempt]) await store.attempts.start(one, aTrail('sign_in_challenged'))
      const ticket = aTicket(id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))

      await store.sweep(now + 20 * minuteMs)

      expect(await store.attempts.findByTokenHash(endedAttempt.tokenHash)).toBeNull()
      expect(await store.attempts.findByTokenHash(attempt.tokenHash)).toEqual(attempt)
      expect(await store.resetTickets.find(ticket.tokenHash, now)).toEqual(ticket)
      expect(await store.sessions.findByTokenHash(root.tokenHash)).toEqual(root)
      expect(await store.sweep(now + 20 * minuteMs)).toBe(0)
      await store.sweep(now + 30 * minuteMs)
      expect(await store.resetTickets.find(ticket.tokenHash, now)).toBeNull()
    })

    test('takes sessions past their idle or absolute end an hour later, with their children', async () => {
      const { id } = await storedAccount(store)
      const idle = await storedSession(store, id, { idleMs: hourMs })
      const child = await storedChild(store, idle)
      const absolute = await storedSession(store, id, { absoluteEndsAt: now + hourMs })
      const living = await storedSession(store, id)

      await store.sweep(now + 2 * hourMs - 1)
      expect(await store.sessions.listOf(id)).toHaveLength(3)
      await store.sweep(now + 2 * hourMs)

      expect((await store.sessions.listOf(id)).map(session => session.id)).toEqual([living.id])
      expect(await store.sessions.findByTokenHash(child.tokenHash)).toBeNull()
      expect(await store.sessions.findByTokenHash(absolute.tokenHash)).toBeNull()
    })

    test('forgets refusals after seven days, in many slices', async () => {
      const old = Array.from({ length: 1100 }, () => aRefusal({ at: now - 7 * dayMs }))
      const kept = aRefusal({ at: now - 7 * dayMs + 1 })
      await store.refusals.keep([...old, kept])

      expect(await store.sweep(now)).toBe(1100)

      expect(await store.refusals.find(kept.receipt)).toEqual(kept)
    })

    test('forgets mails thirty days after they ended, and never one that waits', async () => {
      await store.outbox.add(aNotice(), now)
      const [mail] = await store.outbox.claim('w', now, now + minuteMs, 1)
      await store.outbox.finish(mail?.id ?? 0, 'w', { kind: 'sent', at: now, answer: '250' })
      await store.outbox.add(aNotice(), now)

      await store.sweep(now + 30 * dayMs)

      expect((await store.outbox.list('all', 10)).map(one => one.state)).toEqual(['queued'])
    })

    test('never touches the audit trail', async () => {
      await storedAccount(store)

      await store.sweep(now + 10_000 * dayMs)

      expect(await store.audit.verify()).toEqual({ rows: 1, brokenAt: null })
    })
  })
}
