import { type Kysely, sql } from 'kysely'
import type { Account, AccountQuery, Accounts } from '../../people/account.ts'
import type { Trail } from '../../people/trail.ts'
import { readAccount, writeAccount, writeFactor } from './account-rows.ts'
import { changePassword, formerPasswords, markForReset, withdrawReset } from './credentials.ts'
import { endAttempts, endSessions, voidTickets } from './endings.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { hold, releaseHold } from './holds.ts'
import { noteLeak, passwordCensus, rehash } from './password-notes.ts'
import type { AccountTable, FactorTable, Tables } from './tables.ts'
import { leave } from './trail.ts'

export function createAccounts(ground: Ground): Accounts {
  return {
    find: id => find(ground, id),
    findByEmail: key => findByEmail(ground, key),
    findByCredential: id => findByCredential(ground, id),
    list: query => list(ground, query),
    create: (account, trail) => create(ground, account, trail),
    setState: (id, state, trail, from) => setState(ground, { id, state, from: from ?? null }, trail),
    setRoles: (id, roles, trail) => change(ground, id, { roles: JSON.stringify(roles) }, trail),
    setLanguage: (id, language, trail) => change(ground, id, { language }, trail),
    setExemption: (id, exemption, trail) =>
      change(
        ground,
        id,
        { exemption_reason: exemption?.reason ?? null, exemption_until: exemption?.until ?? null },
        trail,
      ),
    setPassword: (passwordChange, trail) => changePassword(ground, passwordChange, trail),
    rehash: change => rehash(ground, change),
    noteLeak: (note, trail) => noteLeak(ground, note, trail),
    passwordCensus: () => passwordCensus(ground),
    formerPasswords: id => formerPasswords(ground, id),
    markForReset: (id, flag, ticket, trail) => markForReset(ground, { id, flag, ticket }, trail),
    withdrawReset: (id, trail) => withdrawReset(ground, id, trail),
    hold: (id, held) => hold(ground, id, held),
    releaseHold: (id, trail) => releaseHold(ground, id, trail),
  }
}

/** The two questions behind `find`; a dialect may prepare them. */
export function accountById(db: Kysely<Tables>, id: string) {
  return db.selectFrom('accounts').selectAll().where('id', '=', id)
}

export function factorsByAccount(db: Kysely<Tables>, id: string) {
  return db.selectFrom('factors').selectAll().where('account_id', '=', id).orderBy('added_at').orderBy('id')
}

async function find(ground: Ground, id: string): ReturnType<Accounts['find']> {
  const row = await accountById(ground.db, id).executeTakeFirst()
  return row === undefined ? null : readAccount(row, await factorsByAccount(ground.db, id).execute())
}

async function findByEmail(ground: Ground, key: string): ReturnType<Accounts['findByEmail']> {
  const row = await ground.db
    .selectFrom('accounts')
    .selectAll()
    .where('email_key', '=', key)
    .where('state', '<>', 'deleted')
    .executeTakeFirst()
  return row === undefined ? null : readAccount(row, await factorsByAccount(ground.db, row.id).execute())
}

async function findByCredential(ground: Ground, id: string): ReturnType<Accounts['findByCredential']> {
  const row = await ground.db
    .selectFrom('accounts')
    .innerJoin('factors', 'factors.account_id', 'accounts.id')
    .selectAll('accounts')
    .where('factors.credential_id', '=', id)
    .where('accounts.state', '<>', 'deleted')
    .executeTakeFirst()
  return row === undefined ? null : readAccount(row, await factorsByAccount(ground.db, row.id).execute())
}

async function list(ground: Ground, query: AccountQuery): ReturnType<Accounts['list']> {
  let rows = ground.db
    .selectFrom('accounts')
    .selectAll()
    .where('state', '<>', 'deleted')
    .orderBy('id')
    .limit(Math.min(Math.max(query.limit, 1), 1000))
  if (query.organizationId !== undefined) rows = rows.where('organization_id', '=', query.organizationId)
  if (query.exempt === true) rows = rows.where('exemption_reason', 'is not', null)
  if (query.held === true) rows = rows.where('held_at', 'is not', null)
  if (query.after !== undefined) rows = rows.where('id', '>', query.after)
  if (query.search !== undefined) {
    const pattern = `%${query.search.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`
    rows = rows.where(
      sql<boolean>`(lower(name) like ${pattern} escape '\\' or lower(email) like ${pattern} escape '\\')`,
    )
  }
  const accounts = await rows.execute()
  const factors = await factorsOf(ground, accounts)
  return accounts.map(row => readAccount(row, factors.get(row.id) ?? []))
}

async function factorsOf(ground: Ground, accounts: readonly AccountTable[]): Promise<Map<string, FactorTable[]>> {
  if (accounts.length === 0) return new Map()
  const ids = accounts.map(account => account.id)
  const rows = await ground.db
    .selectFrom('factors')
    .selectAll()
    .where('account_id', 'in', ids)
    .orderBy('added_at')
    .orderBy('id')
    .execute()
  return Map.groupBy(rows, row => row.account_id)
}

function create(ground: Ground, account: Account, trail: Trail): Promise<'created' | 'taken'> {
  return write(ground, async tx => {
    const inserted = await tx
      .insertInto('accounts')
      .values(writeAccount(account))
      .onConflict(conflict => conflict.doNothing())
      .executeTakeFirst()
    if (inserted.numInsertedOrUpdatedRows !== 1n) return 'taken'
    for (const factor of account.factors)
      await tx.insertInto('factors').values(writeFactor(account.id, factor)).execute()
    await leave(ground, tx, trail, [{ kind: 'account', id: account.id }])
    return 'created'
  })
}

interface StateChange {
  readonly id: string
  readonly state: Account['state']
  readonly from: Account['state'] | null
}

function setState(ground: Ground, { id, state, from }: StateChange, trail: Trail): Promise<boolean> {
  return write(ground, async tx => {
    const standing = tx.selectFrom('accounts').select('state').where('id', '=', id)
    if (from !== null && (await standing.executeTakeFirst())?.state !== from) return false
    if (!(await setColumns(tx, id, { state }))) return false
    const closes = state === 'suspended' || state === 'deleted'
    const ended = closes ? await endAllOf(tx, id) : []
    await leave(ground, tx, trail, [{ kind: 'account', id }, ...ended])
    return true
  })
}

async function endAllOf(tx: Tx, id: string) {
  await endAttempts(tx, id)
  await voidTickets(tx, id)
  return (await endSessions(tx, { accountId: id })).changes
}

function change(ground: Ground, id: string, values: Partial<AccountTable>, trail: Trail): Promise<boolean> {
  return write(ground, async tx => {
    if (!(await setColumns(tx, id, values))) return false
    await leave(ground, tx, trail, [{ kind: 'account', id }])
    return true
  })
}

/** A deleted account stays as it was: its address may be another's by now. */
async function setColumns(tx: Tx, id: string, values: Partial<AccountTable>): Promise<boolean> {
  const result = await tx
    .updateTable('accounts')
    .set(values)
    .where('id', '=', id)
    .where('state', '<>', 'deleted')
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}
