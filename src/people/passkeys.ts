import type { AccountId, Proof } from '../policy/facts.ts'
import type { Account, Accounts, Factor, Factors } from './account.ts'
import { hasLocalWays } from './local-ways.ts'
import { type Assertion, parseAssertion, parseClientData } from './passkeys-answer.ts'
import { type Ceremony, type Challenges, createChallenges } from './passkeys-challenge.ts'
import { addPasskey, type Enrolling, type PasskeyAdding, type PasskeyEnrolmentNeeds } from './passkeys-enrolment.ts'
import { openPasskey } from './passkeys-factor.ts'
import {
  type CreationOptions,
  creationOptions,
  type RequestOptions,
  requestOptions,
  userHandleOf,
} from './passkeys-options.ts'
import { checkAssertion, type PublicKey } from './passkeys-webauthn.ts'

export type { Ceremony } from './passkeys-challenge.ts'
export type { PasskeyAdding } from './passkeys-enrolment.ts'
export type { CreationOptions, RequestOptions } from './passkeys-options.ts'

/**
 * Passkeys: as sign-in, as second factor, and as a fresh proof of somebody who is signed in. Only where the authenticator has verified
 * its user (a finger, a face, a PIN) does one become a proof; so it stands for two factors.
 */
export interface Passkeys {
  /** For any passkey of this site. Nothing about any account is in it, so it is the same for everybody. */
  requestOptions(ceremony: Ceremony): RequestOptions
  /** For those of one account: only for somebody who is signed in to it. */
  ownRequestOptions(ceremony: Ceremony, account: Account): RequestOptions
  creationOptions(ceremony: Ceremony, account: Account): CreationOptions
  /** Whose passkey an answer names, before anything about it has been looked at; for counting it alone. */
  ownerOf(answer: string): Promise<{ readonly credentialId: string | null; readonly account: Account | null }>
  /**
   * Judges an answer, and spends its challenge: of many that bring the same one, one is proved. `owner`: whose passkey it has to be; null
   * where it says itself who signs in. An unknown passkey costs the same work as a wrong signature.
   */
  prove(answer: string, ceremony: Ceremony, owner: AccountId | null): Promise<PasskeyCheck>
  /** By somebody who is signed in and has just proved it; or (`first`) by a sign-in that has to set up its first factor. */
  add(enrolling: Enrolling): Promise<PasskeyAdding>
}

export type PasskeyCheck =
  | { readonly kind: 'proved'; readonly account: Account; readonly proof: Proof }
  /** Whose passkey was named, for the journal alone. */
  | { readonly kind: 'wrong'; readonly account: Account | null }
  /** The counter stands still or runs back: there are two authenticators with this key (WebAuthn §6.1.1). It opened nothing. */
  | { readonly kind: 'copied'; readonly account: Account; readonly factor: Factor }

export interface PasskeysNeeds extends PasskeyEnrolmentNeeds {
  readonly accounts: Pick<Accounts, 'find' | 'findByCredential'>
  readonly challengeKey: Buffer
}

export function createPasskeys(needs: PasskeysNeeds): Passkeys {
  const { seal } = needs
  const challenges = createChallenges({ ...needs, key: needs.challengeKey })
  const keysOf = ({ factors }: Account, which: (factor: Factor) => boolean) =>
    factors.filter(factor => factor.kind === 'passkey' && which(factor)).map(factor => openPasskey(factor, seal))
  return {
    requestOptions: ceremony => requestOptions(needs.site, challenges.mint(ceremony), []),
    ownRequestOptions: (ceremony, account) =>
      requestOptions(needs.site, challenges.mint(ceremony), keysOf(account, isUsable)),
    creationOptions: (ceremony, account) =>
      creationOptions(
        needs.site,
        challenges.mint(ceremony),
        account,
        keysOf(account, () => true),
      ),
    async ownerOf(answer) {
      const credentialId = parseAssertion(answer)?.credentialId ?? null
      const account = credentialId === null ? null : await needs.accounts.findByCredential(credentialId)
      return { credentialId, account }
    },
    prove: (answer, ceremony, owner) => prove(needs, challenges, { answer, ceremony, owner }),
    add: enrolling => addPasskey(needs, challenges, enrolling),
  }
}

