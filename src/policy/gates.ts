import type { ClientAddress } from '../lib/address.ts'
import { factorStep, hasSecondFactor, isBreakGlass, isFirstFactor, secondFactorDemand } from './factors.ts'
import type { AccountFact, BudgetFact, NetworkRules, OrganizationFact, Proof } from './facts.ts'
import { defineGate, type Gate, type Outcome, pass } from './gate.ts'
import type { Reason } from './verdict.ts'

// Every gate, in the order of gate-name.ts. Each is a pure function of the facts it names: no clock, no store, no header.

const fromRouteNetwork = defineGate('from-route-network', ['address', 'route'], ({ address, route }) => {
  if (route.networks === null) return pass
  return fromNetworks(address, route.networks, 'outside_route_networks')
})

// WebSockets carry cookies from any page (no same-origin rule for upgrades), and forms can be posted from anywhere.
const originAllowed = defineGate('origin-allowed', ['origin'], ({ origin }) => {
  if (!origin.judged || origin.from === 'same' || origin.from === 'allowed') return pass
  if (origin.from === 'none' && origin.noneAllowed) return pass
  return { kind: 'deny', reason: 'foreign_origin' }
})

const withinAddressBudget = defineGate('within-address-budget', ['addressBudget'], ({ addressBudget }) =>
  within(addressBudget, 'address_budget_spent'),
)

// A reader may hold a session in memory beyond its end, or pair it with another account: judged here, not trusted.
const signedIn = defineGate('signed-in', ['session', 'account', 'now'], ({ session, account, now }) => {
  if (session === null || account === null || session.accountId !== account.id || session.endsAt <= now)
    return { kind: 'challenge', step: 'sign_in' }
  return { kind: 'pass', validUntil: session.endsAt }
})

// An attempt knows whom it is about before anything is proved. Without this gate, an account with no further demands would get
// a session from an attempt that proved nothing.
const firstFactorDone = defineGate(
  'first-factor-done',
  ['proofs', 'account', 'organization'],
  ({ proofs, account, organization }) =>
    account !== null && proofs.some(proof => isFirstFactor(proof, account, organization))
      ? pass
      : { kind: 'challenge', step: 'sign_in' },
)

// An account of an organization with single sign-on has no local way in, on no path (SECURITY.md, guarantee 18).
const ssoRespected = defineGate(
  'sso-respected',
  ['proofs', 'account', 'organization'],
  ({ proofs, account, organization }) => {
    // Every rule of an organization passes where there is none. So an account whose organization was not found, or is another
    // one, is refused here, before the first of those rules.
    if ((account?.organizationId ?? null) !== (organization?.id ?? null)) return { kind: 'deny', reason: 'unavailable' }
    if (organization === null) return pass
    if (!organization.sso.required) return withoutProvider(proofs, account, organization)
    if (proofs.some(proof => proof.kind === 'saml' && proof.organization === organization.id)) return pass
    if (account !== null && isBreakGlass(account, organization)) return pass
    return { kind: 'deny', reason: 'sso_required' }
  },
)

/**
 * A provider's word ends with the single sign-on that asked for it, also where that was rolled back by the clock alone. A code that was added
 * to it does not stand in for a first factor.
 */
function withoutProvider(
  proofs: readonly Proof[],
  account: AccountFact | null,
  organization: OrganizationFact,
): Outcome {
  if (!proofs.some(proof => proof.kind === 'saml')) return pass
  const isLocal = account !== null && proofs.some(proof => isFirstFactor(proof, account, organization))
  return isLocal ? pass : { kind: 'challenge', step: 'sign_in' }
}

// A forced reset beats live sessions, second factors and networks; the mailed ticket is the only way out.
const passwordCurrent = defineGate('password-current', ['account'], ({ account }) =>
  account?.resetRequired === true ? { kind: 'deny', reason: 'reset_required' } : pass,
)

// Before the second factor: where a doubtful sign-in leads to enrolling one, whoever found the password must not enrol theirs. An account
// that has one is not asked for a mailed code as well.
const signInConfirmed = defineGate('sign-in-confirmed', ['proofs', 'account', 'risk'], ({ proofs, account, risk }) => {
  if (!risk.emailCode || proofs.some(proof => proof.kind === 'email_code')) return pass
  if (account !== null && account.factors.length > 0) return pass
  return { kind: 'challenge', step: 'email_code', rule: risk.why }
})

const secondFactorDone = defineGate(
  'second-factor-done',
  ['proofs', 'account', 'organization', 'route', 'now'],
  ({ proofs, account, organization, route, now }) => {
    const demand = secondFactorDemand(account, organization, route, now)
    if (demand.wanted && !hasSecondFactor(proofs, account, organization, route))
      return { kind: 'challenge', step: factorStep(account, organization), rule: demand.rule }
    return demand.startsAt === null ? pass : { kind: 'pass', validUntil: demand.startsAt }
  },
)

const accountOpen = defineGate('account-open', ['account'], ({ account }) => {
  if (account?.state === 'suspended') return { kind: 'deny', reason: 'account_suspended' }
  if (account?.state === 'deleted') return { kind: 'deny', reason: 'account_deleted' }
  return pass
})

