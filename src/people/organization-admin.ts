import { isDeepStrictEqual } from 'node:util'
import { parseNetwork } from '../lib/cidr.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { OrganizationId } from '../policy/facts.ts'
import type { Organization, OrganizationRules, Organizations } from './organization.ts'
import { auditOf, type Origin } from './origin.ts'
import type { RuleChange, RuleChanges } from './rule-changes.ts'
import { stateAt } from './sso-switch.ts'
import type { Trail } from './trail.ts'

/** Creating organizations and changing their rules. */
export interface OrganizationAdmin {
  create(organization: DeclaredOrganization, by: Origin): Promise<OrganizationCreating>
  /** Replaces the rules that speak, at once. Organizations from `policies/` are read-only here, and all are while single sign-on waits for its confirmation. */
  setRules(organization: Organization, rules: OrganizationRules, by: Origin): Promise<OrganizationChanging>
  /** At start and on reload: makes the store say what the files say, and writes only what differs. Fault `invalid_input` for networks that no check has read. */
  adopt(declared: readonly DeclaredOrganization[], by: Origin): Promise<Adoption>
}

export interface DeclaredOrganization {
  readonly slug: string
  readonly name: string
  readonly rules: OrganizationRules
}

/** A network that cannot be read, by its place in the list. */
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
  | { readonly kind: 'read_only' | 'sso_waits' | 'overtaken' }
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
  readonly ruleChanges: RuleChanges
  /** Whether an identity provider was imported. */
  readonly hasProvider: (organizationId: OrganizationId) => Promise<boolean>
  readonly random: Random
  readonly clock: Clock
}

export function createOrganizationAdmin(needs: OrganizationAdminNeeds): OrganizationAdmin {
  return {
    create: (declared, by) => create(needs, { declared, managedBy: 'store', by }),
    async setRules(organization, rules, by) {
      if (organization.managedBy === 'policies') return { kind: 'read_only' }
      // What replaced the rules now would confirm the proposal, or lose it.
      const { kind } = stateAt(organization, needs.clock.now())
      if (kind === 'live') return { kind: 'sso_waits' }
      const networks = badNetworks(rules)
      if (networks.length > 0) return { kind: 'bad_networks', networks }
      const changed = { ...organization, rules: speakingAtOnce(rules, needs.clock) }
      // With this the proposal that was rolled back is forgotten; its provider may be another one when single sign-on speaks again.
      const ends = kind === 'rolled_back' ? 'provider' : 'nothing'
      const done = await change(needs, { organization: changed, from: organization.rules, ends }, by)
      if (done) return { kind: 'changed', organization: changed }
      return { kind: (await needs.organizations.find(organization.id)) === null ? 'unknown' : 'overtaken' }
    },
    adopt: (declared, by) => adopt(needs, declared, by),
  }
}

interface Creation {
  readonly declared: DeclaredOrganization
  readonly managedBy: Organization['managedBy']
  readonly by: Origin
}

async function create(
  { organizations, random, clock }: OrganizationAdminNeeds,
  { declared: { slug, name, rules }, managedBy, by }: Creation,
): Promise<OrganizationCreating> {
  if (!slugShape.test(slug)) return { kind: 'invalid', field: 'slug' }
  if (name.trim() === '' || name.length > 200) return { kind: 'invalid', field: 'name' }
  const networks = badNetworks(rules)
  if (networks.length > 0) return { kind: 'bad_networks', networks }
  const id = random.token(16) as OrganizationId // because only here an id becomes one
  const timed = speakingAtOnce(rules, clock)
  const organization = { id, slug, name, managedBy, rules: timed, createdAt: clock.now() }
  const trail = trailOf('organization_created', organization, by, clock)
  const created = await organizations.create(organization, trail)
  return created === 'created' ? { kind: 'created', organization } : { kind: 'taken' }
}

/** It is part of addresses: /org/<slug>. */
const slugShape = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

async function change(
  { ruleChanges, clock }: OrganizationAdminNeeds,
  changed: Omit<RuleChange, 'spares'>,
  by: Origin,
): Promise<boolean> {
  const { organization } = changed
  const spares = organization.rules.active.sso.breakGlassEmails
  const trail = trailOf('organization_changed', organization, by, clock)
  return (await ruleChanges.replace({ ...changed, spares }, trail)) !== null
}

