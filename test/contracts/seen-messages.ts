import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SeenMessage, seenPerOrganization, strangersPerOrganization } from '../../src/sso/seen-message.ts'
import type { DurablePorts, OpenStore } from './ports.ts'
import { now } from './samples.ts'
import { aSeenMessage, storedOrganizationId } from './sso-samples.ts'

export function describeSeenMessages(open: OpenStore): void {
  describe('answers of identity providers', () => {
    let store: DurablePorts
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    test('are listed newest first, as they were noted, for their organization alone', async () => {
      const [acme, other] = [await storedOrganizationId(store), await storedOrganizationId(store)]
      const first = aSeenMessage(acme)
      // Two in the same millisecond keep their order.
      const second = aSeenMessage(acme, { outcome: 'audience', subject: null, issuer: null, offsetMs: null })
      for (const one of [first, aSeenMessage(other), second]) await store.seenMessages.add(one, 'provider')

      expect(await store.seenMessages.listOf(acme)).toEqual([second, first])
    })

    test('are kept up to twenty for each organization, and a flood of one drives out nothing of another', async () => {
      const [acme, other] = [await storedOrganizationId(store), await storedOrganizationId(store)]
      const kept = aSeenMessage(other)
      await store.seenMessages.add(kept, 'anybody')

      for (let i = 0; i < seenPerOrganization + 5; i++)
        await store.seenMessages.add(aSeenMessage(acme, { at: now + i, receipt: `r-${i}` }), 'provider')

      const listed = await store.seenMessages.listOf(acme)
      expect(listed.map(({ receipt }) => receipt)).toEqual(
        Array.from({ length: seenPerOrganization }, (_, i) => `r-${seenPerOrganization + 4 - i}`),
      )
      expect(await store.seenMessages.listOf(other)).toEqual([kept])
    })

    test('of which anybody can send ten are kept, and drive out none of the others', async () => {
      const acme = await storedOrganizationId(store)
      for (let i = 0; i < seenPerOrganization; i++)
        await store.seenMessages.add(aSeenMessage(acme, { receipt: `genuine-${i}` }), 'provider')
      for (let i = 0; i < 100; i++)
        await store.seenMessages.add(
          aSeenMessage(acme, { outcome: 'signature_wrong', subject: `${i}`, receipt: `stranger-${i}` }),
          'anybody',
        )

      const receipts = (await store.seenMessages.listOf(acme)).map(({ receipt }) => receipt)
      expect(receipts).toHaveLength(seenPerOrganization)
      expect(receipts.slice(0, strangersPerOrganization)).toEqual(
        Array.from({ length: strangersPerOrganization }, (_, i) => `stranger-${99 - i}`),
      )
      expect(receipts.slice(strangersPerOrganization, strangersPerOrganization + 2)).toEqual([
        'genuine-19',
        'genuine-18',
      ])
    })

    test('keep five that were accepted and five that were refused, whatever comes more often', async () => {
      const acme = await storedOrganizationId(store)
      const add = async (outcome: 'accepted' | 'nobody' | 'unreadable', count: number) => {
        const sender = outcome === 'unreadable' ? 'anybody' : 'provider'
        for (let i = 0; i < count; i++)
          await store.seenMessages.add(aSeenMessage(acme, { outcome, subject: `${outcome}-${i}` }), sender)
      }
      const counts = async () => {
        const outcomes = (await store.seenMessages.listOf(acme)).map(({ outcome }) => outcome)
        return ['accepted', 'nobody', 'unreadable'].map(one => outcomes.filter(outcome => outcome === one).length)
      }
      await add('accepted', 30)
      expect(await counts()).toEqual([20, 0, 0])
      await add('nobody', 30)
      expect(await counts()).toEqual([5, 15, 0])
      await add('accepted', 30)
      expect(await counts()).toEqual([15, 5, 0])
      await add('unreadable', 30)
      expect(await counts()).toEqual([5, 5, 10])
      const listed = await store.seenMessages.listOf(acme)
      expect(listed.map(({ subject }) => subject).slice(10)).toEqual([
        ...[29, 28, 27, 26, 25].map(i => `accepted-${i}`),
        ...[29, 28, 27, 26, 25].map(i => `nobody-${i}`),
      ])
    })

    test('that were refused for one cause, of one person, within the hour, are one: the last, and how many since when', async () => {
      const acme = await storedOrganizationId(store)
      const refused = (about: Partial<SeenMessage>) =>
        store.seenMessages.add(aSeenMessage(acme, { outcome: 'replayed', ...about }), 'provider')
      const listed = async () =>
        (await store.seenMessages.listOf(acme)).map(({ receipt, times, since }) => `${receipt} ${times} ${since - now}`)
      const minuteMs = 60_000
      await refused({ receipt: 'a1' })
      // Others: of another cause, purpose, or person, or of nobody that can be told.
      await refused({ receipt: 'b', outcome: 'expired' })
      await refused({ receipt: 'c', purpose: 'logout' })
      await refused({ receipt: 'd', subject: 'n•••@corp.test' })
      await refused({ receipt: 'e1', subject: null })
      await refused({ receipt: 'e2', subject: null, times: 3 })
      await refused({ receipt: 'a2', at: now + 59 * minuteMs, since: now + 59 * minuteMs, detail: 'newer' })
      expect(await listed()).toEqual(['a2 2 0', 'e2 4 0', 'd 1 0', 'c 1 0', 'b 1 0'])

      await refused({ receipt: 'a3', at: now + 119 * minuteMs, since: now + 119 * minuteMs })
      expect((await listed()).slice(0, 2)).toEqual([`a3 1 ${119 * minuteMs}`, 'a2 2 0'])
      expect((await store.seenMessages.listOf(acme))[1]).toMatchObject({ detail: 'newer', at: now + 59 * minuteMs })
      // Each that was accepted stands for itself.
      for (const receipt of ['f1', 'f2']) await store.seenMessages.add(aSeenMessage(acme, { receipt }), 'provider')
      expect((await listed()).slice(0, 2)).toEqual(['f2 1 0', 'f1 1 0'])
    })

    test('of one organization say nothing about another one', async () => {
      const [acme, other] = [await storedOrganizationId(store), await storedOrganizationId(store)]
      for (const id of [acme, other, other])
        await store.seenMessages.add(aSeenMessage(id, { outcome: 'replayed' }), 'provider')

      expect((await store.seenMessages.listOf(acme)).map(({ times }) => times)).toEqual([1])
      expect((await store.seenMessages.listOf(other)).map(({ times }) => times)).toEqual([2])
    })
  })
}
