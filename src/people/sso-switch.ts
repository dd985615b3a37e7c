import type { AuditEvent } from '../journal/audit.ts'
import type { Clock } from '../lib/clock.ts'
import type { OrganizationId, Proof } from '../policy/facts.ts'
import type { Account, Accounts } from './account.ts'
import { findAdministrators } from './administrators.ts'
import { activeKinds } from './directory.ts'
import { parseEmail } from './email.ts'
import type { EmailDomains } from './email-domains.ts'
import type { Organization, OrganizationRules } from './organization.ts'
import { rulesAt } from './organization-rules.ts'
import { auditOf, type Origin } from './origin.ts'
import type { RuleChange, RuleChanges } from './rule-changes.ts'

/**
 * Single sign-on of one organization, switched on and off. On goes through confirm or roll back: it speaks for some minutes and returns by
 * itself, unless an administrator confirms it from a session that came through the provider. So a provider that does not work locks nobody out.
 */
export interface SsoSwitch {
  stateOf(organization: Organization): SsoState
  /** Speaks from now on; nothing of the people ends yet, so that a roll-back gives it back. */
  propose(organization: Organization, wanted: SsoWanted, by: Origin): Promise<Proposing>
  /** Only from a session for which the organization's own provider vouched. Ends every local way of its people. */
  confirm(organization: Organization, proofs: readonly Proof[], by: Origin): Promise<Confirming>
  withdraw(organization: Organization, by: Origin): Promise<'withdrawn' | 'not_running' | 'overtaken'>
  /** Ends the sessions that came through the provider. How its people get passwords is for whoever switches it off to start. */
  switchOff(
    organization: Organization,
    about: { reason: string; approvedBy: string },
    by: Origin,
  ): Promise<SwitchingOff>
  /** Who could confirm: administrators that may come through the provider. */
  confirmers(organization: Organization): Promise<readonly Account[]>
}

export type SsoState =
  | { readonly kind: 'off' | 'on' }
  | { readonly kind: 'live'; readonly revertAt: number }
  | { readonly kind: 'rolled_back'; readonly at: number }

export interface SsoWanted {
  readonly minutes: number
  /** Addresses of accounts that may come in without the provider. */
  readonly breakGlass: readonly string[]
}

export type Proposing =
  | { readonly kind: 'live'; readonly revertAt: number }
  | { readonly kind: 'on' | 'running' | 'read_only' | 'no_provider' | 'no_domain' | 'no_break_glass' | 'overtaken' }
  | { readonly kind: 'minutes'; readonly min: number; readonly max: number }
  | { readonly kind: 'break_glass'; readonly email: string; readonly why: BreakGlassLack }

/** Why a named account could not come in when it is needed. */
export type BreakGlassLack =
  | 'unknown'
  | 'other_organization'
  | 'not_open'
  | 'not_administrator'
  | 'no_password'
  | 'reset_required'
  | 'no_second_factor'

export type Confirming =
  | { readonly kind: 'confirmed'; readonly sessions: number; readonly resets: number }
  | { readonly kind: 'not_running' | 'not_through_provider' | 'overtaken' }
  | { readonly kind: 'break_glass'; readonly email: string; readonly why: BreakGlassLack }

export type SwitchingOff =
  | { readonly kind: 'off'; readonly sessions: number }
  | { readonly kind: 'not_on' | 'running' | 'read_only' | 'overtaken' }

export interface SsoSwitchNeeds {
  readonly changes: RuleChanges
  readonly accounts: Pick<Accounts, 'findByEmail' | 'list'>
  readonly domains: Pick<EmailDomains, 'listOf'>
  /** Whether an identity provider was imported. */
  readonly hasProvider: (organizationId: OrganizationId) => Promise<boolean>
  readonly clock: Clock
}

/** As many as a command shows. */
const confirmersMax = 20

const minutesMin = 5
const minutesMax = 24 * 60

export function createSsoSwitch(needs: SsoSwitchNeeds): SsoSwitch {
  const { clock } = needs
  return {
    stateOf: organization => stateAt(organization, clock.now()),
    propose: (organization, wanted, by) => propose(needs, { organization, by }, wanted),
    confirm: (organization, proofs, by) => confirm(needs, { organization, by }, proofs),
    async withdraw(organization, by) {
      const { previous } = organization.rules
      const { kind } = stateAt(organization, clock.now())
      // Also what the clock has taken back: until then it counts as the provider's, which can neither be removed nor replaced.
      if ((kind !== 'live' && kind !== 'rolled_back') || previous === null) return 'not_running'
      const turned = await turn(
        needs,
        { organization, by },
        { event: 'sso_withdrawn', ...speaking(previous, clock), ends: 'provider' },
      )
      return turned === null ? 'overtaken' : 'withdrawn'
    },
    switchOff: (organization, about, by) => switchOff(needs, { organization, by }, about),
    confirmers: ({ id }) => findAdministrators(needs.accounts, id, confirmersMax),
  }
}

/** Pure, for whoever shows it. */
export function stateAt(organization: Organization, now: number): SsoState {
  const { active, previous, revertAt, confirmedAt } = organization.rules
  const waits = previous !== null && revertAt !== null && confirmedAt === null
  if (waits && active.sso.required && !previous.sso.required)
    return now < revertAt ? { kind: 'live', revertAt } : { kind: 'rolled_back', at: revertAt }
  return { kind: rulesAt(organization, now).sso.required ? 'on' : 'off' }
}

interface Asking {
  readonly organization: Organization
  readonly by: Origin
}

