import type { Decoy, Decoys } from '../../people/decoys.ts'
import type { DecoyTable } from './defence-tables.ts'
import { type Ground, write } from './ground.ts'
import { leave } from './trail.ts'

/** Statement for statement what attempts.ts does, on a table that no session is ever opened from. */
export function createDecoys(ground: Ground): Decoys {
  const { db } = ground
  return {
    start: (decoy, trail) =>
      write(ground, async tx => {
        await tx.insertInto('decoys').values(writeDecoy(decoy)).execute()
        await leave(ground, tx, trail, [])
      }),
    async findByTokenHash(tokenHash) {
      const row = await db.selectFrom('decoys').selectAll().where('token_hash', '=', tokenHash).executeTakeFirst()
      return row === undefined ? null : readDecoy(row)
    },
    async countTry(id) {
      const row = await db
        .updateTable('decoys')
        .set(decoy => ({ tries: decoy('tries', '+', 1) }))
        .where('id', '=', id)
        .returning('tries')
        .executeTakeFirst()
      return row?.tries ?? null
    },
    renewCode: (id, trail) =>
      write(ground, async tx => {
        const renewed = await tx
          .updateTable('decoys')
          .set(decoy => ({ tries: decoy.ref('tries') }))
          .where('id', '=', id)
          .executeTakeFirst()
        if (renewed.numUpdatedRows !== 1n) return false
        await leave(ground, tx, trail, [])
        return true
      }),
    async end(id) {
      await db.deleteFrom('decoys').where('id', '=', id).execute()
    },
  }
}

function writeDecoy({ id, tokenHash, email, deviceId, startedAt, expiresAt, tries }: Decoy): DecoyTable {
  return {
    id,
    token_hash: tokenHash,
    email,
    device_id: deviceId,
    started_at: startedAt,
    expires_at: expiresAt,
    tries,
  }
}

function readDecoy(row: DecoyTable): Decoy {
  return {
    id: row.id,
    tokenHash: row.token_hash,
    email: row.email,
    deviceId: row.device_id,
    startedAt: row.started_at,
    expiresAt: row.expires_at,
    tries: row.tries,
  }
}
