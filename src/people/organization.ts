import type { OrganizationId, Role } from '../policy/facts.ts'
import type { Trail } from './trail.ts'

/** A customer and its rules, as stored. Networks are compiled where they are read (people/organization-rules.ts). */
export interface Organization {
  readonly id: OrganizationId
  /** Part of addresses: a-z, 0-9 and hyphens, 1 to 63 characters. */
  readonly slug: string
  readonly name: string
  /** `policies`: kept in files, read-only at run time. */
  readonly managedBy: 'policies' | 'store'
  readonly rules: Timed<OrganizationRules>
  readonly createdAt: number
}

export interface OrganizationRules {
  /** Null: no restriction. An empty list lets nobody in. */
  readonly networks: readonly { readonly network: string; readonly comment: string }[] | null
  readonly networksMode: 'enforce' | 'report'
  readonly sso: {
    readonly required: boolean
    readonly breakGlassEmails: readonly string[]
    /** Roles that the identity provider's attributes may give and take; `person` alone where nothing is said. */
    readonly grantableRoles?: readonly Role[]
  }
  readonly secondFactor: { readonly roles: readonly string[] | 'all'; readonly from: number } | null
  readonly devices: 'any' | 'approved-mobile' | 'approved'
  /** Shorter limits than the gateway's own; null keeps those. */
  readonly sessionIdleMs: number | null
  readonly sessionAbsoluteMs: number | null
  /** People may sign in with a mailed code instead of a password. */
  readonly emailedCodes: boolean
  /** A mailed code is asked for on every device that the account does not know. */
  readonly codeOnUnknownDevice: boolean
}

/** Confirm or roll back: `previous` speaks again from `revertAt` on, unless it was confirmed. The clock chooses; no timer is needed. */
export interface Timed<Value> {
  readonly active: Value
  readonly previous: Value | null
  readonly revertAt: number | null
  readonly confirmedAt: number | null
}

export interface Organizations {
  find(id: OrganizationId): Promise<Organization | null>
  findBySlug(slug: string): Promise<Organization | null>
  list(): Promise<readonly Organization[]>
  create(organization: Organization, trail: Trail): Promise<'created' | 'taken'>
  /** Replaces name, rules and who manages it. */
  change(organization: Organization, trail: Trail): Promise<boolean>
}
