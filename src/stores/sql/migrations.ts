import { type Kysely, sql } from 'kysely'
import { Fault } from '../../lib/fault.ts'
import type { ColumnTypes } from './column-types.ts'
import { firstSchema } from './first-schema.ts'
import { secondSchema } from './second-schema.ts'
import type { Tables } from './tables.ts'
import { thirdSchema } from './third-schema.ts'

/** Numbered by their place, never changed once released, only ever added to. */
const migrations: readonly ((types: ColumnTypes) => readonly string[])[] = [firstSchema, secondSchema, thirdSchema]

/**
 * Brings the store to the schema that this program knows, in one transaction; two processes that start at once wait for each other.
 * A store that a newer program has written is refused: this one would not keep its promises.
 */
export async function migrate(db: Kysely<Tables>, types: ColumnTypes): Promise<void> {
  await db.transaction().execute(async tx => {
    await sql
      .raw(
        `create table if not exists schema_version (id ${types.integer} primary key, version ${types.integer} not null) ${types.tableEnd}`,
      )
      .execute(tx)
    const row = await tx.selectFrom('schema_version').select('version').where('id', '=', 1).executeTakeFirst()
    const version = row?.version ?? 0
    if (version > migrations.length)
      throw new Fault('unavailable', {
        detail: `the store has schema ${version}, this program knows ${migrations.length}: use the newer program`,
      })
    if (version === migrations.length) return
    for (const migration of migrations.slice(version))
      for (const statement of migration(types)) await sql.raw(statement).execute(tx)
    await tx
      .insertInto('schema_version')
      .values({ id: 1, version: migrations.length })
      .onConflict(conflict => conflict.column('id').doUpdateSet({ version: migrations.length }))
      .execute()
  })
}
