import { namesEmail } from '../lib/email-list.ts'
import type { AccountFact, OrganizationFact, Proof, RouteFact } from './facts.ts'
import type { Step } from './verdict.ts'

// What counts as a factor, who needs a second one, and which page helps who lacks it. Asked by the gates alone.

export interface FactorDemand {
  readonly wanted: boolean
  readonly rule: string
  /** When a grace period ends and the demand begins; null when nothing is coming. */
  readonly startsAt: number | null
}

export function secondFactorDemand(
  account: AccountFact | null,
  organization: OrganizationFact | null,
  route: RouteFact,
  now: number,
): FactorDemand {
  if (route.secondFactor) return { wanted: true, rule: `route ${route.name}`, startsAt: null }
  if (account === null) return { wanted: false, rule: '', startsAt: null }
  if (account.factors.length > 0) return { wanted: true, rule: 'the account has a second factor', startsAt: null }
  if (organization !== null && isBreakGlass(account, organization))
    return { wanted: true, rule: `break-glass of organization ${organization.slug}`, startsAt: null }
  const policy = organization?.secondFactor ?? null
  const concerned =
    policy !== null && (policy.roles === 'all' || account.roles.some(role => policy.roles.includes(role)))
  if (policy === null || !concerned || organization === null) return { wanted: false, rule: '', startsAt: null }
  const rule = `organization ${organization.slug}`
  return policy.from <= now ? { wanted: true, rule, startsAt: null } : { wanted: false, rule, startsAt: policy.from }
}

/**
 * An e-mailed code proves a mailbox: it is never a second factor (SP 800-63B: e-mail is not out-of-band), and opens nothing where the
 * organization has not allowed it to stand for the password.
 */
export function isFirstFactor(proof: Proof, account: AccountFact, organization: OrganizationFact | null): boolean {
  switch (proof.kind) {
    case 'password':
    case 'passkey':
      return true
    case 'saml':
      return vouches(proof, account, organization)
    case 'email_code':
      return organization?.emailedCodes === true && organization.id === account.organizationId
    case 'totp':
    case 'backup_code':
    case 'sms_code':
      return false
    default:
      return proof.kind satisfies never
  }
}

export function hasSecondFactor(
  proofs: readonly Proof[],
  account: AccountFact | null,
  organization: OrganizationFact | null,
  route: RouteFact,
): boolean {
  return proofs.some(proof => {
    switch (proof.kind) {
      case 'totp':
      case 'backup_code':
      case 'sms_code':
        return true
      case 'passkey':
        return true // only user-verified passkeys become proofs: possession and a PIN or a finger, two factors
      case 'saml':
        if (!vouches(proof, account, organization)) return false
        return !route.secondFactor || route.secondFactorContexts.includes(proof.context ?? '')
      case 'password':
      case 'email_code':
        return false
      default:
        return proof.kind satisfies never
    }
  })
}

/**
 * The provider of organization A says nothing about the people of organization B; and none says anything once single sign-on does not speak,
 * whatever stands beside its word.
 */
function vouches(proof: Proof, account: AccountFact | null, organization: OrganizationFact | null): boolean {
  return organization?.sso.required === true && isOfTheirs(proof, account) && organization.id === proof.organization
}

function isOfTheirs(proof: Proof, account: AccountFact | null): boolean {
  return account !== null && account.organizationId !== null && proof.organization === account.organizationId
}

/** Named accounts that may come without single sign-on; in exchange they always need a second factor. */
export function isBreakGlass(account: AccountFact, organization: OrganizationFact): boolean {
  return organization.sso.required && namesEmail(organization.sso.breakGlassEmails, account.email)
}

export function factorStep(account: AccountFact | null, organization: OrganizationFact | null): Step {
  if (account === null) return 'sign_in'
  // People of an SSO organization have no local factors, or old ones that no longer count: their provider has to state more.
  if (organization?.sso.required === true && !isBreakGlass(account, organization)) return 'prove_again'
  return account.factors.length > 0 ? 'second_factor' : 'enrol_factor'
}
