import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import {
  accountId,
  aDevice,
  aJoinCode,
  aNotice,
  anAttempt,
  aSession,
  aTrail,
  dayMs,
  hourMs,
  minuteMs,
  now,
  password,
  sessionId,
  storedAccount,
  storedChild,
  storedSession,
  totp,
} from './samples.ts'

export function describeSessions(open: OpenStore): void {
  let store: DurablePorts
  beforeAll(async () => {
    store = await open()
  })
  afterAll(() => store.close())

  const find = (session: { tokenHash: string }) => store.sessions.findByTokenHash(session.tokenHash)

  describe('opening a session', () => {
    test('keeps it, makes the device known, notes the sign-in and ends the attempt, together', async () => {
      const { id } = await storedAccount(store)
      const attempt = anAttempt(id)
      await store.attempts.start(attempt, aTrail('sign_in_challenged'))
      const session = aSession(id, { breakGlass: true, proofs: [password, totp], agent: 'ブラウザ' })

      const heard = await heardDuring(store, async () => {
        const opened = await store.sessions.open(
          session,
          aDevice(id),
          attempt.id,
          aTrail('session_opened', [aNotice({ kind: 'new_device' })]),
        )
        expect(opened).toBe(true)
      })

      expect(await find(session)).toEqual(session)
      expect(await store.devices.find(id, 'device-1')).toEqual(aDevice(id))
      expect((await store.accounts.find(id))?.lastSignInAt).toBe(session.openedAt)
      expect(await store.attempts.findByTokenHash(attempt.tokenHash)).toBeNull()
      expect(heard).toEqual([{ kind: 'account', id }])
    })

    test('fails when the attempt has ended: a new password, another tab, ten minutes', async () => {
      const { id } = await storedAccount(store)
      const attempt = anAttempt(id)
      await store.attempts.start(attempt, aTrail('sign_in_challenged'))
      const late = aSession(id, { openedAt: attempt.expiresAt })
      await store.attempts.start(anAttempt(id, { id: 'second' }), aTrail('sign_in_challenged'))
      await store.attempts.end('second')
      const session = aSession(id)

      expect(await store.sessions.open(late, aDevice(id), attempt.id, aTrail('session_opened'))).toBe(false)
      expect(await store.sessions.open(session, aDevice(id), 'second', aTrail('session_opened', [aNotice()]))).toBe(
        false,
      )

      expect(await find(session)).toBeNull()
      expect(await store.devices.find(id, 'device-1')).toBeNull()
    })

    test("fails with another account's attempt", async () => {
      const mine = await storedAccount(store)
      const theirs = await storedAccount(store)
      const attempt = anAttempt(theirs.id)
      await store.attempts.start(attempt, aTrail('sign_in_challenged'))

      const opened = await store.sessions.open(
        aSession(mine.id),
        aDevice(mine.id),
        attempt.id,
        aTrail('session_opened'),
      )

      expect(opened).toBe(false)
      expect(await store.attempts.findByTokenHash(attempt.tokenHash)).not.toBeNull()
    })

    test.each(['suspended', 'invited', 'deleted'] as const)('fails for an account that is %s', async state => {
      const { id } = await storedAccount(store, { state })

      expect(await store.sessions.open(aSession(id), aDevice(id), null, aTrail('session_opened'))).toBe(false)
      expect(await store.sessions.listOf(id)).toEqual([])
    })

    test('fails for nobody', async () => {
      const id = accountId()

      expect(await store.sessions.open(aSession(id), aDevice(id), null, aTrail('session_opened'))).toBe(false)
    })
  })

  describe('a session', () => {
    test('is listed with its siblings, newest first, without its children', async () => {
      const { id } = await storedAccount(store)
      const older = await storedSession(store, id, { openedAt: now - hourMs })
      const newer = await storedSession(store, id)
      await storedChild(store, older)

      expect((await store.sessions.listOf(id)).map(session => session.id)).toEqual([newer.id, older.id])
    })

    test('ends with its children, once, and each of them is announced', async () => {
      const { id } = await storedAccount(store)
      const root = await storedSession(store, id)
      const child = await storedChild(store, root)
      const other = await storedSession(store, id)

      const heard = await heardDuring(store, async () => {
        expect(await store.sessions.end(root.id, aTrail('session_ended'))).toBe(1)
        expect(await store.sessions.end(root.id, aTrail('session_ended'))).toBe(0)
      })

      expect(await find(root)).toBeNull()
      expect(await find(child)).toBeNull()
      expect(await find(other)).not.toBeNull()
      expect(heard).toEqual([
        { kind: 'session', id: root.id },
        { kind: 'session', id: child.id },
      ])
    })

    test('ends as a whole when it is ended at an application', async () => {
      const { id } = await storedAccount(store)
      const root = await storedSession(store, id)
      const child = await storedChild(store, root)

      expect(await store.sessions.end(child.id, aTrail('session_ended'))).toBe(1)

      expect(await find(root)).toBeNull()
    })

    test('is spared when all others end', async () => {
      const { id } = await storedAccount(store)
      const mine = await storedSession(store, id)
      await storedSession(store, id)
      await storedSession(store, id)

      expect(await store.sessions.endAllOf(id, mine.id, aTrail('session_ended'))).toBe(2)
      expect((await store.sessions.listOf(id)).map(session => session.id)).toEqual([mine.id])
      expect(await store.sessions.endAllOf(id, null, aTrail('session_ended'))).toBe(1)
      expect(await store.sessions.endAllOf(id, null, aTrail('session_ended'))).toBe(0)
    })

    test('that ended leaves no second audit row', async () => {
      const { id } = await storedAccount(store)
      const about = { accountId: id }

      await store.sessions.endAllOf(id, null, aTrail('session_ended', [], about))

      expect(await store.audit.list({ accountId: id, limit: 10 })).toEqual([])
    })

    test('has a new token and more proofs after a step-up, and the old token is worth nothing', async () => {
      const { id } = await storedAccount(store)
      const root = await storedSession(store, id)
      const child = await storedChild(store, root)

      const heard = await heardDuring(store, async () => {
        expect(await store.sessions.rotate(root.id, 'fresh', [totp], aTrail('session_proved_again'))).toBe(true)
      })

      expect(await find(root)).toBeNull()
      expect(await find({ tokenHash: 'fresh' })).toEqual({ ...root, tokenHash: 'fresh', proofs: [password, totp] })
      expect((await find(child))?.proofs).toEqual([password, totp])
      expect(new Set(heard.map(change => JSON.stringify(change)))).toEqual(
        new Set([root.id, child.id].map(one => JSON.stringify({ kind: 'session', id: one }))),
      )
    })

    test('keeps one proof of a kind, the newest, however often somebody steps up', async () => {
      const { id } = await storedAccount(store)
      const root = await storedSession(store, id)
      const again = { ...password, at: now + hourMs }

      await store.sessions.rotate(root.id, 'stepped-up', [again], aTrail('session_proved_again'))

      expect((await find({ tokenHash: 'stepped-up' }))?.proofs).toEqual([again])
    })

    test('that has ended cannot be rotated', async () => {
      const { id } = await storedAccount(store)
      const root = await storedSession(store, id)
      await store.sessions.end(root.id, aTrail('session_ended'))

      expect(await store.sessions.rotate(root.id, 'revived', [totp], aTrail('session_proved_again'))).toBe(false)
      expect(await find({ tokenHash: 'revived' })).toBeNull()
    })

    test('that is seen is seen at its root too; never backwards, never after its end', async () => {
      const { id } = await storedAccount(store)
      const root = await storedSession(store, id)
      const child = await storedChild(store, root)
      const ended = await storedSession(store, id)
      await store.sessions.end(ended.id, aTrail('session_ended'))

      await store.sessions.touch([
        { id: child.id, at: now + minuteMs },
        { id: root.id, at: now - 5 },
        { id: ended.id, at: now + minuteMs },
      ])

      expect((await find(child))?.seenAt).toBe(now + minuteMs)
      expect((await find(root))?.seenAt).toBe(now + minuteMs)
      expect(await find(ended)).toBeNull()
    })
  })

  describe('joining an application', () => {
    const child = () => {
      const id = sessionId()
      return { id, tokenHash: `token-of-${id}`, address: '198.51.100.9', agent: 'Chrome on Windows' }
    }
    const issue = async (about: Parameters<typeof aJoinCode>[1] = {}, of: Parameters<typeof aSession>[1] = {}) => {
      const { id } = await storedAccount(store)
      const root = await storedSession(store, id, of)
      const code = aJoinCode(root, about)
      await store.sessions.issueJoin(code)
      return { root, code, redemption: { ...code, at: now + 1000 } }
    }

    test('gives a child with the limits, proofs and owner of its root and a place of its own', async () => {
      const { root, redemption } = await issue()
      const fresh = child()

      const session = await store.sessions.redeemJoin(redemption, fresh)

      expect(session).toEqual({
        ...root,
        ...fresh,
        rootId: root.id,
        host: 'chat.example.com',
        openedAt: now + 1000,
        seenAt: now + 1000,
      })
      expect(await find(fresh)).toEqual(session)
    })

    test('works once', async () => {
      const { redemption } = await issue()
      await store.sessions.redeemJoin(redemption, child())
      const second = child()

      expect(await store.sessions.redeemJoin(redemption, second)).toBeNull()
      expect(await find(second)).toBeNull()
    })

    test('works for the browser and the host that it was made for, and in time', async () => {
      const { redemption } = await issue()

      expect(await store.sessions.redeemJoin({ ...redemption, bindingHash: 'other browser' }, child())).toBeNull()
      expect(await store.sessions.redeemJoin({ ...redemption, host: 'other.example.com' }, child())).toBeNull()
      expect(await store.sessions.redeemJoin({ ...redemption, codeHash: 'guessed' }, child())).toBeNull()
      expect(await store.sessions.redeemJoin({ ...redemption, at: now + minuteMs }, child())).toBeNull()
      expect(await store.sessions.redeemJoin(redemption, child())).not.toBeNull()
    })

    test('ends with the root', async () => {
      const { root, redemption } = await issue()

      await store.sessions.end(root.id, aTrail('session_ended'))

      expect(await store.sessions.redeemJoin(redemption, child())).toBeNull()
    })

    test('is refused when time has ended the root', async () => {
      const late = { expiresAt: now + 10 * dayMs }
      const idle = await issue(late, { idleMs: hourMs })
      const absolute = await issue(late, { absoluteEndsAt: now + hourMs })

      expect(await store.sessions.redeemJoin({ ...idle.redemption, at: now + 2 * hourMs }, child())).toBeNull()
      expect(await store.sessions.redeemJoin({ ...absolute.redemption, at: now + hourMs }, child())).toBeNull()
    })

    test('hangs on a root: no code is made for an ended session or a child', async () => {
      const { root } = await issue()
      const below = await storedChild(store, root)
      const fromChild = aJoinCode(below)
      const gone = await storedSession(store, root.accountId)
      await store.sessions.end(gone.id, aTrail('session_ended'))
      const fromGone = aJoinCode(gone)

      await store.sessions.issueJoin(fromChild)
      await store.sessions.issueJoin(fromGone)

      expect(await store.sessions.redeemJoin({ ...fromChild, at: now }, child())).toBeNull()
      expect(await store.sessions.redeemJoin({ ...fromGone, at: now }, child())).toBeNull()
    })
  })
}
