import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { MailState } from '../../src/notices/outbox-store.ts'
import type { DurablePorts, OpenStore } from './ports.ts'
import { aNotice, aTrail, dayMs, minuteMs, now, storedAccount } from './samples.ts'

const lease = now + minuteMs

export function describeOutbox(open: OpenStore): void {
  describe('the outbox', () => {
    let store: DurablePorts
    let before = 0
    beforeAll(async () => {
      store = await open()
    })
    beforeEach(async () => {
      before = (await store.outbox.list('all', 1))[0]?.id ?? 0
    })
    // Nothing that one test left waiting is due in the next.
    afterEach(async () => {
      const left = await store.outbox.claim('cleaner', now + 365 * dayMs, now + 366 * dayMs, 1000)
      for (const mail of left)
        await store.outbox.finish(mail.id, 'cleaner', { kind: 'failed', at: now, answer: 'cleaned' })
    })
    afterAll(() => store.close())

    const claim = (worker: string, at = now, limit = 10) => store.outbox.claim(worker, at, at + minuteMs, limit)
    const one = async () => {
      const notice = aNotice({ kind: 'reset_ticket', facts: { ticketUrl: 'https://auth.example.com/reset#secret' } })
      await store.outbox.add(notice, now)
      const [mail] = await claim('w1')
      if (mail === undefined) throw new Error('nothing was claimed')
      return mail
    }
    const listed = async (state: MailState | 'all') =>
      (await store.outbox.list(state, 1000)).filter(mail => mail.id > before)
    const states = async () => (await listed('all')).map(mail => mail.state)

    test('several are handed over and finished together, each judged for itself', async () => {
      for (const _ of [1, 2, 3]) await store.outbox.add(aNotice(), now)
      const mails = await store.outbox.claim('w1', now, lease, 10)
      const ids = mails.map(({ id }) => id)
      const [first = 0, second = 0, third = 0] = ids
      await store.outbox.finish(third, 'w1', { kind: 'retry', nextAt: lease, answer: '451' })

      expect(await store.outbox.markAllHandedOver(ids, 'w2', now)).toEqual([])
      expect((await store.outbox.markAllHandedOver(ids, 'w1', now)).toSorted(ascending)).toEqual(
        [first, second].toSorted(ascending),
      )
      await store.outbox.finishAll('w1', [
        { id: first, outcome: { kind: 'sent', at: now, answer: '250' } },
        { id: second, outcome: { kind: 'failed', at: now, answer: '550' } },
        { id: third, outcome: { kind: 'sent', at: now, answer: 'not handed over' } },
      ])

      const fates = (await listed('all')).map(({ id, state }): [number, MailState] => [id, state])
      expect(new Map(fates)).toEqual(
        new Map([
          [first, 'sent'],
          [second, 'failed'],
          [third, 'queued'],
        ]),
      )
    })

    test('gives a due notice to one worker, whole and byte for byte', async () => {
      const notice = aNotice({ to: 'Älice+x@Example.COM', language: 'ja', facts: { name: '亜紀', at: now } })
      await store.outbox.add(notice, now)

      const first = await claim('w1')
      const second = await claim('w2')

      expect(first).toMatchObject([
        { notice, state: 'claimed', tries: 1, createdAt: now, nextAt: now, lastAnswer: null },
      ])
      expect(second).toEqual([])
    })

    test('gives the oldest first, no more than asked for, and none before its time', async () => {
      const [a, b, c] = [aNotice(), aNotice(), aNotice()]
      await store.outbox.add(b, now + 1)
      await store.outbox.add(a, now)
      await store.outbox.add(c, now + 2)

      expect((await claim('w1', now + 1, 2)).map(mail => mail.notice)).toEqual([a, b])
      expect(await claim('w1', now + 1)).toEqual([])
    })

    test('commits notices with the change that they speak of', async () => {
      const notices = [aNotice(), aNotice()]
      const { id } = await storedAccount(store)

      await store.accounts.setState(id, 'suspended', aTrail('account_suspended', notices))

      expect((await claim('w1')).map(mail => mail.notice)).toEqual(notices)
    })

    test('a claim whose lease ran out is due again; nothing had been handed over', async () => {
      const mail = await one()

      expect(await claim('w2', lease - 1)).toEqual([])
      expect(await claim('w2', lease)).toMatchObject([{ id: mail.id, tries: 2 }])
      expect(await store.outbox.markHandedOver(mail.id, 'w1', lease)).toBe(false)
    })

    test('a mail that was handed over and never answered is ambiguous, and never sent by itself again', async () => {
      const mail = await one()
      expect(await store.outbox.markHandedOver(mail.id, 'w1', now)).toBe(true)

      expect(await claim('w2', lease)).toEqual([])
      expect(await claim('w2', now + 30 * dayMs)).toEqual([])

      expect(await states()).toEqual(['ambiguous'])
    })

    test('a lease that is over hands nothing over', async () => {
      const mail = await one()

      expect(await store.outbox.markHandedOver(mail.id, 'w2', now)).toBe(false)
      expect(await store.outbox.markHandedOver(mail.id, 'w1', lease)).toBe(false)
    })

    test('a mail that was sent stays sent and keeps no facts', async () => {
      const mail = await one()
      await store.outbox.markHandedOver(mail.id, 'w1', now)

      await store.outbox.finish(mail.id, 'w1', { kind: 'sent', at: now, answer: '250 ok' })
      await store.outbox.finish(mail.id, 'w1', { kind: 'failed', at: now, answer: 'late' })

      const [kept] = await listed('sent')
      expect(kept).toMatchObject({ state: 'sent', lastAnswer: '250 ok', notice: { ...mail.notice, facts: {} } })
      expect(await claim('w2', now + dayMs)).toEqual([])
    })

    test('a mail to be tried again waits until then and keeps its facts', async () => {
      const mail = await one()
      await store.outbox.markHandedOver(mail.id, 'w1', now)

      await store.outbox.finish(mail.id, 'w1', { kind: 'retry', nextAt: now + 5000, answer: '451 later' })

      expect(await claim('w2', now + 4999)).toEqual([])
      expect(await claim('w2', now + 5000)).toMatchObject([{ notice: mail.notice, tries: 2, lastAnswer: '451 later' }])
    })

    test('an answer after the lease resolves an ambiguous mail; a late wish to retry does not revive it', async () => {
      const mail = await one()
      await store.outbox.markHandedOver(mail.id, 'w1', now)
      await claim('w2', lease)

      await store.outbox.finish(mail.id, 'w1', { kind: 'retry', nextAt: lease, answer: '451 later' })
      expect(await states()).toEqual(['ambiguous'])
      await store.outbox.finish(mail.id, 'w1', { kind: 'sent', at: lease, answer: '250 ok' })
      expect(await states()).toEqual(['sent'])
    })

    test('nobody but its holder finishes a mail', async () => {
      const mail = await one()

      await store.outbox.finish(mail.id, 'w2', { kind: 'sent', at: now, answer: 'not mine' })

      expect(await states()).toEqual(['claimed'])
    })

    test.each(['failed', 'ambiguous'] as const)('a mail that ended as %s is listed as such', async kind => {
      const mail = await one()

      await store.outbox.finish(mail.id, 'w1', { kind, at: now, answer: 'why' })

      expect(await listed(kind)).toMatchObject([{ id: mail.id, state: kind, lastAnswer: 'why' }])
      expect(await listed('sent')).toEqual([])
    })

    test('a second notice with the same key is dropped within a day, and only then', async () => {
      const notice = aNotice({ onlyOnceKey: 'held:account-1' })

      await store.outbox.add(notice, now)
      await store.outbox.add(notice, now + dayMs - 1)
      expect(await states()).toHaveLength(1)
      await store.outbox.add(aNotice({ onlyOnceKey: 'held:account-2' }), now)
      await store.outbox.add(notice, now + dayMs)

      expect(await states()).toHaveLength(3)
      expect((await listed('all'))[0]?.notice).toEqual(notice)
    })
  })
}

function ascending(a: number, b: number): number {
  return a - b
}
