import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Campaign, CampaignStart, PlannedPerson } from '../../src/incident/campaign.ts'
import type { CampaignMove, FlagBatch } from '../../src/incident/campaign-store.ts'
import type { OutboxMail } from '../../src/notices/outbox-store.ts'
import type { Account } from '../../src/people/account.ts'
import { type DurablePorts, heardDuring, type OpenStore } from './ports.ts'
import {
  aFactor,
  aNotice,
  anAttempt,
  anEntry,
  aTicket,
  aTrail,
  dayMs,
  hourMs,
  minuteMs,
  now,
  storedAccount,
  storedChild,
  storedSession,
  unique,
} from './samples.ts'

export function describeCampaigns(open: OpenStore): void {
  describe('reset campaigns', () => {
    let store: DurablePorts
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    // Typed as three, because tests take the first ones by name and make as many as they name.
    const people = async (count: 1 | 2 | 3) => {
      const made = Array.from({ length: count }, () => storedAccount(store))
      return (await Promise.all(made)) as unknown as readonly [Account, Account, Account]
    }
    // As many as were asked for are due.
    const claimThree = async (at: number) =>
      (await store.outbox.claim('mailer', at, at + minuteMs, 3)) as unknown as readonly [
        OutboxMail,
        OutboxMail,
        OutboxMail,
      ]
    const running = async (accounts: readonly Account[], start: Partial<CampaignStart> = {}) => {
      const id = await plannedCampaign(store, accounts)
      await store.campaigns.start(id, { ...aStart, ...start }, 'digest', anEntry('campaign_started'))
      await store.campaigns.claim('worker', now, now + minuteMs)
      return id
    }
    const flagAll = (id: string, accounts: readonly Account[], about: Partial<FlagBatch> = {}) =>
      store.campaigns.flag(aFlagBatch(id, accounts, about))
    const ledger = (id: string) => store.campaigns.people(id, 0, 1_000)

    test('a batch flags each person once, with one mail, one audit row and one row of the ledger', async () => {
      const accounts = await people(3)
      const id = await running(accounts)

      expect(await flagAll(id, accounts)).toBe(true)
      expect(await flagAll(id, accounts)).toBe(false) // the checkpoint has moved: a batch that comes twice is done once

      for (const { id: accountId } of accounts) {
        expect((await store.accounts.find(accountId))?.reset).toMatchObject({
          reason: 'passwords leaked',
          by: `campaign ${id}`,
        })
        const rows = await store.audit.list({ accountId, limit: 10 })
        expect(rows.filter(({ entry }) => entry.event === 'reset_required')).toHaveLength(1)
      }
      expect(await store.outbox.list('queued', 10)).toHaveLength(3)
      expect(await ledger(id)).toMatchObject(
        accounts.map(account => ({
          accountId: account.id,
          state: 'flagged',
          mails: [{ state: 'queued', kind: 'first' }],
        })),
      )
      expect((await store.campaigns.find(id))?.done).toMatchObject({ flagged: 3, already: 0, skipped: 0 })
      expect(await store.audit.verify()).toMatchObject({ brokenAt: null })
    })

    test('sessions with their children, attempts and tickets end with the flag, and each is announced', async () => {
      const [account] = await people(1)
      const root = await storedSession(store, account.id)
      const child = await storedChild(store, root)
      await store.attempts.start(anAttempt(account.id), aTrail('sign_in_challenged'))
      const ticket = aTicket(account.id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))
      const id = await running([account])

      const heard = await heardDuring(store, () => flagAll(id, [account]))

      expect(heard).toEqual(
        expect.arrayContaining([
          { kind: 'account', id: account.id },
          { kind: 'session', id: root.id },
          { kind: 'session', id: child.id },
        ]),
      )
      expect(await store.sessions.listOf(account.id)).toEqual([])
      expect(await store.resetTickets.find(ticket.tokenHash, now)).toBeNull()
      expect(await ledger(id)).toMatchObject([{ sessionsEnded: 1 }])
      const [row] = (await store.audit.list({ accountId: account.id, limit: 10 })).slice(-1)
      expect(row?.entry.facts).toMatchObject({ sessionsEnded: 1 })
    })

    test('second factors added since the compromise are set aside, also behind a flag that stood before', async () => {
      const [fresh, flagged] = await people(2)
      for (const account of [fresh, flagged]) {
        await store.factors.add(account.id, aFactor({ addedAt: now - dayMs }), aTrail('factor_added'))
        await store.factors.add(account.id, aFactor({ addedAt: now - minuteMs }), aTrail('factor_added'))
      }
      const flag = { reason: 'by hand', at: now - 1, by: 'operator mika', since: null }
      await store.accounts.markForReset(flagged.id, flag, null, aTrail('reset_required'))
      const id = await running([fresh, flagged], { since: now - hourMs })

      await flagAll(id, [fresh, flagged], { flag: { reason: 'x', at: now, by: `campaign ${id}`, since: now - hourMs } })

      for (const account of [fresh, flagged])
        expect((await store.accounts.find(account.id))?.factors.map(factor => factor.setAsideAt === null)).toEqual([
          true,
          false,
        ])
      expect((await store.accounts.find(flagged.id))?.reset).toMatchObject({ reason: 'by hand', since: now - hourMs })
    })

    test('a person in two campaigns is flagged and mailed once, and stands in both ledgers', async () => {
      const accounts = await people(2)
      const [shared] = accounts
      const first = await running(accounts)
      await flagAll(first, accounts)
      await store.campaigns.finish(first, 'worker', anEnd(2), anEntry('campaign_finished'))
      const second = await running([shared])

      await flagAll(second, [shared])

      expect(await ledger(second)).toMatchObject([{ state: 'already', byCampaign: first, mails: [] }])
      expect(await store.outbox.list('all', 10)).toHaveLength(2)
      expect((await store.campaigns.find(second))?.done).toMatchObject({ flagged: 0, already: 1 })
    })

    test('of fifty processes that ask at once one gets the campaign, until its lease is over', async () => {
      const id = await plannedCampaign(store, await people(1))
      await store.campaigns.start(id, aStart, 'digest', anEntry('campaign_started'))

      const claims = await Promise.all(
        Array.from({ length: 50 }, (_, i) => store.campaigns.claim(`worker-${i}`, now, now + minuteMs)),
      )

      expect(claims.filter(each => each !== null)).toHaveLength(1)
      expect(await store.campaigns.claim('late', now + minuteMs - 1, now + hourMs)).toBeNull()
      expect((await store.campaigns.claim('late', now + minuteMs, now + hourMs))?.id).toBe(id)
    })

    test('whoever was followed by another process writes nothing any more', async () => {
      const accounts = await people(1)
      const id = await running(accounts)
      await store.campaigns.claim('other', now + hourMs, now + 2 * hourMs)

      expect(await flagAll(id, accounts)).toBe(false)

      expect((await store.accounts.find(accounts[0].id))?.reset).toBeNull()
      expect(await store.outbox.list('all', 10)).toEqual([])
    })

    test('a paused and an aborted campaign flag nobody more; a resumed one goes on where it was', async () => {
      const accounts = await people(2)
      const [one, two] = accounts
      const id = await running(accounts)
      await flagAll(id, [one], { position: 1 })
      const move = (about: Partial<CampaignMove>) =>
        store.campaigns.move(id, { ...aMove, ...about }, anEntry('campaign_paused'))

      await move({ from: ['running'], to: 'paused', task: 'flag' })
      expect(await flagAll(id, [two], { after: 1, position: 2 })).toBe(false)
      await move({ from: ['paused'], to: 'running', task: 'flag' })
      expect(await flagAll(id, [two], { after: 1, position: 2 })).toBe(true)
      expect(await move({ from: ['running'], to: 'aborted', task: null, anew: true })).toBe(true)

      expect(await flagAll(id, [two], { after: 2, position: 3 })).toBe(false)
      expect(await move({ from: ['running'], to: 'paused', task: 'flag' })).toBe(false)
      expect((await store.campaigns.find(id))?.done.flagged).toBe(2)
    })

    test('a ticket that is redeemed marks the ledgers of all campaigns, in its own transaction', async () => {
      const [account] = await people(1)
      const [first, second] = [await running([account]), await plannedCampaign(store, [account])]
      await flagAll(first, [account])
      await store.campaigns.finish(first, 'worker', anEnd(1), anEntry('campaign_finished'))
      await store.campaigns.start(second, { ...aStart, at: now + 1 }, 'digest', anEntry('campaign_started'))
      await store.campaigns.claim('worker', now, now + minuteMs)
      await flagAll(second, [account])
      const ticket = aTicket(account.id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))

      const redemption = { tokenHash: ticket.tokenHash, accountId: account.id, passwordHash: 'new', at: now + 5 }
      await store.resetTickets.redeem(redemption, aTrail('reset_completed'))

      for (const id of [first, second]) {
        expect(await ledger(id)).toMatchObject([{ resetAt: now + 5 }])
        expect((await store.campaigns.tally(id)).resetDone).toBe(1)
      }
    })

    test('the ledger keeps what became of each mail: sent, failed with the answer, ambiguous', async () => {
      const accounts = await people(3)
      const id = await running(accounts)
      await flagAll(id, accounts)
      const [sent, failed, lost] = await claimThree(now)

      await store.outbox.finish(sent.id, 'mailer', { kind: 'sent', at: now, answer: '250 ok' })
      await store.outbox.finish(failed.id, 'mailer', { kind: 'failed', at: now, answer: '550 no such user' })
      await store.outbox.markHandedOver(lost.id, 'mailer', now)
      await store.outbox.claim('next', now + minuteMs, now + hourMs, 1)
      await store.sweep(now + 40 * dayMs)

      expect((await store.campaigns.tally(id)).mails.first).toEqual({
        queued: 0,
        sent: 1,
        failed: 1,
        ambiguous: 1,
        withdrawn: 0,
      })
      const fates = (await ledger(id)).flatMap(row => row.mails.map(({ state, answer }) => [state, answer]))
      expect(fates).toEqual(
        expect.arrayContaining([
          ['failed', '550 no such user'],
          ['sent', '250 ok'],
        ]),
      )
      expect(await store.outbox.list('all', 10)).toEqual([])
    })

    test('mails that nobody waits for never stand in front of others', async () => {
      const accounts = await people(3)
      const id = await running(accounts)
      await flagAll(id, accounts)
      await store.outbox.add(aNotice({ to: 'waiting@example.com' }), now + 1)

      const [first, ...others] = await claimThree(now + 1)

      expect(first.notice.to).toBe('waiting@example.com')
      expect(others).toHaveLength(2)
    })

    test('a withdrawal lifts what nobody has acted on, keeps waiting mails, and leaves what another campaign wants', async () => {
      const accounts = await people(3)
      const [done, open, wanted] = accounts
      const id = await running(accounts)
      await store.factors.add(open.id, aFactor({ addedAt: now }), aTrail('factor_added'))
      await flagAll(id, accounts, { flag: { ...aFlagBatch(id, []).flag, since: now - hourMs } })
      await store.campaigns.finish(id, 'worker', anEnd(3), anEntry('campaign_finished'))
      const other = await running([wanted])
      await flagAll(other, [wanted])
      const ticket = aTicket(done.id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))
      const redemption = { tokenHash: ticket.tokenHash, accountId: done.id, passwordHash: 'new', at: now }
      await store.resetTickets.redeem(redemption, aTrail('reset_completed'))
      await store.campaigns.finish(other, 'worker', anEnd(1), anEntry('campaign_finished'))

      await store.campaigns.move(
        id,
        { ...aMove, from: ['finished'], to: 'aborted', task: 'withdraw', anew: true },
        anEntry('campaign_aborted'),
      )
      await store.campaigns.claim('worker', now, now + minuteMs)
      const query = { task: 'withdraw', after: 0, limit: 10, mailedBefore: 0, includeAmbiguous: false } as const
      const next = await store.campaigns.next(id, query)
      const withdrawn = next.map(({ account }) => ({
        accountId: account.id,
        audit: anEntry('reset_withdrawn', { accountId: account.id }),
      }))
      await store.campaigns.withdraw({ ...aTurn(id), position: 3, flaggedBy: `campaign ${id}`, people: withdrawn })

      expect(next.map(({ account }) => account.id)).toEqual([open.id, wanted.id])
      const lifted = await store.accounts.find(open.id)
      expect(lifted?.reset).toBeNull()
      expect(lifted?.factors[0]?.setAsideAt).toBeNull()
      expect((await store.accounts.find(wanted.id))?.reset).not.toBeNull()
      expect(await ledger(id)).toMatchObject([
        { resetAt: now, withdrawnAt: null },
        { withdrawnAt: now, mails: [{ state: 'withdrawn' }] },
        { withdrawnAt: null, mails: [{ state: 'queued' }] },
      ])
      const taken = await store.outbox.claim('mailer', now, now + minuteMs, 10)
      expect(taken.map(({ notice }) => notice.to).toSorted()).toEqual([done.email, wanted.email].toSorted())
    })

    test('reminders go to those who have not acted, a day after the last mail, and to ambiguous ones only when asked', async () => {
      const accounts = await people(3)
      const [sent, lost, failed] = accounts
      const id = await running(accounts)
      await flagAll(id, accounts)
      const mails = await store.outbox.claim('mailer', now, now + minuteMs, 3)
      const outcomes = new Map([
        [sent.email, 'sent'],
        [lost.email, 'ambiguous'],
        [failed.email, 'failed'],
      ] as const)
      for (const mail of mails)
        await store.outbox.finish(mail.id, 'mailer', {
          kind: outcomes.get(mail.notice.to) ?? 'sent',
          at: now,
          answer: '',
        })
      await store.campaigns.finish(id, 'worker', anEnd(3), anEntry('campaign_finished'))
      const due = async (at: number, includeAmbiguous: boolean) => {
        const query = { task: 'remind', after: 0, limit: 10, mailedBefore: at - dayMs, includeAmbiguous } as const
        return (await store.campaigns.next(id, query)).map(({ account }) => account.id)
      }

      expect(await due(now + dayMs - 1, true)).toEqual([])
      expect(await due(now + dayMs, false)).toEqual([sent.id, failed.id])
      expect(await due(now + dayMs, true)).toEqual([sent.id, lost.id, failed.id])
      await store.campaigns.move(
        id,
        { ...aMove, from: ['finished'], to: 'finished', task: 'remind', anew: true },
        anEntry('campaign_reminded'),
      )
      await store.campaigns.claim('worker', now + dayMs, now + 2 * dayMs)
      const batch = {
        ...aTurn(id),
        at: now + dayMs,
        mailedBefore: now,
        people: [{ accountId: sent.id, notice: aNotice({ to: sent.email }) }],
      }
      await store.campaigns.remind(batch)

      expect(await due(now + dayMs, false)).toEqual([failed.id])
      const ticket = aTicket(failed.id)
      await store.resetTickets.issue(ticket, aTrail('reset_mail_requested'))
      const redemption = { tokenHash: ticket.tokenHash, accountId: failed.id, passwordHash: 'new', at: now }
      await store.resetTickets.redeem(redemption, aTrail('reset_completed'))
      const late = [{ accountId: failed.id, notice: aNotice({ to: failed.email }) }]
      expect(await store.campaigns.remind({ ...batch, after: 1, position: 3, people: late })).toBe(true)
      expect(await store.outbox.list('queued', 10, [failed.email]), 'acted since the page was read').toEqual([])
      expect((await store.campaigns.find(id))?.done.reminded).toBe(1)
    })

    test('a list is frozen: nothing is added to a plan, and another digest does not start it', async () => {
      const accounts = await people(2)
      const id = await plannedCampaign(store, accounts.slice(0, 1))

      await store.campaigns.addPeople(id, [{ place: 2, accountId: accounts[1].id, excluded: null }])

      expect(await ledger(id)).toHaveLength(1)
      expect(await store.campaigns.start(id, aStart, 'another', anEntry('campaign_started'))).toBe(false)
      expect(await store.campaigns.start(id, aStart, 'digest', anEntry('campaign_started'))).toBe(true)
      expect(await store.campaigns.start(id, aStart, 'digest', anEntry('campaign_started'))).toBe(false)
    })

    test('drafts whose process died and plans that nobody started are forgotten, started ones never', async () => {
      const accounts = await people(2)
      const draft = unique('plan')
      await store.campaigns.begin({ id: draft, selection: aSelection, plannedAt: now, plannedBy: 'mika' })
      await store.campaigns.addPeople(draft, listOf(accounts))
      const [plan, started] = [await plannedCampaign(store, accounts), await running(accounts)]

      await store.sweep(now + 31 * dayMs)

      expect(await ledger(draft)).toEqual([])
      expect(await store.campaigns.find(plan)).toBeNull()
      expect(await ledger(started)).toHaveLength(2)
    })

    test('connections that were cut are counted for people who were flagged just now', async () => {
      const accounts = await people(2)
      const id = await running(accounts)
      await flagAll(id, accounts.slice(0, 1), { position: 1 })

      await store.campaigns.countCuts(
        accounts.map(account => ({ accountId: account.id, count: 2 })),
        now - minuteMs,
      )
      await store.campaigns.countCuts([{ accountId: accounts[0].id, count: 7 }], now + 1)

      expect((await ledger(id)).map(row => row.socketsCut)).toEqual([2, 0])
      expect((await store.campaigns.find(id))?.done.socketsCut).toBe(2)
    })
  })
}

