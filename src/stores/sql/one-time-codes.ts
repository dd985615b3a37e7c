import type { OneTimeCode, OneTimeCodes, SpentOnce } from '../../people/one-time-codes.ts'
import { type Ground, write } from './ground.ts'
import type { OneTimeCodeTable } from './tables.ts'
import { leave } from './trail.ts'
import { stored } from './values.ts'

export function createOneTimeCodes(ground: Ground): OneTimeCodes {
  const { db } = ground
  return {
    keep: (code, trail) =>
      write(ground, async tx => {
        const { subject, purpose, ...rest } = writeCode(code)
        await tx
          .insertInto('one_time_codes')
          .values({ subject, purpose, ...rest })
          .onConflict(conflict => conflict.columns(['subject', 'purpose']).doUpdateSet(rest))
          .execute()
        await leave(ground, tx, trail, [])
      }),
    async find(subject, purpose, at) {
      const row = await db
        .selectFrom('one_time_codes')
        .selectAll()
        .where('subject', '=', subject)
        .where('purpose', '=', purpose)
        .where('expires_at', '>', at)
        .executeTakeFirst()
      return row === undefined ? null : readCode(row)
    },
    async countTry(subject, purpose, at) {
      const row = await db
        .updateTable('one_time_codes')
        .set(code => ({ tries: code('tries', '+', 1) }))
        .where('subject', '=', subject)
        .where('purpose', '=', purpose)
        .where('expires_at', '>', at)
        .returning('tries')
        .executeTakeFirst()
      return row?.tries ?? null
    },
    /** One statement that compares and takes away: whoever comes second finds nothing. */
    async use(subject, purpose, hash, at) {
      const row = await db
        .deleteFrom('one_time_codes')
        .where('subject', '=', subject)
        .where('purpose', '=', purpose)
        .where('hash', '=', hash)
        .where('expires_at', '>', at)
        .returningAll()
        .executeTakeFirst()
      return row === undefined ? null : readCode(row)
    },
    async end(subject, purpose) {
      await db.deleteFrom('one_time_codes').where('subject', '=', subject).where('purpose', '=', purpose).execute()
    },
  }
}

export function createSpentOnce({ db }: Ground): SpentOnce {
  return {
    /** One statement, so that of two writers just one is the first. */
    async spend(key, until, at) {
      const row = await db
        .insertInto('spent')
        .values({ key, until })
        .onConflict(conflict => conflict.column('key').doUpdateSet({ until }).where('spent.until', '<=', at))
        .returning('key')
        .executeTakeFirst()
      return row !== undefined
    },
  }
}

function writeCode({ subject, purpose, accountId, hash, expiresAt, detail }: OneTimeCode): OneTimeCodeTable {
  return { subject, purpose, account_id: accountId, hash, expires_at: expiresAt, tries: 0, detail }
}

function readCode(row: OneTimeCodeTable): OneTimeCode {
  return {
    subject: row.subject,
    purpose: stored(row.purpose),
    accountId: row.account_id === null ? null : stored(row.account_id),
    hash: row.hash,
    expiresAt: row.expires_at,
    detail: row.detail,
  }
}
