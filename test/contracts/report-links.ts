import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../src/people/account.ts'
import type { ReportLink } from '../../src/people/report-link.ts'
import type { IntrusionReport, OwnerNotice } from '../../src/people/report-links.ts'
import type { Session } from '../../src/people/session.ts'
import type { Undoable } from '../../src/people/session-change.ts'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import {
  aDevice,
  aFactor,
  anAttempt,
  aSession,
  aTicket,
  aTrail,
  dayMs,
  emailKey,
  hourMs,
  minuteMs,
  now,
  storedAccount,
  storedChild,
  storedSession,
  unique,
} from './samples.ts'

export function describeReportLinks(open: OpenStore): void {
  let store: DurablePorts
  const owner: OwnerNotice = { kind: 'account_suspended', facts: { name: 'Aki', at: now } }

  /** The thief's session, with the link that was mailed about it. */
  const intruded = async (about: Partial<Account> = {}) => {
    const account = await storedAccount(store, about)
    const session = aSession(account.id, { deviceId: 'thief' })
    const link: ReportLink = {
      tokenHash: unique('link'),
      purpose: 'not_me',
      accountId: account.id,
      sessionId: session.id,
      deviceId: 'thief',
      issuedAt: now,
      expiresAt: now + 14 * dayMs,
      usedAt: null,
    }
    const trail = { ...aTrail('session_opened', [], { accountId: account.id }), links: [link] }
    await store.sessions.open(session, aDevice(account.id, { deviceId: 'thief' }), null, trail)
    return { account, session, link }
  }
  const reset = (account: Account, since = now): NonNullable<IntrusionReport['reset']> => ({
    flag: { reason: 'not me', at: now + hourMs, by: 'owner', since },
    ticket: aTicket(account.id),
  })
  const press = (link: ReportLink, account: Account, about: Partial<IntrusionReport> = {}) =>
    store.reportLinks.report(
      {
        tokenHash: link.tokenHash,
        at: now + hourMs,
        reset: reset(account),
        owner,
        unknownDevice: 'Unknown browser',
        ...about,
      },
      aTrail('intrusion_reported', [], { accountId: account.id, at: now + hourMs }),
    )
  const did = (account: Account, session: Pick<Session, 'id'>, ...changes: readonly Undoable[]) => ({
    ...aTrail('factor_added', [], { accountId: account.id, at: now + minuteMs }),
    undo: changes.map(change => ({ sessionId: session.id, change: JSON.stringify(change) })),
  })
  const present = async ({ id }: Account) => {
    const account = await store.accounts.find(id)
    if (account === null) throw new Error('gone')
    return account
  }
  const mails = async () => (await store.outbox.list('all', 100)).map(({ notice }) => notice)
  /** As people/email-change.ts does it. */
  const move = async (account: Account, session: Pick<Session, 'id'>, to: string, at = now + minuteMs) => {
    const seen = await present(account)
    const former = seen.formerEmail ?? { email: seen.email, undoUntil: at + 7 * dayMs }
    const changed: Undoable = {
      kind: 'email_changed',
      former: seen.email,
      formerKey: seen.emailKey,
      to: emailKey(to),
      before: seen.formerEmail,
    }
    const link: ReportLink = {
      tokenHash: unique('undo'),
      purpose: 'email_undo',
      accountId: account.id,
      sessionId: null,
      deviceId: null,
      issuedAt: at,
      expiresAt: at + 7 * dayMs,
      usedAt: null,
    }
    const outcome = await store.emailChanges.change(
      {
        accountId: account.id,
        sessionId: session.id,
        fromKey: seen.emailKey,
        email: to,
        emailKey: emailKey(to),
        former: { ...former, undoUntil: at + 7 * dayMs },
      },
      {
        ...aTrail('email_changed', [], { accountId: account.id, at }),
        undo: [{ sessionId: session.id, change: JSON.stringify(changed) }],
        links: [link],
      },
    )
    expect(outcome).toBe('changed')
    return link
  }

  beforeEach(async () => {
    store = await open()
  })
  afterEach(() => store.close())

  describe('a report that a sign-in was not the owner’s', () => {
    test('ends the session with its children, flags the account, marks the device, ends attempts: once', async () => {
      const { account, session, link } = await intruded()
      const child = await storedChild(store, session)
      const other = await storedSession(store, account.id, { deviceId: 'own' })
      await store.attempts.start(anAttempt(account.id, { tokenHash: 'begun' }), aTrail('sign_in_challenged'))

      const wanted = reset(account)
      const heard = await heardDuring(store, async () => {
        expect(await press(link, account, { reset: wanted })).toEqual({ kind: 'done', undone: [], sessionsEnded: 1 })
      })

      expect(heard).toEqual(
        expect.arrayContaining([
          { kind: 'account', id: account.id },
          { kind: 'session', id: session.id },
          { kind: 'session', id: child.id },
        ]),
      )
      expect(await store.sessions.findByTokenHash(session.tokenHash)).toBeNull()
      expect(await store.sessions.findByTokenHash(child.tokenHash)).toBeNull()
      expect(await store.sessions.findByTokenHash(other.tokenHash)).not.toBeNull()
      expect(await store.attempts.findByTokenHash('begun')).toBeNull()
      expect((await present(account)).reset).toMatchObject({ reason: 'not me', since: now })
      expect(await store.resetTickets.find(wanted.ticket.tokenHash, now + 1)).not.toBeNull()
      expect((await store.devices.find(account.id, 'thief'))?.reportedAt).toBe(now + hourMs)
      expect((await mails()).map(({ to }) => to)).toEqual([account.email])
      expect(await press(link, account)).toEqual({ kind: 'already' })
      expect(await mails()).toHaveLength(1)
    })

    test('is refused when the link is too old, or was made for something else', async () => {
      const { account, session, link } = await intruded()
      const undo = await move(account, session, unique('thief@example.net'))

      expect(await press(link, account, { at: now + 15 * dayMs })).toEqual({ kind: 'gone' })
      expect(await press(undo, account)).toEqual({ kind: 'gone' })
      expect(await press({ ...link, tokenHash: 'guessed' }, account)).toEqual({ kind: 'gone' })
      expect((await present(account)).reset).toBeNull()
    })

    test('works where the session has ended and the device was forgotten by its thief', async () => {
      const { account, session, link } = await intruded()
      await store.devices.forget(account.id, 'thief', aTrail('device_forgotten'))
      expect(await store.sessions.findByTokenHash(session.tokenHash)).toBeNull()

      expect((await press(link, account)).kind).toBe('done')

      expect(await store.devices.find(account.id, 'thief')).toMatchObject({
        reportedAt: now + hourMs,
        label: 'Unknown browser',
      })
      // And it cannot be made a stranger, which the next sign-in would make a friend.
      expect(await store.devices.forget(account.id, 'thief', aTrail('device_forgotten'))).toBe(false)
    })

    test('ends all sessions of an account with single sign-on, and never flags it', async () => {
      const { account, link } = await intruded()
      const other = await storedSession(store, account.id)

      expect(await press(link, account, { reset: null })).toEqual({ kind: 'done', undone: [], sessionsEnded: 2 })

      expect((await present(account)).reset).toBeNull()
      expect(await store.sessions.findByTokenHash(other.tokenHash)).toBeNull()
    })

    test('keeps a flag that is there, and sets aside what was added since the intrusion', async () => {
      const { account, session, link } = await intruded()
      const added = aFactor({ addedAt: now + minuteMs })
      await store.factors.add(account.id, added, aTrail('factor_added', [], { accountId: account.id }))
      const first = { reason: 'campaign', at: now + 2 * minuteMs, by: 'operator', since: null }
      await store.accounts.markForReset(account.id, first, aTicket(account.id), aTrail('reset_required'))

      expect((await press(link, account)).kind).toBe('done')

      const after = await present(account)
      expect(after.reset).toEqual({ ...first, since: now })
      expect(after.factors.map(({ setAsideAt }) => setAsideAt)).toEqual([first.at])
      expect(session.id).toBe(link.sessionId)
    })
  })

  describe('what a session changed is undone', () => {
    test('a factor it added is gone, one it removed is back with its codes', async () => {
      const kept = aFactor({ addedAt: now - dayMs })
      const codes = aFactor({ kind: 'backup_code', addedAt: now - dayMs })
      const { account, session, link } = await intruded({ factors: [kept, codes] })
      const planted = aFactor({ addedAt: now + minuteMs, label: 'Thief' })
      const removed = { kind: 'factor_removed', factor: kept, backupHashes: [] } as const
      const codesGone = { kind: 'factor_removed', factor: codes, backupHashes: ['hash-1', 'hash-2'] } as const
      await store.factors.remove(account.id, kept.id, did(account, session, removed))
      await store.factors.remove(account.id, codes.id, did(account, session, codesGone))
      await store.factors.add(
        account.id,
        planted,
        did(account, session, { kind: 'factor_added', factorId: planted.id }),
      )

      const reported = await press(link, account)

      expect(reported).toMatchObject({ undone: ['factor_added', 'factor_removed', 'factor_removed'] })
      expect((await present(account)).factors).toEqual(expect.arrayContaining([kept, codes]))
      expect((await present(account)).factors).toHaveLength(2)
      expect(await store.reportLinks.changesOf(account.id, session.id)).toEqual([])
    })

    test('what it added and removed again stays away', async () => {
      const { account, session, link } = await intruded()
      const planted = aFactor({ addedAt: now + minuteMs })
      await store.factors.add(
        account.id,
        planted,
        did(account, session, { kind: 'factor_added', factorId: planted.id }),
      )
      const removed = { kind: 'factor_removed', factor: planted, backupHashes: [] } as const
      await store.factors.remove(account.id, planted.id, did(account, session, removed))

      await press(link, account)

      expect((await present(account)).factors).toEqual([])
    })

    test('devices have their names again and are known again; the language is the owner’s, as is the mail', async () => {
      const { account, session, link } = await intruded({ language: 'ja' })
      const own = aDevice(account.id, { deviceId: 'own', label: 'Desk' })
      const home = aDevice(account.id, { deviceId: 'home', label: 'Home' })
      for (const device of [own, home])
        await store.sessions.open(
          aSession(account.id, { deviceId: device.deviceId }),
          device,
          null,
          aTrail('session_opened'),
        )
      const renamed = { kind: 'device_renamed', deviceId: 'own', label: 'Desk' } as const
      await store.devices.rename(account.id, 'own', 'Mine', did(account, session, renamed))
      const forgotten = { kind: 'device_forgotten', device: home } as const
      await store.devices.forget(account.id, 'home', did(account, session, forgotten))
      await store.accounts.setLanguage(
        account.id,
        'en',
        did(account, session, { kind: 'language_changed', language: 'ja' }),
      )

      const reported = await press(link, account)

      expect(reported).toMatchObject({ undone: ['language_changed', 'device_forgotten', 'device_renamed'] })
      expect(await store.devices.find(account.id, 'own')).toMatchObject({ label: 'Desk' })
      expect(await store.devices.find(account.id, 'home')).toMatchObject({ label: 'Home', lastSeenAt: now })
      expect((await present(account)).language).toBe('ja')
      expect((await mails()).at(-1)).toMatchObject({
        to: account.email,
        language: 'ja',
        facts: { undone: 'language_changed + device_forgotten + device_renamed' },
      })
    })

    test('an address that was changed twice comes back to its beginning, and the mail goes there', async () => {
      const { account, session, link } = await intruded()
      await move(account, session, unique('thief-1@example.net'))
      await move(account, session, unique('thief-2@example.net'))

      expect((await press(link, account)).kind).toBe('done')

      expect(await present(account)).toMatchObject({
        email: account.email,
        emailKey: account.emailKey,
        formerEmail: null,
      })
      expect((await mails()).map(({ to }) => to)).toEqual([account.email])
    })

    test('a second session of the thief does not shake the owner off', async () => {
      const { account, session, link } = await intruded()
      const second = await storedSession(store, account.id, { deviceId: 'thief-2' })
      await move(account, session, unique('thief-1@example.net'))
      await move(account, second, unique('thief-2@example.net'))

      expect((await press(link, account)).kind).toBe('done')

      expect(await present(account)).toMatchObject({ email: account.email, formerEmail: null })
    })

    test('an address that somebody else has by now is not taken from them; tickets go to it all the same', async () => {
      const { account, session, link } = await intruded()
      await move(account, session, unique('thief@example.net'))
      await storedAccount(store, { email: account.email, emailKey: account.emailKey })

      expect(await press(link, account)).toMatchObject({ undone: ['email_not_free'] })

      expect((await present(account)).formerEmail).toEqual({
        email: account.email,
        undoUntil: now + hourMs + 7 * dayMs,
      })
      expect((await mails()).map(({ to }) => to)).toEqual([account.email])
    })

    test('what another session changed stays', async () => {
      const { account, link } = await intruded()
      const own = await storedSession(store, account.id)
      await store.accounts.setLanguage(
        account.id,
        'ja',
        did(account, own, { kind: 'language_changed', language: 'en' }),
      )

      expect(await press(link, account)).toMatchObject({ undone: [] })

      expect((await present(account)).language).toBe('ja')
    })
  })

  describe('an e-mail change', () => {
    const undo = async (link: ReportLink, account: Account, at = now + hourMs) =>
      store.reportLinks.undoEmail(
        {
          tokenHash: link.tokenHash,
          at,
          email: account.email,
          emailKey: account.emailKey,
          reset: reset(account, link.issuedAt),
          owner,
        },
        aTrail('email_change_undone', [], { accountId: account.id, at }),
      )

    test('is taken back with every session, and asks for a new password; once', async () => {
      const { account, session } = await intruded()
      const link = await move(account, session, unique('thief@example.net'))

      expect(await undo(link, account)).toEqual({ kind: 'done', undone: ['email_changed'], sessionsEnded: 1 })

      expect(await present(account)).toMatchObject({
        ...{ email: account.email, formerEmail: null },
        reset: { since: now + minuteMs },
      })
      expect(await store.sessions.listOf(account.id)).toEqual([])
      expect(await undo(link, account)).toEqual({ kind: 'already' })
    })

    test('by the link of the last of two changes leads to the oldest address, and back to the first change', async () => {
      const { account, session } = await intruded()
      const first = await move(account, session, unique('thief-1@example.net'), now + minuteMs)
      const planted = aFactor({ addedAt: now + 2 * minuteMs })
      await store.factors.add(account.id, planted, aTrail('factor_added', [], { accountId: account.id }))
      const last = await move(account, session, unique('thief-2@example.net'), now + 3 * minuteMs)

      expect((await undo(last, account)).kind).toBe('done')

      const after = await present(account)
      expect(after).toMatchObject({ email: account.email, reset: { since: now + minuteMs } })
      expect(after.factors[0]?.setAsideAt).not.toBeNull()
      expect(await undo(first, account)).toEqual({ kind: 'already' })
    })

    test('cannot be taken back after its time', async () => {
      const { account, session } = await intruded()
      const link = await move(account, session, unique('new@example.net'))

      expect(await undo(link, account, now + 8 * dayMs)).toEqual({ kind: 'gone' })

      expect((await present(account)).email).not.toBe(account.email)
    })

    test('is not made to an address that somebody has, by a session that has ended, or while a reset is demanded', async () => {
      const { account, session } = await intruded()
      const other = await storedAccount(store)
      const wanted = {
        accountId: account.id,
        sessionId: session.id,
        fromKey: account.emailKey,
        email: 'new@example.net',
        emailKey: emailKey(unique('new@example.net')),
        former: { email: account.email, undoUntil: now + 7 * dayMs },
      }
      const change = (about: Partial<typeof wanted>) =>
        store.emailChanges.change({ ...wanted, ...about }, aTrail('email_changed', [], { accountId: account.id }))

      expect(await change({ emailKey: other.emailKey })).toBe('taken')
      expect(await change({ sessionId: session.tokenHash as typeof session.id })).toBe('overtaken')
      expect(await change({ fromKey: other.emailKey })).toBe('overtaken')
      const flag = { reason: 'r', at: now, by: 'operator', since: null }
      await store.accounts.markForReset(account.id, flag, null, aTrail('reset_required'))
      expect(await change({})).toBe('overtaken')
      expect((await present(account)).email).toBe(account.email)
    })

    test('voids tickets and attempts: they were meant for the mailbox of before', async () => {
      const { account, session } = await intruded()
      const ticket = aTicket(account.id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))
      await store.attempts.start(anAttempt(account.id, { tokenHash: unique('begun') }), aTrail('sign_in_challenged'))

      await move(account, session, unique('new@example.net'))

      expect(await store.resetTickets.find(ticket.tokenHash, now + 1)).toBeNull()
    })
  })
}
