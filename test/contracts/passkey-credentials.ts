import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DurablePorts, OpenStore } from './ports.ts'
import { aFactor, aTrail, storedAccount, unique } from './samples.ts'

export function describePasskeyCredentials(open: OpenStore): void {
  describe('passkeys', () => {
    let store: DurablePorts
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    const aPasskey = (credentialId: string, counter = 0) =>
      aFactor({ kind: 'passkey', credentialId, lastStep: counter })

    test('an account is found by its passkey, with all of its factors', async () => {
      const account = await storedAccount(store)
      const passkey = aPasskey(unique('credential'))
      await store.factors.add(account.id, aFactor(), aTrail('factor_added'))
      await store.factors.add(account.id, passkey, aTrail('factor_added'))

      const found = await store.accounts.findByCredential(passkey.credentialId ?? '')

      expect(found?.id).toBe(account.id)
      expect(found?.factors).toHaveLength(2)
      expect(await store.accounts.findByCredential('of nobody')).toBeNull()
    })

    test('a passkey that one account has is added to no other, not even side by side', async () => {
      const [anne, ben] = [await storedAccount(store), await storedAccount(store)]
      const credentialId = unique('credential')

      const added = await Promise.all(
        [anne, ben, anne, ben].map(({ id }) => store.factors.add(id, aPasskey(credentialId), aTrail('factor_added'))),
      )

      expect(added.filter(Boolean)).toHaveLength(1)
    })

    test('nobody is found by the passkey of a deleted account', async () => {
      const account = await storedAccount(store)
      const passkey = aPasskey(unique('credential'))
      await store.factors.add(account.id, passkey, aTrail('factor_added'))

      await store.accounts.setState(account.id, 'deleted', aTrail('account_suspended'))

      expect(await store.accounts.findByCredential(passkey.credentialId ?? '')).toBeNull()
    })

    test('a counter only goes up, for one of fifty who bring the same one', async () => {
      const account = await storedAccount(store)
      const passkey = aPasskey(unique('credential'), 5)
      await store.factors.add(account.id, passkey, aTrail('factor_added'))

      const counted = await Promise.all(Array.from({ length: 50 }, () => store.factors.useStep(passkey.id, 6)))

      expect(counted.filter(Boolean)).toHaveLength(1)
      expect(await store.factors.useStep(passkey.id, 5)).toBe(false)
    })
  })
}
