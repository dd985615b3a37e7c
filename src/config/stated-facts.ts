import { parseAddress } from '../lib/address.ts'
import { Fault } from '../lib/fault.ts'
import type { Readers } from '../policy/decide.ts'
import type {
  AccountFact,
  AccountId,
  BudgetFact,
  ExemptionFact,
  OrganizationFact,
  OrganizationId,
  OriginFact,
  Proof,
  SessionFact,
  SessionId,
} from '../policy/facts.ts'
import type { OrganizationPolicy } from './gateway-config.ts'
import type { Route } from './route.ts'
import type { PolicyTest } from './test-schema.ts'

/** The facts that a test states, as the gates are told them. */
export function readersOf(test: PolicyTest, route: Route, organization: OrganizationPolicy | null): Readers {
  const { request, at } = test
  const stated = parseAddress(request.address)
  if (stated === null) throw new Fault('internal', { detail: 'an unchecked address' })
  const account = accountOf(test, organization)
  const session = account === null ? null : sessionOf(test, account, organization)
  return {
    now: () => at,
    address: () => ({ address: stated, uncertain: request.addressUncertain }),
    route: () => route.fact,
    origin: () => originOf(test, route),
    addressBudget: () => budgetOf(test, 'address'),
    accountBudget: () => budgetOf(test, 'account'),
    organizationBudget: () => budgetOf(test, 'organization'),
    routeBudget: () => budgetOf(test, 'route'),
    session: () => session,
    account: () => account,
    organization: () => (organization === null ? null : organizationOf(organization, at)),
    exemption: () => (account === null ? null : exemptionOf(organization, account.email)),
    proofs: () => proofsOf(test, organization),
    risk: () => ({ emailCode: false, why: 'none' }),
    device: () => (test.device === undefined ? null : { known: true, ...test.device }),
    act: () => null,
    target: () => null,
  }
}

function accountOf({ person }: PolicyTest, organization: OrganizationPolicy | null): AccountFact | null {
  if (person === undefined) return null
  const { email, roles, factors, state, resetRequired } = person
  // Casts, because ids are branded by the stores, and no store takes part here.
  const id = 'tested' as AccountId
  return { id, email, name: email, organizationId: idOf(organization), roles, state, resetRequired, factors }
}

function sessionOf(test: PolicyTest, account: AccountFact, organization: OrganizationPolicy | null): SessionFact {
  // A cast, because ids are branded by the stores, and no store takes part here.
  const id = 'tested' as SessionId
  const proofs = proofsOf(test, organization)
  const openedAt = proofs[0]?.at ?? test.at
  return {
    id,
    rootId: id,
    accountId: account.id,
    proofs,
    openedAt,
    endsAt: Number.POSITIVE_INFINITY,
    breakGlass: false,
  }
}

/** Of the kind `saml`, it is the organization's own provider that vouched. */
function proofsOf({ session, person, at }: PolicyTest, organization: OrganizationPolicy | null): readonly Proof[] {
  if (person === undefined) return []
  const { proofs, age } = session ?? { proofs: ['password'] as const, age: 60_000 }
  const own = idOf(organization)
  return proofs.map(kind => ({ kind, at: at - age, ...(kind === 'saml' && own !== null ? { organization: own } : {}) }))
}

function organizationOf({ slug, name, rules, networks }: OrganizationPolicy, at: number): OrganizationFact {
  const { sso, networksMode, secondFactor, devices, emailedCodes } = rules
  const validUntil = secondFactor !== null && secondFactor.from > at ? secondFactor.from : null
  return {
    id: organizationId(slug),
    slug,
    name,
    sso,
    networks,
    networksMode,
    secondFactor,
    devices,
    emailedCodes,
    validUntil,
  }
}

function exemptionOf(organization: OrganizationPolicy | null, email: string): ExemptionFact | null {
  const found = organization?.exemptions.find(one => one.email.toLowerCase() === email.toLowerCase())
  return found === undefined ? null : { reason: found.reason, until: found.until }
}

function originOf({ request }: PolicyTest, route: Route): OriginFact {
  if (request.upgrade === undefined) return { judged: false, from: 'none', noneAllowed: true }
  const { origin, host } = request
  if (origin === undefined) return { judged: true, from: 'none', noneAllowed: true }
  const own = new URL(origin).hostname === host
  const allowed = route.forwarding.origins.includes(origin)
  return { judged: true, from: own ? 'same' : allowed ? 'allowed' : 'foreign', noneAllowed: true }
}

function budgetOf({ spent }: PolicyTest, name: PolicyTest['spent'][number]): BudgetFact {
  const isSpent = spent.includes(name)
  return { spent: isSpent, retryAfterMs: isSpent ? 1000 : 0, left: isSpent ? 0 : 1, quota: 1, windowSeconds: 1 }
}

function idOf(organization: OrganizationPolicy | null): OrganizationId | null {
  return organization === null ? null : organizationId(organization.slug)
}

function organizationId(slug: string): OrganizationId {
  // A cast, because ids are branded by the stores, and no store takes part here.
  return slug as OrganizationId
}
