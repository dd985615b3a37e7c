import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import {
  aDevice,
  aFactor,
  aJoinCode,
  aKey,
  aNotice,
  anAttempt,
  anEntry,
  aSession,
  aTicket,
  aTrail,
  minuteMs,
  now,
  sessionId,
  storedAccount,
  storedSession,
} from '../contracts/samples.ts'
import { createTestClock } from '../support/test-clock.ts'
import { auditKey, tempFolder } from './temp-folder.ts'

// Two stores on one file, each with a thread of its own: what two gateway processes are to each other.

const rounds = 200
const callers = 50

describe('fifty callers over two stores on one file', () => {
  const folder = tempFolder()
  let left: SqliteStore
  let right: SqliteStore
  beforeAll(async () => {
    const open = () => openSqliteStore({ file: folder.file('race.db'), auditKey, clock: createTestClock() })
    ;[left, right] = await Promise.all([open(), open()])
  })
  afterAll(async () => {
    await Promise.all([left.close(), right.close()])
    folder[Symbol.dispose]()
  })

  /** How many of the callers won; half of them ask each store. */
  async function winners(
    act: (store: SqliteStore, caller: number) => Promise<unknown>,
    won: (answer: unknown) => boolean = Boolean,
  ): Promise<number> {
    const answers = await Promise.all(
      Array.from({ length: callers }, (_, caller) => act(caller % 2 === 0 ? left : right, caller)),
    )
    return answers.filter(won).length
  }

  test('one reset ticket is redeemed exactly once, with one audit row, one mail and the winner’s password', async () => {
    const { id } = await storedAccount(left)
    for (let round = 1; round <= rounds; round++) {
      const ticket = aTicket(id)
      await left.resetTickets.issue(ticket, aTrail('reset_mail_requested'))
      let winner = -1

      const won = await winners(async (store, caller) => {
        const redeemed = await store.resetTickets.redeem(
          { tokenHash: ticket.tokenHash, accountId: id, passwordHash: `${round}-${caller}`, at: now },
          aTrail('reset_completed', [aNotice({ to: `race-${round}@example.com` })], { accountId: id }),
        )
        if (redeemed) winner = caller
        return redeemed
      })

      expect(won).toBe(1)
      expect((await right.accounts.find(id))?.password?.hash).toBe(`${round}-${winner}`)
    }
    const completed = await left.audit.list({ accountId: id, limit: 100_000 })
    expect(completed.filter(row => row.entry.event === 'reset_completed')).toHaveLength(rounds)
    const mails = await left.outbox.list('all', 100_000)
    expect(mails.filter(mail => mail.notice.to.startsWith('race-'))).toHaveLength(rounds)
  })

  test('one TOTP step is used exactly once', async () => {
    const factor = aFactor()
    await storedAccount(left, { factors: [factor] })
    for (let step = 1; step <= rounds; step++) {
      expect(await winners(store => store.factors.useStep(factor.id, step))).toBe(1)
    }
  })

  test('one join code is redeemed exactly once', async () => {
    const { id } = await storedAccount(left)
    const root = await storedSession(left, id)
    for (let round = 1; round <= rounds; round++) {
      const code = aJoinCode(root)
      await left.sessions.issueJoin(code)

      const won = await winners(store => {
        const child = sessionId()
        return store.sessions.redeemJoin(
          { ...code, at: now },
          { id: child, tokenHash: `token-of-${child}`, address: '192.0.2.1', agent: 'x' },
        )
      })

      expect(won).toBe(1)
    }
  })

  test('one attempt opens exactly one session', async () => {
    const { id } = await storedAccount(left)
    for (let round = 1; round <= 10; round++) {
      const attempt = anAttempt(id)
      await left.attempts.start(attempt, aTrail('sign_in_challenged'))

      const won = await winners(store =>
        store.sessions.open(aSession(id), aDevice(id), attempt.id, aTrail('session_opened')),
      )

      expect(won).toBe(1)
    }
    expect(await left.sessions.listOf(id)).toHaveLength(10)
  })

  test('one e-mailed code is used exactly once', async () => {
    const { id } = await storedAccount(left)
    const attempt = anAttempt(id)
    await left.attempts.start(attempt, aTrail('sign_in_challenged'))
    for (let round = 1; round <= 10; round++) {
      const code = { hash: `code-${round}`, expiresAt: now + minuteMs }
      await left.attempts.keepEmailCode(attempt.id, code, aTrail('sign_in_challenged'))

      expect(await winners(store => store.attempts.useEmailCode(attempt.id, code.hash, now))).toBe(1)
    }
  })

  test('one account is flagged exactly once', async () => {
    const { id } = await storedAccount(left)
    for (let round = 1; round <= 10; round++) {
      const flag = { reason: 'campaign', at: now, by: 'mika', since: null }

      const won = await winners(
        store => store.accounts.markForReset(id, flag, aTicket(id), aTrail('reset_required')),
        answer => answer === 'flagged',
      )

      expect(won).toBe(1)
      await left.accounts.withdrawReset(id, aTrail('reset_withdrawn'))
    }
  })

  test('parallel tries at a code never share a number', async () => {
    const { id } = await storedAccount(left)
    const attempt = anAttempt(id)
    await left.attempts.start(attempt, aTrail('sign_in_challenged'))

    const first = await winners(
      store => store.attempts.countTry(attempt.id),
      answer => Number(answer) <= 5,
    )

    expect(first).toBe(5)
  })

  test('each mail is claimed by exactly one worker', async () => {
    for (let i = 0; i < 60; i++) await left.outbox.add(aNotice({ to: `claim-${i}@example.com` }), now - 1)
    const claimed: number[] = []

    for (let round = 0; round < 4; round++)
      await winners(async (store, caller) => {
        const mails = await store.outbox.claim(`w-${caller}`, now, now + minuteMs, 3)
        claimed.push(...mails.map(mail => mail.id))
      })

    expect(claimed.length).toBeGreaterThanOrEqual(60)
    expect(new Set(claimed).size).toBe(claimed.length)
  })

  test('two processes that begin with keys at once share the same ones', async () => {
    const [mine, theirs] = await Promise.all([
      left.keys.begin([aKey('current'), aKey('next')]),
      right.keys.begin([aKey('current'), aKey('next')]),
    ])

    expect(mine).toEqual(theirs)
    expect(mine.map(key => key.state).toSorted()).toEqual(['current', 'next'])
  })

  test('the audit trail of both is one chain without a gap', async () => {
    await winners(store => store.audit.append(anEntry('policies_loaded')))

    const [seenLeft, seenRight] = [await left.audit.verify(), await right.audit.verify()]

    expect(seenLeft.brokenAt).toBeNull()
    expect(seenRight).toEqual(seenLeft)
  })
})
