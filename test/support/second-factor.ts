import { generate } from 'otplib'
import type { Rooms } from '../../src/composition/rooms.ts'
import { createSeal } from '../../src/lib/seal.ts'
import type { Account } from '../../src/people/account.ts'

/** A confirmed authenticator app of an account whose codes were never used: sign-ins in one half minute need one for each. */
export async function addAuthenticator(rooms: Rooms, account: Account, label: string): Promise<Authenticator> {
  const { store, people, keys, random, clock } = rooms
  const { secret } = people.secondFactors.newTotp(account)
  const id = random.token(12)
  const at = clock.now()
  const sealedSecret = createSeal(keys.seal, random).close(secret, `factor:${id}`)
  const actor = { kind: 'system', id: 'test' } as const
  const audit = { event: 'factor_added', at, actor, address: null, receipt: null, accountId: account.id } as const
  await store.factors.add(
    account.id,
    {
      id,
      kind: 'totp',
      label,
      addedAt: at,
      sealedSecret,
      lastStep: 0,
      setAsideAt: null,
      spare: false,
      credentialId: null,
    },
    { audit: { ...audit, organizationId: account.organizationId, facts: {} }, notices: [] },
  )
  return { code: () => generate({ secret }) }
}

export interface Authenticator {
  code(): Promise<string>
}
