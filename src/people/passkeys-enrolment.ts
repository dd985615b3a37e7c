import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Seal } from '../lib/seal.ts'
import type { Account, Accounts, Factor, Factors } from './account.ts'
import { factorAdded } from './account-notices.ts'
import { activeKinds, type Directory } from './directory.ts'
import { hasLocalWays } from './local-ways.ts'
import type { SpentOnce } from './one-time-codes.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import { parseAttestation, parseClientData } from './passkeys-answer.ts'
import type { Ceremony, Challenges } from './passkeys-challenge.ts'
import { sealPasskey } from './passkeys-factor.ts'
import { checkAttestation, type PublicKey, type Site } from './passkeys-webauthn.ts'
import { undoable } from './session-change.ts'

/**
 * `wrong`: not made for this ceremony, too late, or brought a second time. `taken`: an account has this passkey already, or a reset is
 * demanded. `refused`: the account may have no passkey, or no other one.
 */
export type PasskeyAdding =
  | { readonly kind: 'added'; readonly factor: Factor }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused' }

export interface Enrolling {
  readonly account: Account
  /** What the browser put into the form. */
  readonly answer: string
  readonly ceremony: Ceremony
  readonly label: string
  readonly by: Origin
  /** On the way in, for an account that has no factor yet. */
  readonly first: boolean
}

export interface PasskeyEnrolmentNeeds {
  readonly accounts: Pick<Accounts, 'find'>
  readonly factors: Factors
  readonly directory: Pick<Directory, 'organizationFact'>
  readonly spentOnce: SpentOnce
  /** Read at each use: a reload may change the name. */
  readonly site: Site
  readonly seal: Seal
  readonly random: Random
  readonly clock: Clock
}

/** More than anybody has keys and phones; a bound on what one account can make us keep and search. */
const passkeysMax = 20

export async function addPasskey(
  needs: PasskeyEnrolmentNeeds,
  challenges: Challenges,
  enrolling: Enrolling,
): Promise<PasskeyAdding> {
  const { ceremony, by, label, first } = enrolling
  const account = await needs.accounts.find(enrolling.account.id)
  if (account === null || !(await mayAdd(needs, account, first))) return { kind: 'refused' }
  const attestation = parseAttestation(enrolling.answer)
  const client = attestation === null ? null : parseClientData(attestation.clientData)
  if (attestation === null || client === null || client.crossOrigin) return { kind: 'wrong' }
  const live = challenges.read(client.challenge, ceremony)
  const key = live === null ? null : await checkAttestation(needs.site, attestation, client.challenge)
  if (live === null || key === null) return { kind: 'wrong' }
  if (!(await needs.spentOnce.spend(live.key, live.until, needs.clock.now()))) return { kind: 'wrong' }
  return keep(needs, { account, key, label, by, first })
}

interface Keeping {
  readonly account: Account
  readonly key: PublicKey & { readonly counter: number }
  readonly label: string
  readonly by: Origin
  readonly first: boolean
}

/** One passkey, one account: the store refuses a credential that any account has. */
async function keep(needs: PasskeyEnrolmentNeeds, { account, key, label, by, first }: Keeping): Promise<PasskeyAdding> {
  const { factors, random, clock, seal } = needs
  const now = clock.now()
  const factor = sealPasskey({ id: random.token(16), key, label, addedAt: now }, seal)
  const facts = { factor: factor.id, kind: factor.kind }
  const trail = {
    audit: auditOf('factor_added', aboutAccount(account), by, now, facts),
    notices: factorAdded(account, by, now, factor),
    ...undoable(by, { kind: 'factor_added', factorId: factor.id }),
  }
  const add = first ? factors.addFirst : factors.add
  return (await add(account.id, factor, trail)) ? { kind: 'added', factor } : { kind: 'taken' }
}

/** Whoever knows only the password must not add a factor beside the owner's. */
async function mayAdd({ directory }: PasskeyEnrolmentNeeds, account: Account, first: boolean): Promise<boolean> {
  if (first && activeKinds(account).length > 0) return false
  const count = account.factors.filter(({ kind }) => kind === 'passkey').length
  return count < passkeysMax && (await hasLocalWays(account, directory))
}
