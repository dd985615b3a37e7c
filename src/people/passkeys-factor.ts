import { Fault } from '../lib/fault.ts'
import type { Seal } from '../lib/seal.ts'
import type { Factor } from './account.ts'
import { transports } from './passkeys-answer.ts'
import type { PublicKey } from './passkeys-webauthn.ts'

// A passkey as it is kept: its key and the ways to its authenticator are sealed. A public key is no secret, but who could change one in
// a copy of the store and put it back would sign in with theirs.

export interface PasskeyKept {
  readonly id: string
  readonly key: PublicKey & { readonly counter: number }
  readonly label: string
  readonly addedAt: number
}

export function sealPasskey({ id, key, label, addedAt }: PasskeyKept, seal: Seal): Factor {
  const secret = JSON.stringify({ publicKey: key.publicKey, transports: key.transports })
  return {
    id,
    kind: 'passkey',
    label,
    addedAt,
    sealedSecret: seal.close(secret, `factor:${id}`),
    lastStep: key.counter,
    spare: false,
    credentialId: key.credentialId,
    setAsideAt: null,
  }
}

export function openPasskey(factor: Factor, seal: Seal): PublicKey {
  try {
    const kept = JSON.parse(seal.open(factor.sealedSecret, `factor:${factor.id}`)) as PublicKey // because only sealPasskey seals one
    return {
      credentialId: factor.credentialId ?? '',
      publicKey: kept.publicKey,
      transports: transports.filter(each => kept.transports.includes(each)),
    }
  } catch (cause) {
    throw new Fault('internal', { cause, detail: `the key of passkey ${factor.id} does not open` })
  }
}
