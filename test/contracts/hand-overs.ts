import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Actor } from '../../src/journal/audit.ts'
import type { HandOver } from '../../src/people/hand-over.ts'
import type { AccountId } from '../../src/policy/facts.ts'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import {
  aFactor,
  anAttempt,
  anEntry,
  aTicket,
  aTrail,
  dayMs,
  hourMs,
  minuteMs,
  now,
  storedAccount,
  storedSession,
  unique,
} from './samples.ts'

const administrator: Actor = { kind: 'account', id: 'administrator-1' }
const triesMax = 5

export function describeHandOvers(open: OpenStore): void {
  describe('hand-over codes', () => {
    let store: DurablePorts
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const aHandOver = (accountId: AccountId, about: Partial<HandOver> = {}): HandOver => ({
      accountId,
      codeHash: unique('hand-over'),
      by: administrator,
      reason: 'the mailbox is lost',
      issuedAt: now,
      expiresAt: now + 30 * minuteMs,
      ...about,
    })
    const issue = (handOver: HandOver) =>
      store.handOverCodes.issue(
        handOver,
        now - dayMs,
        aTrail('hand_over_issued', [], { accountId: handOver.accountId }),
      )
    const issued = async (about: Partial<HandOver> = {}) => {
      const account = await storedAccount(store)
      const handOver = aHandOver(account.id, about)
      expect(await issue(handOver)).toBe('issued')
      return { account, handOver }
    }
    const refused = () => aTrail('hand_over_refused')
    const present = ({ accountId, codeHash }: Pick<HandOver, 'accountId' | 'codeHash'>, at = now) =>
      store.handOverCodes.present({ accountId, codeHash, at, triesMax }, refused())
    const redeem = (
      { accountId, codeHash }: Pick<HandOver, 'accountId' | 'codeHash'>,
      passwordHash = 'new',
      at = now,
    ) =>
      store.handOverCodes.redeem({ accountId, codeHash, passwordHash, at }, aTrail('hand_over_used', [], { accountId }))
    const live = ({ accountId, codeHash }: HandOver) => store.handOverCodes.find(accountId, codeHash, now)

    test('the account’s own code is right until its time is over, and a look does not use it up', async () => {
      const { handOver } = await issued()
      const { account: other } = await issued()

      expect(await present(handOver)).toBe(true)
      expect(await present(handOver)).toBe(true)
      expect(await live(handOver)).toEqual(handOver)
      expect(await present({ ...handOver, accountId: other.id })).toBe(false)
      expect(await present(handOver, handOver.expiresAt)).toBe(false)
      expect(await store.handOverCodes.find(handOver.accountId, handOver.codeHash, handOver.expiresAt)).toBe(null)
    })

    test('an account has one live code: a newer one ends the one before', async () => {
      const { account, handOver } = await issued()
      const newer = aHandOver(account.id)

      await issue(newer)

      expect(await present(handOver)).toBe(false)
      expect(await present(newer)).toBe(true)
    })

    test('the fifth wrong code ends the right one, each leaves its audit row, also where fifty come at once', async () => {
      const { handOver } = await issued()

      const looks = await Promise.all(
        Array.from({ length: 50 }, (_, i) => present({ ...handOver, codeHash: `wrong-${i}` })),
      )

      expect(looks).toEqual(looks.map(() => false))
      expect(await present(handOver)).toBe(false)
      const rows = await store.audit.list({ limit: 1_000 })
      expect(rows.filter(({ entry }) => entry.event === 'hand_over_refused')).toHaveLength(51)
    })

    test('four wrong codes leave the right one', async () => {
      const { handOver } = await issued()

      for (let i = 0; i < triesMax - 1; i++) await present({ ...handOver, codeHash: 'wrong' })

      expect(await present(handOver)).toBe(true)
    })

    test('tries of the second factor are counted one by one, whatever attempt they are made in', async () => {
      const { handOver } = await issued()

      const counted = await Promise.all(
        [1, 2, 3].map(() => store.handOverCodes.countTry(handOver.accountId, handOver.codeHash, now)),
      )

      expect(new Set(counted)).toEqual(new Set([1, 2, 3]))
      expect(await store.handOverCodes.end(handOver.accountId, handOver.codeHash, refused())).toBe(true)
      expect(await store.handOverCodes.end(handOver.accountId, handOver.codeHash, refused())).toBe(false)
      expect(await store.handOverCodes.countTry(handOver.accountId, handOver.codeHash, now)).toBe(null)
    })

    test('of fifty who redeem a code at once, one wins: its password stands, and everything that stood on the old one has ended', async () => {
      const { account, handOver } = await issued()
      await store.accounts.markForReset(
        account.id,
        { reason: 'test', at: now, by: 'operator mika', since: null },
        null,
        aTrail('reset_required'),
      )
      await issue(handOver) // the flag has ended the code before
      const session = await storedSession(store, account.id)
      const attempt = anAttempt(account.id)
      await store.attempts.start(attempt, aTrail('sign_in_challenged'))
      const ticket = aTicket(account.id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))

      let outcomes: readonly boolean[] = []
      const heard = await heardDuring(store, async () => {
        outcomes = await Promise.all(Array.from({ length: 50 }, (_, i) => redeem(handOver, `hash-${i}`)))
      })

      expect(outcomes.filter(Boolean)).toHaveLength(1)
      const after = await store.accounts.find(account.id)
      expect(after?.password?.hash).toBe(`hash-${outcomes.indexOf(true)}`)
      expect(after?.reset).toBe(null)
      expect(await store.sessions.findByTokenHash(session.tokenHash)).toBe(null)
      expect(await store.attempts.findByTokenHash(attempt.tokenHash)).toBe(null)
      expect(await store.resetTickets.find(ticket.tokenHash, now)).toBe(null)
      expect(heard).toContainEqual({ kind: 'session', id: session.id })
      const rows = await store.audit.list({ limit: 1_000 })
      expect(rows.filter(({ entry }) => entry.event === 'hand_over_used')).toHaveLength(1)
    })

    test('neither a wrong code, nor one that is too old, nor another account’s sets a password', async () => {
      const { account, handOver } = await issued()
      const { account: other } = await issued()

      expect(await redeem({ ...handOver, codeHash: 'wrong' })).toBe(false)
      expect(await redeem({ ...handOver, accountId: other.id })).toBe(false)
      expect(await redeem(handOver, 'new', handOver.expiresAt)).toBe(false)

      expect((await store.accounts.find(account.id))?.password?.hash).toBe(account.password?.hash)
      expect((await store.accounts.find(other.id))?.password?.hash).toBe(other.password?.hash)
    })

    test('any change of the account’s credentials or state ends its code', async () => {
      const factor = aFactor()
      const changes: Record<string, (id: AccountId) => Promise<unknown>> = {
        'a factor is added': id => store.factors.add(id, aFactor(), aTrail('factor_added')),
        'a factor is removed': async id => {
          await store.factors.add(id, factor, aTrail('factor_added'))
          await issue(aHandOver(id, { codeHash: 'again' }))
          await store.factors.remove(id, factor.id, aTrail('factor_removed'))
        },
        'a reset is required': id =>
          store.accounts.markForReset(
            id,
            { reason: 'test', at: now, by: 'operator mika', since: null },
            null,
            aTrail('reset_required'),
          ),
        'it is suspended': id => store.accounts.setState(id, 'suspended', aTrail('account_suspended')),
        'it is deleted': id => store.accounts.setState(id, 'deleted', aTrail('account_suspended')),
      }
      for (const [name, change] of Object.entries(changes)) {
        const { account, handOver } = await issued()
        await change(account.id)
        expect([name, await live({ ...handOver, codeHash: 'again' }), await live(handOver)]).toEqual([name, null, null])
      }
    })

    test('a reset mail that anybody may ask for leaves the code as it is', async () => {
      const { account, handOver } = await issued()

      await store.resetTickets.issue(aTicket(account.id), aTrail('reset_mail_requested'))

      expect(await live(handOver)).toEqual(handOver)
    })

    test('only an open account gets a code', async () => {
      for (const state of ['invited', 'suspended', 'deleted'] as const) {
        const account = await storedAccount(store, { state })
        expect([state, await issue(aHandOver(account.id))]).toEqual([state, 'gone'])
      }
    })

    describe('whoever weakened the second factors of an account within a day issues no code for it:', () => {
      const acted = (event: 'factor_removed' | 'reset_required', about: object) =>
        store.audit.append({ ...anEntry(event), ...about })
      const outcomeFor = async (by: Actor, acts: (id: AccountId) => readonly Promise<void>[]) => {
        const account = await storedAccount(store)
        await Promise.all(acts(account.id))
        return issue(aHandOver(account.id, { by }))
      }
      const hourAgo = { at: now - hourMs, actor: administrator }
      const operator: Actor = { kind: 'operator', id: 'mika' }

      test.each([
        ['removed one', (accountId: AccountId) => acted('factor_removed', { ...hourAgo, accountId }), 'weakened'],
        [
          'set some aside by a reset',
          (accountId: AccountId) => acted('reset_required', { ...hourAgo, accountId, facts: { since: now - dayMs } }),
          'weakened',
        ],
        [
          'required a reset that left them alone',
          (accountId: AccountId) => acted('reset_required', { ...hourAgo, accountId, facts: { since: null } }),
          'issued',
        ],
        [
          'removed one a day ago',
          (accountId: AccountId) => acted('factor_removed', { ...hourAgo, at: now - dayMs, accountId }),
          'issued',
        ],
        [
          'is another administrator than who removed it',
          (accountId: AccountId) =>
            acted('factor_removed', { ...hourAgo, actor: { kind: 'account', id: 'another' }, accountId }),
          'issued',
        ],
        [
          'removed one of another account',
          () => acted('factor_removed', { ...hourAgo, accountId: 'another' }),
          'issued',
        ],
      ])('%s', async (_, act, expected) => {
        expect(await outcomeFor(administrator, id => [act(id)])).toBe(expected)
      })

      test('an operator under whatever name', async () => {
        const removed = (accountId: AccountId) => [
          acted('factor_removed', { at: now - hourMs, actor: operator, accountId }),
        ]
        expect(await outcomeFor({ kind: 'operator', id: 'token:somebody' }, removed)).toBe('weakened')
      })
    })

    test('what is too old is swept away', async () => {
      const { handOver } = await issued()

      await store.sweep(handOver.expiresAt)

      expect(await store.handOverCodes.find(handOver.accountId, handOver.codeHash, now)).toBe(null)
    })
  })
}
