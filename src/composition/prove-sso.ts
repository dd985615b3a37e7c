import { ownPages } from '../facts.ts'
import { parseAddress } from '../lib/address.ts'
import { Fault } from '../lib/fault.ts'
import { unlimited } from '../limits/budget.ts'
import type { SsoProof, SsoProofRow } from '../operator/sso-proof.ts'
import type { Account } from '../people/account.ts'
import type { Directory } from '../people/directory.ts'
import { hasLocalWays } from '../people/local-ways.ts'
import type { Organization } from '../people/organization.ts'
import { decide, type Readers } from '../policy/decide.ts'
import { isBreakGlass } from '../policy/factors.ts'
import type { AccountFact, OrganizationFact, Proof, ProofKind, SessionId } from '../policy/facts.ts'
import { type Entrance, entrances, type Walks } from '../policy/plan.ts'
import type { Decision } from '../policy/verdict.ts'
import {
  compareRoutes,
  type Keeper,
  type LocalEntrance,
  operatorEntrances,
  otherEntrances,
  portalEntrances,
  type RouteSeen,
  touchesAccounts,
} from './local-entrances.ts'

// The proof that people of an SSO organization have no local way in. It walks every door of local-entrances.ts with everything that is
// local and right, under facts in which nothing else would refuse, and asks what really decides there: the gates, and hasLocalWays.
// It changes nothing and writes nothing.

export interface SsoQuestion {
  readonly organization: Organization
  readonly people: { readonly ordinary: Account | null; readonly breakGlass: Account | null }
  /** Null: no gateway runs whose pages could be compared with the table. */
  readonly portalRoutes: readonly RouteSeen[] | null
  readonly operatorRoutes: readonly RouteSeen[]
}

export interface SsoProver {
  readonly directory: Pick<Directory, 'accountFact' | 'organizationFact'>
  readonly walks: Walks
  readonly now: number
}

export async function proveSso(prover: SsoProver, question: SsoQuestion): Promise<SsoProof> {
  const { organization, people, portalRoutes, operatorRoutes } = question
  const fact = await prover.directory.organizationFact(organization.id)
  if (fact === null) throw new Fault('not_found', { detail: `organization ${organization.slug} cannot be read` })
  const ordinary = people.ordinary ?? (await inventedPerson(organization))
  const table = [...portalEntrances, ...otherEntrances, ...operatorEntrances]
  const rows = await Promise.all(table.map(each => tryAs(prover, fact, ordinary, each)))
  const glass = people.breakGlass
  const emergency = glass === null ? [] : await Promise.all(table.map(each => tryAs(prover, fact, glass, each)))
  const portal = portalRoutes === null ? null : compareRoutes(portalEntrances, portalRoutes)
  const operator = compareRoutes(
    operatorEntrances,
    operatorRoutes.filter(({ method, path }) => touchesAccounts.test(`${method} ${path}`)),
  )
  const forgotten = [...(portal?.unknown ?? []), ...operator.unknown, ...walksWithoutRow(table)]
  const open = rows.some(({ verdict }) => verdict === 'OPEN')
  const careless = emergency.some(({ verdict }) => verdict === 'OPEN WITHOUT SECOND FACTOR')
  return {
    ...{ organization: organization.slug, required: fact.sso.required, account: people.ordinary?.email ?? null },
    breakGlass: glass?.email ?? null,
    ...{ rows, emergency, forgotten, compared: portal !== null },
    gone: [...(portal?.gone ?? []), ...operator.gone],
    proved: fact.sso.required && !open && !careless && forgotten.length === 0,
  }
}

/** Everything that is local: alone, and all of it together. */
const triedProofs: readonly (readonly ProofKind[])[] = [
  ['password'],
  ['passkey'],
  ['email_code'],
  ['password', 'totp'],
  ['password', 'sms_code'],
  ['password', 'backup_code'],
  ['password', 'email_code', 'totp', 'sms_code', 'backup_code', 'passkey'],
]

async function tryAs(
  prover: SsoProver,
  organization: OrganizationFact,
  account: Account,
  { at, tried, kept }: LocalEntrance,
): Promise<SsoProofRow> {
  if (kept.includes('harmless')) return { at, tried, verdict: 'harmless', by: 'lets nobody in' }
  if (kept.includes('provider')) return { at, tried, verdict: 'provider', by: 'the provider’s word alone' }
  const person = personOf(prover, account)
  if (isBreakGlass(person, organization)) return asEmergency(prover, organization, person, { at, tried, kept })
  const found = await Promise.all(kept.map(keeper => keeps(prover, organization, account, keeper)))
  const isClosed = found.every(({ closed }) => closed)
  return { at, tried, verdict: isClosed ? 'closed' : 'OPEN', by: found.map(({ by }) => by).join(' + ') }
}