interface Answered {
  readonly answer: string
  readonly ceremony: Ceremony
  readonly owner: AccountId | null
}

async function prove(
  needs: PasskeysNeeds,
  challenges: Challenges,
  { answer, ceremony, owner }: Answered,
): Promise<PasskeyCheck> {
  const assertion = parseAssertion(answer)
  const client = assertion === null ? null : parseClientData(assertion.clientData)
  if (assertion === null || client === null || client.crossOrigin) return { kind: 'wrong', account: null }
  const live = challenges.read(client.challenge, ceremony)
  if (live === null) return { kind: 'wrong', account: null }
  const found = await findPasskey(needs, assertion)
  // Side by side, and for an unknown passkey too: neither the answer nor its time tells which it was.
  const [signed, permitted] = await Promise.all([
    checkAssertion(needs.site, assertion, client.challenge, found?.key ?? decoy(assertion)),
    found !== null && mayUse(needs, found.account),
  ])
  if (found === null || signed === null || !permitted) return { kind: 'wrong', account: found?.account ?? null }
  const { account, factor } = found
  if (!isUsable(factor) || !isOwners(account, assertion, owner)) return { kind: 'wrong', account }
  const now = needs.clock.now()
  // Last, so that only what was signed by a passkey of ours is remembered, and before the counter: whoever brings one answer twice is
  // refused, and not mistaken for a copy.
  if (!(await needs.spentOnce.spend(live.key, live.until, now))) return { kind: 'wrong', account }
  if (!(await countUp(needs.factors, factor, signed.counter))) return { kind: 'copied', account, factor }
  return { kind: 'proved', account, proof: { kind: 'passkey', at: now } }
}

interface FoundPasskey {
  readonly account: Account
  readonly factor: Factor
  readonly key: PublicKey
}

/** From the store and not from memory: the counter and what a reset has set aside must be those of now. */
async function findPasskey(
  { accounts, seal }: PasskeysNeeds,
  { credentialId }: Assertion,
): Promise<FoundPasskey | null> {
  const account = await accounts.findByCredential(credentialId)
  const factor = account?.factors.find(each => each.credentialId === credentialId)
  if (account === null || factor === undefined) return null
  return { account, factor, key: openPasskey(factor, seal) }
}

function isUsable({ setAsideAt }: Factor): boolean {
  return setAsideAt === null
}

/** As for a password: a demanded reset beats it, single sign-on excludes it, and suspension is said by the gates after all proofs. */
async function mayUse({ directory }: PasskeysNeeds, account: Account): Promise<boolean> {
  const local = await hasLocalWays(account, directory)
  return local && account.reset === null && (account.state === 'open' || account.state === 'suspended')
}

/** WebAuthn §7.2 step 6: the account that the authenticator names must be the one that has the passkey. Nobody named: it has to be said. */
function isOwners(account: Account, { userHandle }: Assertion, owner: AccountId | null): boolean {
  if (owner !== null && account.id !== owner) return false
  return userHandle === null ? owner !== null : userHandle === userHandleOf(account)
}

/** Authenticators that keep their passkeys in step over several devices do not count: zero then, and zero ever after. */
async function countUp(factors: Factors, factor: Factor, counter: number): Promise<boolean> {
  if (counter === 0 && factor.lastStep === 0) return true
  return factors.useStep(factor.id, counter)
}

/** Some point of the curve P-256 (its generator, SEC 2 §2.4.2): a key to check against where there is none. */
function decoy({ credentialId }: Assertion): PublicKey {
  const x = '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'
  const y = '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'
  const cose = Buffer.from(`a50102032620012158 20${x}2258 20${y}`.replaceAll(' ', ''), 'hex')
  return { credentialId, publicKey: cose.toString('base64url'), transports: [] }
}
