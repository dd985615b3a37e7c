import { sql } from 'kysely'
import type { Accounts, LeakNote, Rehash } from '../../people/account.ts'
import type { Trail } from '../../people/trail.ts'
import { announce } from './changes.ts'
import { type Ground, write } from './ground.ts'
import { leave } from './trail.ts'
import { stored } from './values.ts'

// What is written about a password that stays what it is.

export function rehash(ground: Ground, { id, formerHash, hash, at }: Rehash): Promise<boolean> {
  return write(ground, async tx => {
    const changed = await tx
      .updateTable('accounts')
      .set({ password_hash: hash })
      .where('id', '=', id)
      .where('password_hash', '=', formerHash)
      .where('state', '<>', 'deleted')
      .executeTakeFirst()
    if (changed.numUpdatedRows !== 1n) return false
    await announce(tx, [{ kind: 'account', id }], at)
    return true
  })
}

export function noteLeak(
  ground: Ground,
  { id, hash, checkedAt, count }: LeakNote,
  trail: Trail | null,
): Promise<boolean> {
  return write(ground, async tx => {
    const noted = await tx
      .updateTable('accounts')
      .set({ leak_checked_at: checkedAt, leak_count: count })
      .where('id', '=', id)
      .where('password_hash', '=', hash)
      .where('state', '<>', 'deleted')
      .executeTakeFirst()
    if (noted.numUpdatedRows !== 1n) return false
    const changes = [{ kind: 'account' as const, id }]
    await (trail === null ? announce(tx, changes, checkedAt) : leave(ground, tx, trail, changes))
    return true
  })
}

export async function passwordCensus(ground: Ground): ReturnType<Accounts['passwordCensus']> {
  // As people/pepper.ts writes it: the id of the key stands between `k1:` and the hash.
  const keyId = sql<string>`case when password_hash like 'k1:%' then substr(password_hash, 4, 8) else '' end`
  const count = (condition: ReturnType<typeof sql<boolean>>) =>
    sql<number>`sum(case when ${condition} then 1 else 0 end)`
  const rows = await ground.db
    .selectFrom('accounts')
    .select([
      'organization_id',
      keyId.as('key_id'),
      count(sql<boolean>`leak_count > 0`).as('leaked'),
      count(sql<boolean>`leak_count = 0`).as('not_found'),
      count(sql<boolean>`leak_count is null`).as('never'),
    ])
    .where('password_hash', 'is not', null)
    .where('state', '<>', 'deleted')
    .groupBy(['organization_id', keyId])
    .orderBy('organization_id')
    .execute()
  return rows.map(row => ({
    organizationId: row.organization_id === null ? null : stored(row.organization_id),
    keyId: row.key_id === '' ? null : row.key_id,
    leaked: Number(row.leaked),
    notFound: Number(row.not_found),
    neverLookedAt: Number(row.never),
  }))
}