async function keeps(prover: SsoProver, organization: OrganizationFact, account: Account, keeper: Keeper) {
  if (keeper === 'ways') return { closed: !(await hasLocalWays(account, prover.directory)), by: 'hasLocalWays' }
  if (keeper === 'provider' || keeper === 'harmless') return { closed: false, by: keeper }
  const person = personOf(prover, account)
  const decisions: Decision[] = []
  for (const kinds of triedProofs) decisions.push(await ask(prover, keeper, { organization, account: person, kinds }))
  const spoke = new Set(decisions.map(({ gate }) => gate ?? 'nobody'))
  return { closed: decisions.every(isKeptOut), by: `${keeper}: ${[...spoke].join(', ')}` }
}

/** By the gates that are about who vouches: what else may refuse on a day says nothing about the next. */
function isKeptOut({ verdict, gate }: Decision): boolean {
  return verdict.kind !== 'allow' && (gate === 'sso-respected' || gate === 'first-factor-done')
}

/** Their local ways stay, and a password alone is never enough. */
async function asEmergency(
  prover: SsoProver,
  organization: OrganizationFact,
  account: AccountFact,
  { at, tried, kept }: LocalEntrance,
): Promise<SsoProofRow> {
  const walks = kept.filter(keeper => keeper !== 'ways' && keeper !== 'provider' && keeper !== 'harmless')
  const decisions: Decision[] = []
  for (const walk of walks) decisions.push(await ask(prover, walk, { organization, account, kinds: ['password'] }))
  const careless = decisions.some(({ gate }) => gate !== 'second-factor-done')
  const by = decisions.length === 0 ? 'hasLocalWays' : decisions.map(({ gate }) => gate ?? 'nobody').join(' + ')
  return { at, tried, verdict: careless ? 'OPEN WITHOUT SECOND FACTOR' : 'open by name', by }
}

function personOf({ directory }: SsoProver, account: Account): AccountFact {
  // Nothing but single sign-on shall speak: neither a suspension nor a reset that may be over tomorrow.
  const fact = directory.accountFact(account)
  return { ...fact, state: 'open', resetRequired: false, roles: ['person', 'administrator'], factors: ['totp'] }
}

interface Supposed {
  readonly organization: OrganizationFact
  readonly account: AccountFact
  readonly kinds: readonly ProofKind[]
}

function ask({ walks, now }: SsoProver, entrance: Entrance, supposed: Supposed): Decision | Promise<Decision> {
  return decide(walks[entrance], readersOf(supposed, now))
}

/** Facts under which no other gate refuses. */
function readersOf({ organization, account, kinds }: Supposed, now: number): Readers {
  const proofs: Proof[] = kinds.map(kind => ({ kind, at: now }))
  const id = 'supposed' as SessionId // because no store gives this name out
  const address = parseAddress('192.0.2.1')
  if (address === null) throw new Fault('internal', { detail: 'an address of documentation cannot be read' })
  const session = {
    id,
    rootId: id,
    accountId: account.id,
    proofs,
    openedAt: now,
    endsAt: now + 60_000,
    breakGlass: false,
  }
  return {
    now: () => now,
    address: () => ({ address, uncertain: false }),
    route: () => ownPages,
    origin: () => ({ judged: false, from: 'same', noneAllowed: true }),
    addressBudget: () => unlimited,
    accountBudget: () => unlimited,
    organizationBudget: () => unlimited,
    routeBudget: () => unlimited,
    session: () => session,
    account: () => account,
    organization: () => ({ ...organization, networks: null, devices: 'any', secondFactor: null, emailedCodes: true }),
    exemption: () => null,
    proofs: () => proofs,
    risk: () => ({ emailCode: false, why: 'none' }),
    device: () => ({ known: true, mobile: false, approved: true }),
    act: () => ({ name: 'prove', proofAgeMaxMs: null, roles: ['administrator'] }),
    target: () => null,
  }
}

/** A new kind of door in policy/plan.ts needs a row as well; `portal` and `public` know nobody. */
function walksWithoutRow(table: readonly LocalEntrance[]): readonly string[] {
  const walked = new Set(table.flatMap(({ kept }) => kept))
  return entrances
    .filter(entrance => entrance !== 'portal' && entrance !== 'public' && !walked.has(entrance))
    .map(entrance => `the entrance ${entrance} of policy/plan.ts`)
}

/** Where nobody is there to be asked about: somebody of the organization as they could come tomorrow. */
async function inventedPerson({ id: organizationId }: Organization): Promise<Account> {
  return {
    id: 'invented' as Account['id'], // because no store gives this name out
    email: 'nobody@invalid.invalid',
    emailKey: 'nobody@invalid.invalid' as Account['emailKey'], // because no parser has to read it
    organizationId,
    ...{ formerEmail: null, name: 'Nobody', language: 'en', roles: ['person'], state: 'open', password: null },
    ...{ reset: null, held: null, passwordLeak: null, factors: [], exemption: null, createdAt: 0, lastSignInAt: null },
  }
}