async function propose(needs: SsoSwitchNeeds, asking: Asking, { minutes, breakGlass }: SsoWanted): Promise<Proposing> {
  const { organization } = asking
  const now = needs.clock.now()
  const { kind } = stateAt(organization, now)
  if (organization.managedBy === 'policies') return { kind: 'read_only' }
  if (kind === 'on' || kind === 'live') return { kind: kind === 'on' ? 'on' : 'running' }
  if (!Number.isInteger(minutes) || minutes < minutesMin || minutes > minutesMax)
    return { kind: 'minutes', min: minutesMin, max: minutesMax }
  if (!(await needs.hasProvider(organization.id))) return { kind: 'no_provider' }
  const domains = await needs.domains.listOf(organization.id)
  if (!domains.some(({ verifiedAt }) => verifiedAt !== null)) return { kind: 'no_domain' }
  const glass = await readBreakGlass(needs, organization, breakGlass)
  if (glass.kind !== 'usable') return glass
  const previous = rulesAt(organization, now)
  const revertAt = now + minutes * 60_000
  const active = { ...previous, sso: { ...previous.sso, required: true, breakGlassEmails: glass.emails } }
  const rules = { active, previous, revertAt, confirmedAt: null }
  // A session from an earlier try says nothing about the provider of now, and must not confirm it.
  const turned = await turn(needs, asking, { event: 'sso_proposed', rules, ends: 'provider', facts: { minutes } })
  return turned === null ? { kind: 'overtaken' } : { kind: 'live', revertAt }
}

async function confirm(needs: SsoSwitchNeeds, asking: Asking, proofs: readonly Proof[]): Promise<Confirming> {
  const { organization } = asking
  if (stateAt(organization, needs.clock.now()).kind !== 'live') return { kind: 'not_running' }
  if (!proofs.some(proof => proof.kind === 'saml' && proof.organization === organization.id))
    return { kind: 'not_through_provider' }
  const { active } = organization.rules
  const glass = await readBreakGlass(needs, organization, active.sso.breakGlassEmails)
  if (glass.kind === 'break_glass') return glass
  const step = { event: 'sso_confirmed', ...speaking(active, needs.clock), ends: 'local' } as const
  const turned = await turn(needs, asking, step)
  return turned === null ? { kind: 'overtaken' } : { kind: 'confirmed', ...turned }
}

async function switchOff(
  needs: SsoSwitchNeeds,
  asking: Asking,
  about: { readonly reason: string; readonly approvedBy: string },
): Promise<SwitchingOff> {
  const { organization } = asking
  const now = needs.clock.now()
  const { kind } = stateAt(organization, now)
  if (organization.managedBy === 'policies') return { kind: 'read_only' }
  if (kind !== 'on') return { kind: kind === 'live' ? 'running' : 'not_on' }
  const rules = rulesAt(organization, now)
  const off = { ...rules, sso: { ...rules.sso, required: false, breakGlassEmails: [] } }
  const step = { event: 'sso_switched_off', ...speaking(off, needs.clock), ends: 'provider', facts: about } as const
  const turned = await turn(needs, asking, step)
  return turned === null ? { kind: 'overtaken' } : { kind: 'off', sessions: turned.sessions }
}

interface Step extends Pick<RuleChange, 'ends'> {
  readonly event: AuditEvent
  readonly rules: Organization['rules']
  readonly facts?: Readonly<Record<string, string | number>>
}

function turn({ changes, clock }: SsoSwitchNeeds, { organization, by }: Asking, { event, rules, ends, facts }: Step) {
  const { id, slug } = organization
  const spares = rules.active.sso.breakGlassEmails
  const told = { slug, breakGlass: spares.join(' ') || null, ...facts }
  const audit = auditOf(event, { accountId: null, organizationId: id }, by, clock.now(), told)
  const change = { organization: { ...organization, rules }, from: organization.rules, ends, spares }
  return changes.replace(change, { audit, notices: [] })
}

function speaking(active: OrganizationRules, clock: Clock): { rules: Organization['rules'] } {
  return { rules: { active, previous: null, revertAt: null, confirmedAt: clock.now() } }
}

type BreakGlass =
  | { readonly kind: 'usable'; readonly emails: readonly string[] }
  | { readonly kind: 'no_break_glass' }
  | { readonly kind: 'break_glass'; readonly email: string; readonly why: BreakGlassLack }

/** Their addresses as they are stored: the gates compare them. */
async function readBreakGlass(
  { accounts }: SsoSwitchNeeds,
  organization: Organization,
  named: readonly string[],
): Promise<BreakGlass> {
  if (named.length === 0) return { kind: 'no_break_glass' }
  const emails: string[] = []
  for (const email of named) {
    const parsed = parseEmail(email)
    const account = parsed === null ? null : await accounts.findByEmail(parsed.key)
    const why = lackOf(account, organization)
    if (why !== null || account === null) return { kind: 'break_glass', email, why: why ?? 'unknown' }
    emails.push(account.email)
  }
  return { kind: 'usable', emails }
}

function lackOf(account: Account | null, organization: Organization): BreakGlassLack | null {
  if (account === null) return 'unknown'
  if (account.organizationId !== organization.id) return 'other_organization'
  if (account.state !== 'open') return 'not_open'
  if (!account.roles.includes('administrator')) return 'not_administrator'
  const kinds = activeKinds(account)
  if (kinds.length === 0) return 'no_second_factor'
  if (account.password === null && !kinds.includes('passkey')) return 'no_password'
  return account.reset === null ? null : 'reset_required'
}
