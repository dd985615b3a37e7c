import type { PageApp } from '../http/page-env.ts'
import { streamed } from '../http/streamed.ts'
import { namesEmail } from '../lib/email-list.ts'
import { isoInstant } from '../lib/instant.ts'
import { rulesAt } from '../people/organization-rules.ts'
import { auditOf } from '../people/origin.ts'
import { exportKinds, exportPeople, type SignsInWith } from '../people/people-csv.ts'
import { factorFilters, type ListedPerson, type PeopleFilter, personStates } from '../people/people-list.ts'
import type { AccountId } from '../policy/facts.ts'
import { invalid, operatorOrigin, parseTime } from './input.ts'
import type { OperatorRooms } from './rooms.ts'

/** People as a list, page by page, and as files. */
export function addPeopleListRoutes(app: PageApp, rooms: OperatorRooms): void {
  app.get('/api/users', async context => {
    const { after, limit: asked = '200', ...query } = context.req.query()
    const limit = Math.min(1_000, Math.max(1, Number(asked) || 200))
    const filter = await readFilter(rooms, query)
    const people = await rooms.peopleList.page({
      ...filter,
      limit,
      ...(after === undefined ? {} : { after: after as AccountId }), // because an id that nobody has only says where to begin
    })
    const next = people.length === limit ? (people.at(-1)?.id ?? null) : null
    return context.json({ users: people.map(describe), next })
  })
  app.get('/api/users/count', async context =>
    context.json({ people: await rooms.peopleList.count(await readFilter(rooms, context.req.query())) }),
  )
  app.get('/api/users/export', async context => {
    const { kind: asked = '', ...query } = context.req.query()
    const kind = oneOf(exportKinds, 'kind', asked)
    const filter = await readFilter(rooms, query)
    // Written before the first byte leaves: whoever breaks the export off has read some of it.
    const count = await rooms.peopleList.count(filter)
    const about = { accountId: null, organizationId: filter.organizationId ?? null }
    const facts = { kind, count, filter: new URLSearchParams(query).toString() }
    const by = operatorOrigin(context)
    await rooms.audit.append(auditOf('people_exported', about, by, rooms.clock.now(), facts))
    const pieces = exportPeople(rooms.peopleList, { kind, filter, signsInWith: await signsInWith(rooms) })
    return streamed(pieces, {
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="people-${kind}.csv"`,
      'Cache-Control': 'no-store',
    })
  })
}

/** Each value by its name and kind; what is not known is refused: a misspelt filter would export everybody. */
async function readFilter(rooms: OperatorRooms, query: Readonly<Record<string, string>>): Promise<PeopleFilter> {
  const { organization, search, state, factor, notSignedInSince, held, leaked, ...unknown } = query
  const names = Object.keys(unknown)
  if (names.length > 0) throw invalid(`unknown: ${names.join(', ')}`)
  return {
    ...(organization === undefined ? {} : { organizationId: await organizationBySlug(rooms, organization) }),
    ...(search === undefined ? {} : { search }),
    ...(state === undefined ? {} : { state: oneOf(personStates, 'state', state) }),
    ...(factor === undefined ? {} : { factor: oneOf(factorFilters, 'factor', factor) }),
    ...(notSignedInSince === undefined ? {} : { notSignedInSince: parseTime('notSignedInSince', notSignedInSince) }),
    ...(isYes('held', held) ? { held: true } : {}),
    ...(isYes('leaked', leaked) ? { leaked: true } : {}),
  }
}

async function organizationBySlug({ organizations }: OperatorRooms, slug: string) {
  const organization = await organizations.findBySlug(slug)
  if (organization === null) throw invalid(`there is no organization ${slug}`)
  return organization.id
}

function oneOf<Word extends string>(words: readonly Word[], name: string, text: string): Word {
  const word = words.find(each => each === text)
  if (word === undefined) throw invalid(`${name} must be one of ${words.join(', ')}`)
  return word
}

function isYes(name: string, text: string | undefined): boolean {
  if (text !== undefined && text !== 'true') throw invalid(`${name} must be true, or left out`)
  return text === 'true'
}

/** Read once for each file: an export tells how things stood when it began. */
async function signsInWith({ organizations, clock }: OperatorRooms): Promise<SignsInWith> {
  const now = clock.now()
  const bound = new Map((await organizations.list()).map(each => [each.slug, rulesAt(each, now).sso]))
  return ({ organization, email }) => {
    const sso = organization === null ? undefined : bound.get(organization.slug)
    return sso?.required === true && !namesEmail(sso.breakGlassEmails, email) ? 'single sign-on' : 'password'
  }
}

function describe(person: ListedPerson): Readonly<Record<string, unknown>> {
  const { organization, lastSignInAt, createdAt, exemptUntil } = person
  return {
    ...person,
    organization: organization?.slug ?? null,
    sparePhone: person.sparePhones.length > 0,
    exemptUntil: typeof exemptUntil === 'number' ? isoInstant(exemptUntil) : exemptUntil,
    createdAt: isoInstant(createdAt),
    lastSignInAt: lastSignInAt === null ? null : isoInstant(lastSignInAt),
  }
}
