import type { PageApp } from '../http/page-env.ts'
import { Fault } from '../lib/fault.ts'
import { isoInstant } from '../lib/instant.ts'
import type { Organization } from '../people/organization.ts'
import { rulesAt } from '../people/organization-rules.ts'
import type { Origin } from '../people/origin.ts'
import type { BreakGlassLack, Proposing, SwitchingOff } from '../people/sso-switch.ts'
import { invalid, operatorOrigin, organizationBySlug, readInput } from './input.ts'
import type { OperatorRooms } from './rooms.ts'

/** Single sign-on of an organization, on and off. It is never confirmed here: whoever confirms has come through the provider. */
export function addSsoSwitchRoutes(app: PageApp, rooms: OperatorRooms): void {
  const { organizations, ssoSwitch } = rooms
  app.get('/api/sso/state', async context => {
    const organization = await organizationBySlug(organizations, context.req.query('organization') ?? '')
    return context.json(await describe(rooms, organization))
  })
  app.post('/api/sso/on', async context => {
    const input = await readInput(context)
    const organization = await organizationBySlug(organizations, input.text('organization'))
    const minutes = Number(input.optionalText('minutes') ?? usualMinutes)
    const wanted = { minutes, breakGlass: input.list('breakGlass') }
    input.finish()
    const proposing = await ssoSwitch.propose(organization, wanted, operatorOrigin(context))
    if (proposing.kind !== 'live') throw proposalRefused(proposing)
    return context.json({ outcome: 'live', until: isoInstant(proposing.revertAt), ...next })
  })
  app.post('/api/sso/withdraw', async context => {
    const input = await readInput(context)
    const organization = await organizationBySlug(organizations, input.text('organization'))
    input.finish()
    const outcome = await ssoSwitch.withdraw(organization, operatorOrigin(context))
    if (outcome === 'not_running') throw conflict('nothing waits for a confirmation')
    if (outcome === 'overtaken') throw conflict(overtaken)
    return context.json({ outcome })
  })
  app.post('/api/sso/off', async context => {
    const input = await readInput(context)
    const organization = await organizationBySlug(organizations, input.text('organization'))
    const about = { reason: input.text('reason'), approvedBy: input.text('approver') }
    input.finish()
    return context.json(await switchOff(rooms, organization, about, operatorOrigin(context)))
  })
}

const usualMinutes = '30'
const overtaken = 'another change was faster: look at the organization and try again'
const next = {
  next: 'an administrator signs in through the provider and confirms on the portal’s page /admin/sso; else it returns by itself',
}

interface About {
  readonly reason: string
  readonly approvedBy: string
}

/** Its people have no password, or one from long ago: each is led through a reset, under the same reason and approval. */
async function switchOff(rooms: OperatorRooms, organization: Organization, about: About, by: Origin) {
  const off = await rooms.ssoSwitch.switchOff(organization, about, by)
  if (off.kind !== 'off') throw offRefused(off.kind)
  const nobodyElse = {
    match: 'any',
    csv: null,
    signedIn: null,
    passwordLeaked: false,
    held: false,
    everyone: false,
  } as const
  try {
    const plan = await rooms.campaigns.plan({ ...nobodyElse, organizations: [organization.slug] }, by)
    const started = await rooms.campaigns.start(plan.id, { ...about, since: null }, by)
    const { chosen } = plan.counts
    return { outcome: 'off', sessionsEnded: off.sessions, campaign: started.campaign.id, people: chosen }
  } catch (cause) {
    const detail = `single sign-on is off, but no reset was started: sekisho reset-campaign plan --organization ${organization.slug}`
    throw new Fault('conflict', { detail, cause })
  }
}

async function describe({ ssoSwitch, clock }: OperatorRooms, organization: Organization) {
  const state = ssoSwitch.stateOf(organization)
  const confirmers = state.kind === 'live' ? await ssoSwitch.confirmers(organization) : []
  const until = state.kind === 'live' ? state.revertAt : state.kind === 'rolled_back' ? state.at : null
  return {
    organization: organization.slug,
    state: state.kind,
    ...(until === null ? {} : { until: isoInstant(until) }),
    breakGlass: rulesAt(organization, clock.now()).sso.breakGlassEmails,
    ...(state.kind === 'live' ? { mayConfirm: confirmers.map(({ email }) => email), ...next } : {}),
  }
}

function proposalRefused(refused: Exclude<Proposing, { kind: 'live' }>): Fault {
  switch (refused.kind) {
    case 'on':
      return conflict('single sign-on is on already')
    case 'running':
      return conflict('a proposal waits for its confirmation: confirm or withdraw it first')
    case 'read_only':
      return conflict('this organization comes from policies/: write sso.required there and reload')
    case 'no_provider':
      return conflict('no identity provider is imported: sekisho sso import')
    case 'no_domain':
      return conflict('no e-mail domain is verified: sekisho orgs domains add, then verify')
    case 'no_break_glass':
      return invalid('name an administrator who comes in when the provider cannot: --break-glass EMAIL')
    case 'minutes':
      return invalid(`minutes must be a whole number from ${refused.min} to ${refused.max}`)
    case 'break_glass':
      return invalid(`${refused.email} could not come in when the provider fails: ${lacks[refused.why]}`)
    case 'overtaken':
      return conflict(overtaken)
    default:
      return refused satisfies never
  }
}

const lacks: Readonly<Record<BreakGlassLack, string>> = {
  unknown: 'there is no such account',
  other_organization: 'the account is not one of this organization',
  not_open: 'the account is not open',
  not_administrator: 'the account is no administrator',
  no_password: 'the account has neither a password nor a passkey',
  reset_required: 'the account has to reset its password first',
  no_second_factor: 'the account has no second factor of its own',
}

function offRefused(kind: Exclude<SwitchingOff['kind'], 'off'>): Fault {
  switch (kind) {
    case 'not_on':
      return conflict('single sign-on is not on')
    case 'running':
      return conflict('it only waits for its confirmation: sekisho sso withdraw')
    case 'read_only':
      return conflict('this organization comes from policies/: write sso.required there and reload')
    case 'overtaken':
      return conflict(overtaken)
    default:
      return kind satisfies never
  }
}

function conflict(detail: string): Fault {
  return new Fault('conflict', { detail })
}
