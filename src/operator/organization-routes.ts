import type { PageApp } from '../http/page-env.ts'
import { Fault } from '../lib/fault.ts'
import type { Organization, OrganizationRules } from '../people/organization.ts'
import type { OrganizationChanging, OrganizationCreating } from '../people/organization-admin.ts'
import { rulesAt } from '../people/organization-rules.ts'
import { type Input, invalid, operatorOrigin, organizationBySlug, parseRoles, readInput } from './input.ts'
import type { OperatorRooms } from './rooms.ts'

/** Organizations and their rules. Those that come from `policies/` are read-only here. */
export function addOrganizationRoutes(app: PageApp, rooms: OperatorRooms): void {
  app.get('/api/orgs', async context => {
    const organizations = await rooms.organizations.list()
    return context.json({ organizations: organizations.map(each => describe(rooms, each)) })
  })
  app.post('/api/orgs', async context => {
    const input = await readInput(context)
    const declared = { slug: input.text('slug'), name: input.text('name'), rules: unrestricted }
    input.finish()
    return context.json(told(rooms, await rooms.organizationAdmin.create(declared, operatorOrigin(context))), 201)
  })
  app.post('/api/orgs/networks', async context => {
    const input = await readInput(context)
    const organization = await find(rooms, input)
    const networks = input.list('networks').map(network => ({ network, comment: '' }))
    const mode = input.optionalText('mode') ?? rulesAt(organization, rooms.clock.now()).networksMode
    input.finish()
    if (mode !== 'enforce' && mode !== 'report') throw invalid('mode must be enforce or report')
    return context.json(told(rooms, await change(rooms, organization, { networks, networksMode: mode }, context)))
  })
  app.post('/api/orgs/lift-networks', async context => {
    const input = await readInput(context)
    const organization = await find(rooms, input)
    input.finish()
    return context.json(told(rooms, await change(rooms, organization, { networks: null }, context)))
  })
  app.post('/api/orgs/second-factor', async context => {
    const input = await readInput(context)
    const organization = await find(rooms, input)
    const roles = input.list('roles')
    const from = input.optionalTime('from') ?? rooms.clock.now()
    input.finish()
    const secondFactor = roles.length === 0 ? null : { roles: roles.includes('all') ? ('all' as const) : roles, from }
    return context.json(told(rooms, await change(rooms, organization, { secondFactor }, context)))
  })
  app.post('/api/orgs/devices', async context => {
    const input = await readInput(context)
    const organization = await find(rooms, input)
    const devices = input.text('devices')
    input.finish()
    if (devices !== 'any' && devices !== 'approved-mobile' && devices !== 'approved')
      throw invalid('devices must be any, approved-mobile or approved')
    return context.json(told(rooms, await change(rooms, organization, { devices }, context)))
  })
  // What an identity provider may make of people is for the operator to say, never for the provider's own settings.
  app.post('/api/orgs/roles', async context => {
    const input = await readInput(context)
    const organization = await find(rooms, input)
    const grantableRoles = parseRoles(input)
    input.finish()
    if (grantableRoles.length === 0) throw invalid('name at least one role')
    const sso = { ...rulesAt(organization, rooms.clock.now()).sso, grantableRoles }
    return context.json(told(rooms, await change(rooms, organization, { sso }, context)))
  })
}

const unrestricted: OrganizationRules = {
  networks: null,
  networksMode: 'enforce',
  sso: { required: false, breakGlassEmails: [] },
  secondFactor: null,
  devices: 'any',
  sessionIdleMs: null,
  sessionAbsoluteMs: null,
  emailedCodes: false,
  codeOnUnknownDevice: false,
}

function change(
  rooms: OperatorRooms,
  organization: Organization,
  rules: Partial<OrganizationRules>,
  context: Parameters<typeof operatorOrigin>[0],
): Promise<OrganizationChanging> {
  return rooms.organizationAdmin.setRules(
    organization,
    { ...rulesAt(organization, rooms.clock.now()), ...rules },
    operatorOrigin(context),
  )
}

function find(rooms: OperatorRooms, input: Input): Promise<Organization> {
  return organizationBySlug(rooms.organizations, input.text('organization'))
}

function told(
  rooms: OperatorRooms,
  outcome: OrganizationCreating | OrganizationChanging,
): Readonly<Record<string, unknown>> {
  switch (outcome.kind) {
    case 'created':
    case 'changed':
      return { outcome: outcome.kind, ...describe(rooms, outcome.organization) }
    case 'taken':
      throw new Fault('conflict', { detail: 'there is already an organization of that name' })
    case 'unknown':
      throw new Fault('not_found', { detail: 'the organization is gone' })
    case 'sso_waits':
      throw new Fault('conflict', { detail: 'single sign-on waits for its confirmation: confirm or withdraw it first' })
    case 'overtaken':
      throw new Fault('conflict', { detail: 'another change was faster: look at the organization and try again' })
    case 'read_only':
      throw new Fault('conflict', { detail: 'this organization comes from policies/: change it there and reload' })
    case 'invalid':
      throw invalid(`${outcome.field} cannot be used`)
    case 'bad_networks':
      throw invalid(
        outcome.networks.map(({ index, network }) => `networks[${index}] "${network}" is not a network`).join('; '),
      )
    default:
      return outcome satisfies never
  }
}

function describe({ clock }: OperatorRooms, organization: Organization): Readonly<Record<string, unknown>> {
  const { slug, name, managedBy } = organization
  return { slug, name, managedBy, rules: rulesAt(organization, clock.now()) }
}
