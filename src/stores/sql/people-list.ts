import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { FactorFilter, ListedPerson, PeopleFilter, PeopleList, PersonState } from '../../people/people-list.ts'
import type { Ground } from './ground.ts'
import type { AccountTable, FactorTable, Tables } from './tables.ts'
import { stored, storedJson } from './values.ts'

export function createPeopleList(ground: Ground): PeopleList {
  const { db } = ground
  return {
    async page({ after, limit, ...filter }) {
      let rows = matching(ground, filter)
        .leftJoin('organizations', 'organizations.id', 'accounts.organization_id')
        .selectAll('accounts')
        .select(['organizations.slug as organization_slug', 'organizations.name as organization_name'])
        .orderBy('accounts.id')
        .limit(Math.min(Math.max(limit, 1), 1_000))
      if (after !== undefined) rows = rows.where('accounts.id', '>', after)
      const people = await rows.execute()
      const ids = people.map(({ id }) => id)
      const factors = ids.length === 0 ? [] : await factorsOf(ground, ids)
      const codes = ids.length === 0 ? [] : await codesLeft(ground, ids)
      const byAccount = Map.groupBy(factors, row => row.account_id)
      const left = new Map(codes.map(row => [row.account_id, Number(row.left)]))
      return people.map(row => listed(row, byAccount.get(row.id) ?? [], left.get(row.id) ?? 0))
    },
    async count(filter) {
      const counted = await matching(ground, filter)
        .select(db.fn.countAll<number>().as('people'))
        .executeTakeFirstOrThrow()
      return Number(counted.people)
    },
  }
}

function matching({ db }: Ground, filter: PeopleFilter) {
  const { organizationId, search, state, factor, notSignedInSince, held, leaked } = filter
  let rows = db.selectFrom('accounts').where('accounts.state', '<>', 'deleted')
  if (organizationId !== undefined) rows = rows.where('accounts.organization_id', '=', organizationId)
  if (search !== undefined) {
    const pattern = `%${search.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`
    rows = rows.where(
      sql<boolean>`(lower(accounts.name) like ${pattern} escape '\\' or lower(accounts.email) like ${pattern} escape '\\')`,
    )
  }
  if (state !== undefined) rows = rows.where(row => isIn(row, state))
  if (factor !== undefined) rows = rows.where(row => hasFactor(row, factor))
  if (notSignedInSince !== undefined)
    rows = rows.where(row =>
      row.or([row('accounts.last_sign_in_at', 'is', null), row('accounts.last_sign_in_at', '<', notSignedInSince)]),
    )
  if (held === true) rows = rows.where('accounts.held_at', 'is not', null)
  if (leaked === true) rows = rows.where('accounts.leak_count', '>', 0)
  return rows
}

type Row = ExpressionBuilder<Tables, 'accounts'>

/** The same order as `stateOf`: whoever is listed under a state is shown with it. */
function isIn(row: Row, state: PersonState): Expression<SqlBool> {
  const open = row('accounts.state', '=', 'open')
  const noReset = row('accounts.reset_at', 'is', null)
  const free = row.and([open, noReset, row('accounts.held_at', 'is', null)])
  switch (state) {
    case 'suspended':
    case 'invited':
      return row('accounts.state', '=', state)
    case 'reset_required':
      return row.and([open, row('accounts.reset_at', 'is not', null)])
    case 'held':
      return row.and([open, noReset, row('accounts.held_at', 'is not', null)])
    case 'not_signed_in':
      return row.and([free, row('accounts.last_sign_in_at', 'is', null)])
    case 'in_use':
      return row.and([free, row('accounts.last_sign_in_at', 'is not', null)])
    default:
      return state satisfies never
  }
}

function stateOf(row: AccountTable): PersonState {
  if (row.state === 'suspended' || row.state === 'invited') return row.state
  if (row.reset_at !== null) return 'reset_required'
  if (row.held_at !== null) return 'held'
  return row.last_sign_in_at === null ? 'not_signed_in' : 'in_use'
}

/** Factors that help: confirmed, not set aside, not spare; backup codes only stand in for one (people/directory.ts `isActive`). */
function hasFactor(row: Row, wanted: FactorFilter): Expression<SqlBool> {
  let factors = row
    .selectFrom('factors')
    .select('factors.id')
    .whereRef('factors.account_id', '=', 'accounts.id')
    .where('factors.set_aside_at', 'is', null)
    .where('factors.spare', '=', 0)
    .where('factors.kind', '<>', 'backup_code')
  if (wanted !== 'any' && wanted !== 'none') factors = factors.where('factors.kind', '=', wanted)
  return wanted === 'none' ? row.not(row.exists(factors)) : row.exists(factors)
}

function factorsOf({ db }: Ground, ids: readonly string[]): Promise<readonly FactorTable[]> {
  return db.selectFrom('factors').selectAll().where('account_id', 'in', ids).orderBy('added_at').orderBy('id').execute()
}

/** Of sets that still help. */
function codesLeft({ db }: Ground, ids: readonly string[]) {
  return db
    .selectFrom('backup_codes')
    .innerJoin('factors', 'factors.id', 'backup_codes.factor_id')
    .select(['backup_codes.account_id', db.fn.countAll<number>().as('left')])
    .where('backup_codes.account_id', 'in', ids)
    .where('factors.set_aside_at', 'is', null)
    .groupBy('backup_codes.account_id')
    .execute()
}

interface JoinedRow extends AccountTable {
  readonly organization_slug: string | null
  readonly organization_name: string | null
}

function listed(row: JoinedRow, factors: readonly FactorTable[], backupCodesLeft: number): ListedPerson {
  const standing = factors.filter(each => each.set_aside_at === null && each.kind !== 'backup_code')
  const phones = (spare: 0 | 1) =>
    standing.filter(each => each.kind === 'sms_code' && each.spare === spare).map(each => each.label)
  const kinds = standing
    .filter(each => each.spare === 0)
    .map(each => stored<ListedPerson['factors'][number]>(each.kind))
  const { organization_slug: slug, organization_name: name } = row
  return {
    id: stored(row.id),
    email: row.email,
    name: row.name,
    language: stored(row.language),
    organization: slug === null || name === null ? null : { slug, name },
    roles: storedJson(row.roles),
    state: stateOf(row),
    resetRequired: row.reset_reason,
    held: row.held_at !== null,
    leaked: (row.leak_count ?? 0) > 0,
    factors: [...new Set(kinds)],
    factorsSetAside: factors.filter(each => each.set_aside_at !== null).length,
    phones: phones(0),
    sparePhones: phones(1),
    backupCodesLeft,
    exemptUntil: row.exemption_reason === null ? null : (row.exemption_until ?? 'always'),
    createdAt: row.created_at,
    lastSignInAt: row.last_sign_in_at,
  }
}
