import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { Organization, OrganizationRules, Organizations } from './organization.ts'
import type { Origin } from './origin.ts'

/** Creating organizations and changing their rules. */
export interface OrganizationAdmin {
  create(organization: DeclaredOrganization, by: Origin): Promise<OrganizationCreating>
  /** Replaces the rules that speak, at once. Organizations from `policies/` are read-only here. */
  setRules(organization: Organization, rules: OrganizationRules, by: Origin): Promise<OrganizationChanging>
  /** At start and on reload: writes only what differs. */
  adopt(declared: readonly DeclaredOrganization[], by: Origin): Promise<Adoption>
}

export interface DeclaredOrganization {
  readonly slug: string
  readonly name: string
  readonly rules: OrganizationRules
}

/** Networks that cannot be read, by their place in the list. */
export interface BadNetwork {
  readonly index: number
  readonly network: string
}

export type OrganizationCreating =
  | { readonly kind: 'created'; readonly organization: Organization }
  | { readonly kind: 'taken' }
  | { readonly kind: 'invalid'; readonly field: 'slug' | 'name' }
  | { readonly kind: 'bad_networks'; readonly networks: readonly BadNetwork[] }

export type OrganizationChanging =
  | { readonly kind: 'changed'; readonly organization: Organization }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'read_only' }
  | { readonly kind: 'bad_networks'; readonly networks: readonly BadNetwork[] }

/** Slugs by what was done. `orphaned`: kept by policies before, and now in no file; they stay as they were. */
export interface Adoption {
  readonly created: readonly string[]
  readonly changed: readonly string[]
  readonly unchanged: readonly string[]
  readonly orphaned: readonly string[]
}

export interface OrganizationAdminNeeds {
  readonly organizations: Organizations
  readonly random: Random
  readonly clock: Clock
}

export function createOrganizationAdmin(_needs: OrganizationAdminNeeds): OrganizationAdmin {
  throw new Fault('not_implemented')
}