async function adopt(
  needs: OrganizationAdminNeeds,
  declared: readonly DeclaredOrganization[],
  by: Origin,
): Promise<Adoption> {
  const stored = new Map((await needs.organizations.list()).map(organization => [organization.slug, organization]))
  // Everything that can be refused is refused before the first row is written.
  for (const one of declared) {
    const there = stored.get(one.slug)
    if (there !== undefined) await endsWith(needs, there, one)
  }
  const done: Record<'created' | 'changed' | 'unchanged', string[]> = { created: [], changed: [], unchanged: [] }
  for (const one of declared)
    done[await adoptOne(needs, { declared: one, stored: stored.get(one.slug) ?? null, by })].push(one.slug)
  const slugs = new Set(declared.map(one => one.slug))
  const orphaned = [...stored.values()].filter(({ slug, managedBy }) => managedBy === 'policies' && !slugs.has(slug))
  return { ...done, orphaned: orphaned.map(({ slug }) => slug) }
}

interface Adopting {
  readonly declared: DeclaredOrganization
  readonly stored: Organization | null
  readonly by: Origin
}

async function adoptOne(
  needs: OrganizationAdminNeeds,
  { declared, stored, by }: Adopting,
): Promise<'created' | 'changed' | 'unchanged'> {
  if (stored === null) {
    const created = await create(needs, { declared, managedBy: 'policies', by })
    if (created.kind === 'created') return 'created'
    // Another gateway that starts on the same store was faster.
    const theirs = created.kind === 'taken' ? await needs.organizations.findBySlug(declared.slug) : null
    if (theirs !== null) return adoptOne(needs, { declared, stored: theirs, by })
    throw new Fault('invalid_input', { detail: `organization ${declared.slug} of the policies: ${created.kind}` })
  }
  if (isAsDeclared(stored, declared)) return 'unchanged'
  const networks = badNetworks(declared.rules)
  if (networks.length > 0)
    throw new Fault('invalid_input', { detail: `organization ${declared.slug} of the policies: bad_networks` })
  const rules = speakingAtOnce(declared.rules, needs.clock)
  const organization = { ...stored, name: declared.name, managedBy: 'policies' as const, rules }
  const ends = await endsWith(needs, stored, declared)
  if (await change(needs, { organization, from: stored.rules, ends }, by)) return 'changed'
  // Somebody was faster; what the files say is still to be made so.
  const now = await needs.organizations.find(stored.id)
  return adoptOne(needs, { declared, stored: now, by })
}

/**
 * The files are the operator's word: single sign-on that they switch on or off is so at once, and needs no confirmation. But an organization
 * with people in it must not be left without any way in.
 */
async function endsWith(
  needs: OrganizationAdminNeeds,
  stored: Organization,
  { slug, rules }: DeclaredOrganization,
): Promise<RuleChange['ends']> {
  const { kind } = stateAt(stored, needs.clock.now())
  if (!rules.sso.required) return kind === 'off' ? 'nothing' : 'provider'
  if (kind === 'on') return 'nothing'
  // What only waits for its confirmation has ended nothing yet; who came through the provider meanwhile, stays. Whom a provider of an
  // earlier try has let in does not.
  if (await needs.hasProvider(stored.id)) return kind === 'live' ? 'local' : 'both'
  const detail = `sso.required of organization ${slug} needs its identity provider: sekisho sso import ${slug}, then reload`
  throw new Fault('invalid_input', { detail })
}

// Through JSON, as the store keeps it: what is undefined there is absent here.
function isAsDeclared(
  { managedBy, name, rules: { active, previous } }: Organization,
  declared: DeclaredOrganization,
): boolean {
  const same = isDeepStrictEqual(active, JSON.parse(JSON.stringify(declared.rules)))
  return managedBy === 'policies' && name === declared.name && previous === null && same
}

function badNetworks({ networks }: OrganizationRules): BadNetwork[] {
  const listed = (networks ?? []).map(({ network }, index) => ({ index, network }))
  return listed.filter(({ network }) => parseNetwork(network) === null)
}

function speakingAtOnce(rules: OrganizationRules, clock: Clock): Organization['rules'] {
  return { active: rules, previous: null, revertAt: null, confirmedAt: clock.now() }
}

function trailOf(
  event: 'organization_created' | 'organization_changed',
  { id, slug, rules }: Organization,
  by: Origin,
  clock: Clock,
): Trail {
  const networks = rules.active.networks?.length ?? null
  const { required, grantableRoles = ['person'] } = rules.active.sso
  const facts = { slug, networks, mode: rules.active.networksMode, sso: required, grants: grantableRoles.join(' ') }
  return { audit: auditOf(event, { accountId: null, organizationId: id }, by, clock.now(), facts), notices: [] }
}
