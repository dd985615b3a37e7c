import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ResetFlag } from '../../src/people/account.ts'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import {
  accountId,
  aFactor,
  aNotice,
  anAttempt,
  aTicket,
  aTrail,
  hourMs,
  now,
  storedAccount,
  storedChild,
  storedSession,
} from './samples.ts'

const flag: ResetFlag = { reason: 'suspected', at: now, by: 'mika', since: null }

/** Passwords, forced resets and their tickets, second factors: whatever lets an account in. */
export function describeCredentials(open: OpenStore): void {
  let store: DurablePorts
  beforeAll(async () => {
    store = await open()
  })
  afterAll(() => store.close())

  describe('a new password', () => {
    test('takes the place of the old one and ends all sessions but the one that made the change', async () => {
      const { id } = await storedAccount(store)
      const mine = await storedSession(store, id)
      const mineAtChat = await storedChild(store, mine)
      const other = await storedSession(store, id)
      const otherAtChat = await storedChild(store, other)

      const heard = await heardDuring(store, () =>
        store.accounts.setPassword(
          { id, formerHash: `hash-of-${id}`, hash: 'new', at: now, endSessionsExcept: mine.id },
          aTrail('password_changed', [aNotice({ kind: 'password_changed' })]),
        ),
      )

      expect((await store.accounts.find(id))?.password).toEqual({ hash: 'new', changedAt: now })
      expect(await store.sessions.findByTokenHash(mine.tokenHash)).not.toBeNull()
      expect(await store.sessions.findByTokenHash(mineAtChat.tokenHash)).not.toBeNull()
      expect(await store.sessions.findByTokenHash(other.tokenHash)).toBeNull()
      expect(await store.sessions.findByTokenHash(otherAtChat.tokenHash)).toBeNull()
      expect(heard).toEqual([
        { kind: 'account', id },
        { kind: 'session', id: other.id },
        { kind: 'session', id: otherAtChat.id },
      ])
    })

    test('spares the whole family of a session at an application', async () => {
      const { id } = await storedAccount(store)
      const root = await storedSession(store, id)
      const child = await storedChild(store, root)

      await store.accounts.setPassword(
        { id, formerHash: `hash-of-${id}`, hash: 'new', at: now, endSessionsExcept: child.id },
        aTrail('password_changed'),
      )

      expect(await store.sessions.findByTokenHash(root.tokenHash)).not.toBeNull()
    })

    test('ends every session when none is to go on', async () => {
      const { id } = await storedAccount(store)
      await storedSession(store, id)

      await store.accounts.setPassword(
        { id, formerHash: `hash-of-${id}`, hash: 'new', at: now, endSessionsExcept: null },
        aTrail('password_changed'),
      )

      expect(await store.sessions.listOf(id)).toEqual([])
    })

    test('ends sign-ins under way and voids tickets: they were begun with what is no longer true', async () => {
      const { id } = await storedAccount(store)
      const attempt = anAttempt(id)
      await store.attempts.start(attempt, aTrail('sign_in_challenged'))
      const ticket = aTicket(id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))

      await store.accounts.setPassword(
        { id, formerHash: `hash-of-${id}`, hash: 'new', at: now, endSessionsExcept: null },
        aTrail('password_changed'),
      )

      expect(await store.attempts.findByTokenHash(attempt.tokenHash)).toBeNull()
      expect(await store.resetTickets.find(ticket.tokenHash, now)).toBeNull()
    })

    test('is refused while a reset is demanded, and the mailed ticket stays: only it leads on', async () => {
      const { id } = await storedAccount(store)
      const ticket = aTicket(id)
      await store.accounts.markForReset(id, flag, ticket, aTrail('reset_required'))
      const change = { id, formerHash: `hash-of-${id}`, hash: 'new', at: now, endSessionsExcept: null }

      expect(await store.accounts.setPassword(change, aTrail('password_changed'))).toBe(false)
      expect(await store.accounts.find(id)).toMatchObject({ reset: flag, password: { hash: `hash-of-${id}` } })
      expect(await store.resetTickets.find(ticket.tokenHash, now)).not.toBeNull()
    })

    test('is refused when another one was faster, or the session that asked has ended', async () => {
      const { id } = await storedAccount(store)
      const mine = await storedSession(store, id)
      const change = { id, formerHash: `hash-of-${id}`, hash: 'new', at: now, endSessionsExcept: mine.id }
      const outdated = { ...change, formerHash: 'the one before' }

      expect(await store.accounts.setPassword(outdated, aTrail('password_changed'))).toBe(false)
      await store.sessions.end(mine.id, aTrail('session_ended'))
      expect(await store.accounts.setPassword(change, aTrail('password_changed'))).toBe(false)

      expect((await store.accounts.find(id))?.password?.hash).toBe(`hash-of-${id}`)
    })

    test('pushes the former one onto a list of five', async () => {
      const { id } = await storedAccount(store, { password: { hash: 'p0', changedAt: now } })

      for (const n of [1, 2, 3, 4, 5, 6, 7])
        await store.accounts.setPassword(
          { id, formerHash: `p${n - 1}`, hash: `p${n}`, at: now + n, endSessionsExcept: null },
          aTrail('password_changed'),
        )

      expect(await store.accounts.formerPasswords(id)).toEqual(['p6', 'p5', 'p4', 'p3', 'p2'])
    })

    test('of nobody changes nothing', async () => {
      const change = { id: accountId(), formerHash: null, hash: 'x', at: now, endSessionsExcept: null }

      expect(await store.accounts.setPassword(change, aTrail('password_changed'))).toBe(false)
      expect(await store.accounts.formerPasswords(change.id)).toEqual([])
    })
  })

  describe('a forced reset', () => {
    test('flags once; the second call leaves the first flag, its ticket and its mail as they are', async () => {
      const { id } = await storedAccount(store)
      const first = aTicket(id)
      await store.accounts.markForReset(id, flag, first, aTrail('reset_required', [aNotice()]))
      const mails = (await store.outbox.list('all', 1000)).length

      const heard = await heardDuring(store, async () => {
        const again = await store.accounts.markForReset(
          id,
          { ...flag, reason: 'other', at: now + 1 },
          aTicket(id),
          aTrail('reset_required', [aNotice()]),
        )
        expect(again).toBe('already')
      })

      expect(heard).toEqual([])
      expect((await store.accounts.find(id))?.reset).toEqual(flag)
      expect(await store.resetTickets.find(first.tokenHash, now)).toEqual(first)
      expect(await store.outbox.list('all', 1000)).toHaveLength(mails)
    })

    test('commits the flag, the ticket and its mail together, and is announced', async () => {
      const { id } = await storedAccount(store)
      const ticket = aTicket(id)
      const mail = aNotice({ kind: 'reset_required', facts: { ticketUrl: 'https://auth.example.com/reset#t' } })

      const heard = await heardDuring(store, () =>
        store.accounts.markForReset(id, flag, ticket, aTrail('reset_required', [mail])),
      )

      expect((await store.accounts.find(id))?.reset).toEqual(flag)
      expect(await store.resetTickets.find(ticket.tokenHash, now)).toEqual(ticket)
      expect((await store.outbox.list('queued', 1))[0]?.notice).toEqual(mail)
      expect(heard).toEqual([{ kind: 'account', id }])
    })

    test('voids tickets that are out: one may be in the hands of whom the reset shuts out', async () => {
      const { id } = await storedAccount(store)
      const out = aTicket(id)
      await store.resetTickets.issue(out, aTrail('reset_mail_requested'))

      await store.accounts.markForReset(id, flag, null, aTrail('reset_required'))

      expect(await store.resetTickets.find(out.tokenHash, now)).toBeNull()
    })

    test('sets aside the factors added since the account may have been taken over, and only those', async () => {
      const since = now - hourMs
      const before = aFactor({ addedAt: since - 1 })
      const after = aFactor({ addedAt: since })
      const { id } = await storedAccount(store, { factors: [before, after] })

      await store.accounts.markForReset(id, { ...flag, since }, null, aTrail('reset_required'))

      expect((await store.accounts.find(id))?.factors).toEqual([before, { ...after, setAsideAt: flag.at }])
    })

    test('that is withdrawn gives back the factors it set aside and voids its ticket', async () => {
      const asideBefore = aFactor({ addedAt: now - 2 * hourMs, setAsideAt: now - hourMs })
      const recent = aFactor({ addedAt: now - 1 })
      const { id } = await storedAccount(store, { factors: [asideBefore, recent] })
      const ticket = aTicket(id)
      await store.accounts.markForReset(id, { ...flag, since: now - hourMs }, ticket, aTrail('reset_required'))

      const withdrawn = await store.accounts.withdrawReset(id, aTrail('reset_withdrawn'))

      expect(withdrawn).toBe(true)
      expect(await store.accounts.find(id)).toMatchObject({ reset: null, factors: [asideBefore, recent] })
      expect(await store.resetTickets.find(ticket.tokenHash, now)).toBeNull()
      expect(await store.accounts.withdrawReset(id, aTrail('reset_withdrawn'))).toBe(false)
    })

    test('of nobody is unknown', async () => {
      expect(await store.accounts.markForReset(accountId(), flag, null, aTrail('reset_required'))).toBe('unknown')
    })
  })

  describe('a reset ticket', () => {
    test('may be looked at as often as one likes, until its time is over', async () => {
      const { id } = await storedAccount(store)
      const ticket = aTicket(id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))

      expect(await store.resetTickets.find(ticket.tokenHash, now)).toEqual(ticket)
      expect(await store.resetTickets.find(ticket.tokenHash, ticket.expiresAt - 1)).toEqual(ticket)
      expect(await store.resetTickets.find(ticket.tokenHash, ticket.expiresAt)).toBeNull()
    })

    test('voids the older ones of its purpose', async () => {
      const { id } = await storedAccount(store)
      const older = aTicket(id)
      const invitation = aTicket(id, { purpose: 'invitation' })
      await store.resetTickets.issue(older, aTrail('reset_mail_requested'))
      await store.resetTickets.issue(invitation, aTrail('account_created'))

      await store.resetTickets.issue(aTicket(id), aTrail('reset_mail_requested'))

      expect(await store.resetTickets.find(older.tokenHash, now)).toBeNull()
      expect(await store.resetTickets.find(invitation.tokenHash, now)).toEqual(invitation)
    })

    test('sets the password, lifts the flag, ends every session and attempt, voids all tickets: once', async () => {
      const { id } = await storedAccount(store, { password: { hash: 'old', changedAt: now } })
      const root = await storedSession(store, id)
      const child = await storedChild(store, root)
      const attempt = anAttempt(id)
      await store.attempts.start(attempt, aTrail('sign_in_challenged'))
      const ticket = aTicket(id)
      await store.accounts.markForReset(id, flag, ticket, aTrail('reset_required'))
      const redemption = { tokenHash: ticket.tokenHash, accountId: id, passwordHash: 'new', at: now + 5 }

      const heard = await heardDuring(store, async () => {
        expect(await store.resetTickets.redeem(redemption, aTrail('reset_completed', [aNotice()]))).toBe(true)
      })
      const second = await store.resetTickets.redeem(
        { ...redemption, passwordHash: 'thief' },
        aTrail('reset_completed', [aNotice()]),
      )

      expect(second).toBe(false)
      expect(await store.accounts.find(id)).toMatchObject({
        reset: null,
        state: 'open',
        password: { hash: 'new', changedAt: now + 5 },
      })
      expect(await store.accounts.formerPasswords(id)).toEqual(['old'])
      expect(await store.sessions.listOf(id)).toEqual([])
      expect(await store.sessions.findByTokenHash(child.tokenHash)).toBeNull()
      expect(await store.attempts.findByTokenHash(attempt.tokenHash)).toBeNull()
      expect(heard).toEqual([
        { kind: 'account', id },
        { kind: 'session', id: root.id },
        { kind: 'session', id: child.id },
      ])
    })

    test('keeps second factors: a mailbox alone must not take them away', async () => {
      const factor = aFactor()
      const { id } = await storedAccount(store, { factors: [factor] })
      const ticket = aTicket(id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))

      await store.resetTickets.redeem(
        { tokenHash: ticket.tokenHash, accountId: id, passwordHash: 'new', at: now },
        aTrail('reset_completed'),
      )

      expect((await store.accounts.find(id))?.factors).toEqual([factor])
    })

    test('opens an invited account', async () => {
      const { id } = await storedAccount(store, { state: 'invited', password: null })
      const ticket = aTicket(id, { purpose: 'invitation' })
      await store.resetTickets.issue(ticket, aTrail('account_created'))

      await store.resetTickets.redeem(
        { tokenHash: ticket.tokenHash, accountId: id, passwordHash: 'first', at: now },
        aTrail('reset_completed'),
      )

      expect(await store.accounts.find(id)).toMatchObject({ state: 'open', password: { hash: 'first' } })
      expect(await store.accounts.formerPasswords(id)).toEqual([])
    })

    test('opens nothing too late, for another account, or for a deleted one', async () => {
      const { id } = await storedAccount(store)
      const other = await storedAccount(store)
      const ticket = aTicket(id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))
      const redeem = (accountId: typeof id, at: number) =>
        store.resetTickets.redeem(
          { tokenHash: ticket.tokenHash, accountId, passwordHash: 'thief', at },
          aTrail('reset_completed'),
        )

      expect(await redeem(id, ticket.expiresAt)).toBe(false)
      expect(await redeem(other.id, now)).toBe(false)
      await store.accounts.setState(id, 'deleted', aTrail('account_suspended'))
      expect(await redeem(id, now)).toBe(false)
      expect((await store.accounts.find(other.id))?.password).toEqual(other.password)
    })

    test('of a suspended account changes the password, and the account stays suspended', async () => {
      const { id } = await storedAccount(store, { state: 'suspended' })
      const ticket = aTicket(id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))

      await store.resetTickets.redeem(
        { tokenHash: ticket.tokenHash, accountId: id, passwordHash: 'new', at: now },
        aTrail('reset_completed'),
      )

      expect((await store.accounts.find(id))?.state).toBe('suspended')
    })
  })

  describe('a second factor', () => {
    test('is added and removed for its own account only, and each change is announced and voids open tickets', async () => {
      const { id } = await storedAccount(store)
      const other = await storedAccount(store)
      const factor = aFactor()
      const ticket = aTicket(id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))

      const heard = await heardDuring(store, async () => {
        expect(await store.factors.add(id, factor, aTrail('factor_added'))).toBe(true)
        expect(await store.factors.add(id, factor, aTrail('factor_added'))).toBe(false)
        expect(await store.factors.remove(other.id, factor.id, aTrail('factor_removed'))).toBe(false)
      })

      expect((await store.accounts.find(id))?.factors).toEqual([factor])
      expect(heard).toEqual([{ kind: 'account', id }])
      expect(await store.resetTickets.find(ticket.tokenHash, now)).toBeNull()
      expect(await store.factors.remove(id, factor.id, aTrail('factor_removed'))).toBe(true)
      expect((await store.accounts.find(id))?.factors).toEqual([])
    })

    test('cannot be added to nobody', async () => {
      expect(await store.factors.add(accountId(), aFactor(), aTrail('factor_added'))).toBe(false)
    })

    test('that was set aside helps again when its owner says so', async () => {
      const factor = aFactor({ setAsideAt: now })
      const { id } = await storedAccount(store, { factors: [factor] })

      expect(await store.factors.restore(id, factor.id, aTrail('factor_restored'))).toBe(true)

      expect((await store.accounts.find(id))?.factors).toEqual([{ ...factor, setAsideAt: null }])
      expect(await store.factors.restore(id, factor.id, aTrail('factor_restored'))).toBe(false)
    })

    test('accepts each time step once, and none that is older than one used', async () => {
      const factor = aFactor({ lastStep: 100 })
      await storedAccount(store, { factors: [factor] })

      expect(await store.factors.useStep(factor.id, 101)).toBe(true)
      expect(await store.factors.useStep(factor.id, 101)).toBe(false)
      expect(await store.factors.useStep(factor.id, 100)).toBe(false)
      expect(await store.factors.useStep(factor.id, 102)).toBe(true)
      expect(await store.factors.useStep('no-such-factor', 1)).toBe(false)
    })
  })
}
