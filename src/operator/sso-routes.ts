import type { PageApp } from '../http/page-env.ts'
import { Fault } from '../lib/fault.ts'
import { rulesAt } from '../people/organization-rules.ts'
import { auditOf } from '../people/origin.ts'
import { stateAt } from '../people/sso-switch.ts'
import { samlAddresses } from '../sso/addresses.ts'
import { ownMetadata } from '../sso/own-metadata.ts'
import type { BringingIn, OfferedMetadata, ProviderChanging } from '../sso/provider-changes.ts'
import { type Input, invalid, operatorOrigin, organizationBySlug, readInput } from './input.ts'
import type { OperatorRooms } from './rooms.ts'
import { describeAnswers, describeChanges, describeKeys, describeProvider } from './sso-views.ts'

/** The identity provider of an organization, our own keys towards all of them, and what was answered last. */
export function addSsoRoutes(app: PageApp, rooms: OperatorRooms): void {
  addReadings(app, rooms)
  addChanges(app, rooms)
  addKeyRoutes(app, rooms)
}

function addReadings(app: PageApp, { organizations, sso, clock }: OperatorRooms): void {
  const asked = (slug: string | undefined) => organizationBySlug(organizations, slug ?? '')
  app.get('/api/sso/provider', async context => {
    const { id, slug } = await asked(context.req.query('organization'))
    const provider = await sso.providers.find(id)
    if (provider === null) throw unknownProvider(slug)
    const answers = await sso.seenMessages.listOf(id)
    return context.json({ organization: slug, ...describeProvider(provider, answers, clock.now()) })
  })
  app.get('/api/sso/answers', async context => {
    const { id } = await asked(context.req.query('organization'))
    return context.json({ answers: describeAnswers(await sso.seenMessages.listOf(id)) })
  })
  app.get('/api/sso/metadata', async context => {
    const { slug } = await asked(context.req.query('organization'))
    const addresses = samlAddresses(sso.portalOrigin(), slug)
    return context.json({ ...addresses, document: ownMetadata(addresses, await sso.ownKeys.published()) })
  })
}

function addChanges(app: PageApp, { organizations, sso, clock }: OperatorRooms): void {
  const named = (input: Input) => organizationBySlug(organizations, input.text('organization'))
  app.post('/api/sso/import', async context => {
    const input = await readInput(context)
    const { id } = await named(input)
    const offered = offeredIn(input)
    input.finish()
    return context.json(toldOf(await sso.service.bringIn(id, offered, operatorOrigin(context))))
  })
  for (const [act, outcome] of [
    ['promote', 'promoted'],
    ['drop', 'dropped'],
  ] as const)
    app.post(`/api/sso/${act}`, async context => {
      const input = await readInput(context)
      const { id, slug } = await named(input)
      const digest = input.optionalText('digest')
      input.finish()
      return context.json(changed(outcome, slug, await sso.service[act](id, digest, operatorOrigin(context))))
    })
  app.post('/api/sso/set', async context => {
    const input = await readInput(context)
    const { id, slug, rules } = await named(input)
    const words = input.list('settings')
    input.finish()
    // A role that is taken from the organization later is judged again at each sign-in.
    const roles = rules.active.sso.grantableRoles ?? ['person']
    return context.json(changed('changed', slug, await sso.service.change(id, words, roles, operatorOrigin(context))))
  })
  app.post('/api/sso/remove', async context => {
    const input = await readInput(context)
    const organization = await named(input)
    input.finish()
    const { active, previous } = organization.rules
    if (stateAt(organization, clock.now()).kind === 'rolled_back')
      throw conflict('a proposal was rolled back, and is not put aside yet: sekisho sso withdraw')
    if (rulesAt(organization, clock.now()).sso.required || active.sso.required || previous?.sso.required === true)
      throw conflict('its people sign in through it: switch single sign-on off first (sekisho sso off)')
    if (!(await sso.service.remove(organization.id, operatorOrigin(context)))) throw unknownProvider(organization.slug)
    return context.json({ outcome: 'removed' })
  })
}

/** Our keys, and an address for a test sign-in. */
function addKeyRoutes(app: PageApp, { organizations, sso, clock }: OperatorRooms): void {
  app.get('/api/sso/keys', async context =>
    context.json({ keys: describeKeys(await sso.ownKeys.published(), clock.now()) }),
  )
  app.post('/api/sso/keys/rotate', async context => {
    const input = await readInput(context)
    input.finish()
    const nobody = { accountId: null, organizationId: null }
    const row = auditOf('sso_key_rotated', nobody, operatorOrigin(context), clock.now())
    return context.json({ keys: describeKeys(await sso.ownKeys.rotate(row), clock.now()) })
  })
  app.post('/api/sso/test', async context => {
    const input = await readInput(context)
    const { id, slug } = await organizationBySlug(organizations, input.text('organization'))
    input.finish()
    if ((await sso.providers.find(id)) === null) throw unknownProvider(slug)
    const { start } = samlAddresses(sso.portalOrigin(), slug)
    const [last] = (await sso.seenMessages.listOf(id)).filter(({ purpose }) => purpose === 'test')
    return context.json({
      address: `${start}?test=${encodeURIComponent(sso.testTickets.mint(id))}`,
      last: last === undefined ? null : (describeAnswers([last])[0] ?? null),
    })
  })
}

function offeredIn(input: Input): OfferedMetadata {
  const [url, document, entityId] = [
    input.optionalText('url'),
    input.optionalText('document'),
    input.optionalText('entity'),
  ]
  const name = (input.optionalText('name') ?? 'document').slice(0, 200)
  if ((url === null) === (document === null)) throw invalid('either url or document is needed')
  if (url !== null) return { kind: 'url', url, entityId }
  return { kind: 'file', name, document: document ?? '', entityId }
}

function toldOf(outcome: BringingIn): Readonly<Record<string, unknown>> {
  switch (outcome.kind) {
    case 'imported':
    case 'unchanged':
    case 'withdrawn':
      return { outcome: outcome.kind, entityId: outcome.provider.metadata.entityId, notes: outcome.notes }
    case 'staged':
      return {
        ...{ outcome: 'staged', digest: outcome.provider.staged?.digest ?? null },
        ...{ difference: describeChanges(outcome.difference), notes: outcome.notes },
      }
    case 'refused':
      throw invalid(outcome.problems.join('\n'))
    case 'overtaken':
      throw conflict(overtaken)
    default:
      return outcome satisfies never
  }
}

function changed(what: string, slug: string, outcome: ProviderChanging): Readonly<Record<string, unknown>> {
  switch (outcome.kind) {
    case 'changed':
      return { outcome: what, settings: outcome.provider.settings }
    case 'invalid':
      throw invalid(outcome.problems.join('\n'))
    case 'nothing_staged':
      throw conflict('no other metadata waits')
    case 'unknown':
      throw unknownProvider(slug)
    case 'overtaken':
      throw conflict(overtaken)
    default:
      return outcome satisfies never
  }
}

const overtaken = 'another change was faster: look again (sekisho sso show) and decide anew'

function unknownProvider(slug: string): Fault {
  return new Fault('not_found', { detail: `${slug} has no identity provider: sekisho sso import` })
}

function conflict(detail: string): Fault {
  return new Fault('conflict', { detail })
}