const aSelection: Campaign['selection'] = {
  match: 'any',
  everyone: true,
  addresses: null,
  organizations: [],
  signedIn: null,
  passwordLeaked: false,
  held: false,
}
const aStart: CampaignStart = { at: now, by: 'mika', approvedBy: 'rin', reason: 'passwords leaked', since: null }
const aMove: CampaignMove = { from: [], to: 'running', task: null, anew: false, includeAmbiguous: false, at: now }
const counts = { selected: 0, chosen: 0, alreadyFlagged: 0, suspended: 0, excluded: { sso: 0, invited: 0, deleted: 0 } }

function listOf(accounts: readonly Account[]): readonly PlannedPerson[] {
  return accounts.map(({ id }, i) => ({ place: i + 1, accountId: id, excluded: null }))
}

async function plannedCampaign(store: DurablePorts, accounts: readonly Account[]): Promise<string> {
  const id = unique('plan')
  await store.campaigns.begin({ id, selection: aSelection, plannedAt: now, plannedBy: 'mika' })
  await store.campaigns.addPeople(id, listOf(accounts))
  await store.campaigns.freeze(id, { digest: 'digest', counts }, anEntry('campaign_planned'))
  return id
}

function aTurn(campaignId: string) {
  return { campaignId, worker: 'worker', after: 0, position: 1, at: now, leaseUntil: now + minuteMs, busyMs: 1 }
}

function anEnd(position: number) {
  return { task: 'flag', position, at: now, busyMs: 1 } as const
}

function aFlagBatch(id: string, accounts: readonly Account[], about: Partial<FlagBatch> = {}): FlagBatch {
  return {
    ...aTurn(id),
    position: accounts.length,
    flag: { reason: 'passwords leaked', at: now, by: `campaign ${id}`, since: null },
    people: accounts.map(account => ({
      accountId: account.id,
      notice: aNotice({ to: account.email }),
      audit: anEntry('reset_required', { accountId: account.id }),
    })),
    skipped: [],
    ...about,
  }
}