const fromOrganizationNetwork = defineGate(
  'from-organization-network',
  ['address', 'organization', 'exemption', 'now'],
  ({ address, organization, exemption, now }) => {
    if (organization === null) return pass
    const ruleChange = organization.validUntil ?? Number.POSITIVE_INFINITY
    if (organization.networks === null) return { kind: 'pass', validUntil: ruleChange }
    const judged = fromNetworks(address, organization.networks, 'outside_organization_networks')
    if (judged.kind !== 'deny') return { kind: 'pass', validUntil: ruleChange }
    if (exemption !== null && (exemption.until === null || exemption.until > now))
      return { kind: 'pass', validUntil: Math.min(ruleChange, exemption.until ?? Number.POSITIVE_INFINITY) }
    if (organization.networksMode === 'enforce') return judged
    return {
      kind: 'pass',
      validUntil: ruleChange,
      note: { wouldBe: judged.reason, rule: judged.rule ?? organization.slug },
    }
  },
)

const onAllowedDevice = defineGate('on-allowed-device', ['device', 'organization'], ({ device, organization }) => {
  if (organization === null || organization.devices === 'any') return pass
  if (organization.devices === 'approved-mobile' && device !== null && !device.mobile) return pass
  if (device?.approved === true) return pass
  return { kind: 'challenge', step: 'device_approval', rule: organization.devices }
})

const provedRecently = defineGate(
  'proved-recently',
  ['proofs', 'route', 'act', 'now'],
  ({ proofs, route, act, now }) => {
    const ages = [route.proofAgeMaxMs, act?.proofAgeMaxMs ?? null].filter(age => age !== null)
    if (ages.length === 0) return pass
    const ageMaxMs = Math.min(...ages)
    const newest = proofs.reduce((latest, proof) => Math.max(latest, proof.at), 0)
    // A route's demand may cut a live socket when it runs out; that is what "recent" was asked for.
    return newest + ageMaxMs > now
      ? { kind: 'pass', validUntil: newest + ageMaxMs }
      : { kind: 'challenge', step: 'prove_again' }
  },
)

const roleAllowed = defineGate(
  'role-allowed',
  ['account', 'organization', 'route', 'act'],
  ({ account, organization, route, act }) => {
    for (const wanted of [route.roles, act?.roles ?? null]) {
      if (wanted === null) continue
      if (account === null || !account.roles.some(role => wanted.includes(role)))
        return { kind: 'deny', reason: 'role_missing', rule: wanted.join(' | ') }
      // Administration is always administration of an organization.
      if (act?.roles != null && organization === null) return { kind: 'deny', reason: 'role_missing' }
    }
    return pass
  },
)

const withinAccountBudget = defineGate('within-account-budget', ['accountBudget'], ({ accountBudget }) =>
  within(accountBudget, 'account_budget_spent'),
)

const withinOrganizationBudget = defineGate(
  'within-organization-budget',
  ['organizationBudget'],
  ({ organizationBudget }) => within(organizationBudget, 'organization_budget_spent'),
)

const withinRouteBudget = defineGate('within-route-budget', ['routeBudget'], ({ routeBudget }) =>
  within(routeBudget, 'route_budget_spent'),
)

// Organization A never touches organization B; nobody acts on themselves here; a user administrator not on an administrator.
const mayAct = defineGate('may-act', ['account', 'act', 'target'], ({ account, act, target }) => {
  const refused: Outcome = { kind: 'deny', reason: 'act_not_allowed', ...(act === null ? {} : { rule: act.name }) }
  if (account === null || act === null || act.roles === null) return refused // an act without roles is one on oneself
  if (target === null) return pass
  if (target.organizationId === null || target.organizationId !== account.organizationId) return refused
  if (target.accountId === account.id) return refused
  if (target.roles.includes('administrator') && !account.roles.includes('administrator')) return refused
  return pass
})

export const gates: readonly Gate[] = [
  fromRouteNetwork,
  originAllowed,
  withinAddressBudget,
  signedIn,
  firstFactorDone,
  ssoRespected,
  passwordCurrent,
  signInConfirmed,
  secondFactorDone,
  accountOpen,
  fromOrganizationNetwork,
  onAllowedDevice,
  provedRecently,
  roleAllowed,
  withinAccountBudget,
  withinOrganizationBudget,
  withinRouteBudget,
  mayAct,
]

function fromNetworks(
  client: ClientAddress,
  networks: NetworkRules,
  reason: Reason,
): Exclude<Outcome, { kind: 'challenge' }> {
  // An address we could not read to its end proves nothing: it is never inside.
  if (client.uncertain) return { kind: 'deny', reason: 'address_uncertain' }
  return networks.compiled.find(client.address) >= 0
    ? { kind: 'pass' }
    : { kind: 'deny', reason, rule: networks.rules.slice(0, 8).join(', ') || '(empty list)' }
}

function within(budget: BudgetFact, reason: Reason): Outcome {
  return budget.spent ? { kind: 'deny', reason, retryAfterMs: budget.retryAfterMs } : pass
}
