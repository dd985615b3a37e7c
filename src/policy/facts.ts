import type { ClientAddress } from '../lib/address.ts'
import type { Brand } from '../lib/brand.ts'
import type { Networks } from '../lib/cidr.ts'

/**
 * Everything a gate may ask for. A gate names its facts in its definition and sees no others; how each is learned stands in
 * `src/facts.ts`. All times are milliseconds since 1970; a limit in time is null when there is none.
 */
export interface Facts {
  now: number
  address: ClientAddress
  route: RouteFact
  origin: OriginFact
  addressBudget: BudgetFact
  accountBudget: BudgetFact
  organizationBudget: BudgetFact
  routeBudget: BudgetFact
  session: SessionFact | null
  account: AccountFact | null
  organization: OrganizationFact | null
  exemption: ExemptionFact | null
  proofs: readonly Proof[]
  risk: RiskFact
  device: DeviceFact | null
  act: ActFact | null
  target: TargetFact | null
}

export type FactName = keyof Facts

/** Facts by name; undefined where nobody has asked. */
export type LearnedFacts = { [Name in FactName]?: Facts[Name] | undefined }

export type AccountId = Brand<string, 'AccountId'>
export type OrganizationId = Brand<string, 'OrganizationId'>
export type SessionId = Brand<string, 'SessionId'>

export const roles = ['person', 'user_administrator', 'administrator'] as const
export type Role = (typeof roles)[number]

/** What was shown to us about a person, and when. */
export interface Proof {
  readonly kind: ProofKind
  readonly at: number
  /** For `saml`: the organization whose provider vouched. */
  readonly organization?: OrganizationId
  /** For `saml`: the AuthnContext class the provider stated. */
  readonly context?: string
  /** For `saml`: when the provider says that its session ends (SessionNotOnOrAfter); the session here ends no later. */
  readonly until?: number
  /** For `saml`: the names under which the provider knows this sign-in; a single logout speaks of them. */
  readonly subject?: ProofSubject
}

/** SAML core 2.2.2 and 2.7.2. */
export interface ProofSubject {
  /** Entity id of the provider. */
  readonly issuer: string
  readonly nameId: string
  readonly nameIdFormat: string | null
  readonly sessionIndex: string | null
  /** When the assertion was written, by the provider's clock, unlike `Proof.at`; absent in what was kept before it was asked for. */
  readonly issuedAt?: number
}

export const proofKinds = ['password', 'totp', 'backup_code', 'sms_code', 'email_code', 'passkey', 'saml'] as const
export type ProofKind = (typeof proofKinds)[number]

/** The demands of one route (or of one of our own pages), as configuration states them. */
export interface RouteFact {
  readonly name: string
  /** Public routes walk network, origin, address budget and route budget only. */
  readonly access: 'public' | 'signed-in'
  /** On a public route: attach who it is, when a full walk would allow. */
  readonly identityOptional: boolean
  /** Any of these roles; null asks for none. */
  readonly roles: readonly string[] | null
  readonly secondFactor: boolean
  /** Age in milliseconds that the newest proof may have; null asks for none. */
  readonly proofAgeMaxMs: number | null
  /** Networks the client must come from; null asks for none. */
  readonly networks: NetworkRules | null
  /** AuthnContext classes that count as a second factor for SSO accounts. */
  readonly secondFactorContexts: readonly string[]
}

/** Networks with the text each came from, so that a decision can say which rule spoke. */
export interface NetworkRules {
  readonly compiled: Networks
  readonly rules: readonly string[]
}

export interface OriginFact {
  /** True for upgrades and for unsafe methods on our own pages: only then is the origin judged. */
  readonly judged: boolean
  /** Whether the browser says that the request comes from a page that may send it; clients that are no browsers send nothing. */
  readonly from: 'same' | 'allowed' | 'foreign' | 'none'
  /** A request that carries no sign of its origin passes (programs) or not (forms of our own pages). */
  readonly noneAllowed: boolean
}

export interface BudgetFact {
  readonly spent: boolean
  /** Milliseconds until one more would fit; 0 when it fits now. */
  readonly retryAfterMs: number
  /** For the RateLimit fields: units left, the quota, its window in seconds. Null: this budget is not set. */
  readonly left: number
  readonly quota: number
  readonly windowSeconds: number
}

export interface SessionFact {
  readonly id: SessionId
  /** The portal session that a child session hangs on; its own id for a portal session. */
  readonly rootId: SessionId
  readonly accountId: AccountId
  readonly proofs: readonly Proof[]
  readonly openedAt: number
  /** When time alone ends it: the nearer of its idle and absolute limits. */
  readonly endsAt: number
  readonly breakGlass: boolean
}

export interface AccountFact {
  readonly id: AccountId
  readonly email: string
  readonly name: string
  readonly organizationId: OrganizationId | null
  readonly roles: readonly string[]
  readonly state: 'open' | 'suspended' | 'deleted'
  readonly resetRequired: boolean
  /** Second factors that are confirmed and not set aside. */
  readonly factors: readonly ProofKind[]
}

export interface OrganizationFact {
  readonly id: OrganizationId
  readonly slug: string
  readonly name: string
  readonly sso: { readonly required: boolean; readonly breakGlassEmails: readonly string[] }
  /** Null: the organization restricts no networks. An empty list lets nobody in. */
  readonly networks: NetworkRules | null
  /** `report`: what would be refused is noted, and nothing is refused. */
  readonly networksMode: 'enforce' | 'report'
  /** Since when a second factor is demanded, of which roles; null demands none. */
  readonly secondFactor: { readonly roles: readonly string[] | 'all'; readonly from: number } | null
  readonly devices: 'any' | 'approved-mobile' | 'approved'
  /** A code that is mailed may stand for the password. */
  readonly emailedCodes: boolean
  /** The next moment at which a rule changes by time alone (a roll-back, a grace period), or null. */
  readonly validUntil: number | null
}

export interface ExemptionFact {
  readonly reason: string
  readonly until: number | null
}

/** Judged once per attempt and kept with it. */
export interface RiskFact {
  /** An e-mailed code is demanded before a session opens. */
  readonly emailCode: boolean
  readonly why: 'none' | 'dormant' | 'suspicious' | 'unknown_device' | 'held'
}

export interface DeviceFact {
  readonly known: boolean
  readonly mobile: boolean
  readonly approved: boolean
}

/** What is to be done, on the account pages and in administration. */
export interface ActFact {
  readonly name: string
  /** Age in milliseconds that the newest proof may have; null asks for none. */
  readonly proofAgeMaxMs: number | null
  /** Roles that may do it to others; null: a person does it to themselves. */
  readonly roles: readonly string[] | null
}

export interface TargetFact {
  readonly organizationId: OrganizationId | null
  readonly accountId: AccountId | null
  readonly roles: readonly string[]
}
