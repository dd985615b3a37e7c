import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seenPerOrganization, strangersPerOrganization } from '../../src/sso/seen-message.ts'
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
          aSeenMessage(acme, { outcome: 'signature_wrong', receipt: `stranger-${i}` }),
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
  })
}
