import type { Account } from './account.ts'
import { challengeMs } from './passkeys-challenge.ts'
import { algorithms, type PublicKey, type Site, siteId } from './passkeys-webauthn.ts'

/** `PublicKeyCredentialRequestOptionsJSON` (WebAuthn Level 3 §5.5). */
export interface RequestOptions {
  readonly challenge: string
  readonly timeout: number
  readonly rpId: string
  readonly userVerification: 'required'
  /** Empty: whatever passkey of this site the person picks. */
  readonly allowCredentials: readonly Descriptor[]
}

/** `PublicKeyCredentialCreationOptionsJSON` (§5.4), as far as we have something to say. */
export interface CreationOptions {
  readonly challenge: string
  readonly timeout: number
  readonly rp: { readonly id: string; readonly name: string }
  /** `id`: the account's, and nothing personal (§14.6.1); the name is shown by the authenticator alone. */
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string }
  readonly pubKeyCredParams: readonly { readonly type: 'public-key'; readonly alg: number }[]
  readonly attestation: 'none'
  readonly authenticatorSelection: {
    readonly residentKey: 'required'
    readonly requireResidentKey: true
    readonly userVerification: 'required'
  }
  /** Those that the account has: an authenticator that holds one of them makes no second. */
  readonly excludeCredentials: readonly Descriptor[]
}

interface Descriptor {
  readonly type: 'public-key'
  readonly id: string
  readonly transports: readonly string[]
}

export function requestOptions(site: Site, challenge: string, allowed: readonly PublicKey[]): RequestOptions {
  return {
    challenge,
    timeout: challengeMs,
    rpId: siteId(site),
    userVerification: 'required',
    allowCredentials: allowed.map(descriptorOf),
  }
}

export function creationOptions(
  site: Site,
  challenge: string,
  account: Account,
  present: readonly PublicKey[],
): CreationOptions {
  return {
    challenge,
    timeout: challengeMs,
    rp: { id: siteId(site), name: site.name },
    user: { id: userHandleOf(account), name: account.email, displayName: account.name },
    pubKeyCredParams: algorithms.map(alg => ({ type: 'public-key', alg })),
    attestation: 'none',
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    excludeCredentials: present.map(descriptorOf),
  }
}

export function userHandleOf({ id }: Pick<Account, 'id'>): string {
  return Buffer.from(id, 'utf8').toString('base64url')
}

function descriptorOf({ credentialId, transports }: PublicKey): Descriptor {
  return { type: 'public-key', id: credentialId, transports }
}
