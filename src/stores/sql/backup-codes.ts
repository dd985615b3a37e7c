import type { BackupCodeSets } from '../../people/backup-codes.ts'
import type { Trail } from '../../people/trail.ts'
import { writeFactor } from './account-rows.ts'
import { takeAccount } from './credentials.ts'
import { voidTickets } from './endings.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { hasActive, takeAway, undoOf } from './stand-ins.ts'
import { leave } from './trail.ts'

export function createBackupCodeSets(ground: Ground): BackupCodeSets {
  return {
    keep: (accountId, factor, hashes, trail) =>
      write(ground, async tx => {
        const account = await takeAccount(tx, accountId)
        if (account === undefined || account.reset_at !== null || !(await hasActive(tx, accountId))) return false
        const former = await takeAway(tx, accountId, await setsOf(tx, accountId))
        await tx.insertInto('factors').values(writeFactor(accountId, factor)).execute()
        const rows = hashes.map(hash => ({ factor_id: factor.id, account_id: accountId, hash }))
        await tx.insertInto('backup_codes').values(rows).execute()
        await voidTickets(tx, accountId)
        // The new set is taken back first (the end comes first), then the former one is there again.
        const undo = undoOf(trail, former, trail.undo)
        await leave(ground, tx, { ...trail, ...undo }, [{ kind: 'account', id: accountId }])
        return true
      }),
    use: (accountId, hash, trail) =>
      write(ground, async tx => {
        if (!(await takeCode(tx, accountId, hash))) return null
        const left = await leftOf(tx, accountId)
        await leave(ground, tx, withLeft(trail, left), [])
        return left
      }),
    left: accountId => leftOf(ground.db, accountId),
  }
}

async function setsOf(tx: Tx, accountId: string): Promise<readonly string[]> {
  const sets = tx
    .selectFrom('factors')
    .select('id')
    .where('account_id', '=', accountId)
    .where('kind', '=', 'backup_code')
  return (await sets.execute()).map(({ id }) => id)
}

/** One statement that finds and takes away: of fifty that show one code, one gets it. A set that was set aside opens nothing. */
async function takeCode(tx: Tx, accountId: string, hash: string): Promise<boolean> {
  const taken = await tx
    .deleteFrom('backup_codes')
    .where('account_id', '=', accountId)
    .where('hash', '=', hash)
    .where('factor_id', 'in', sets =>
      sets.selectFrom('factors').select('id').where('account_id', '=', accountId).where('set_aside_at', 'is', null),
    )
    .returning('hash')
    .execute()
  return taken.length > 0
}

async function leftOf(db: Tx | Ground['db'], accountId: string): Promise<number> {
  const row = await db
    .selectFrom('backup_codes')
    .select(codes => codes.fn.countAll<number>().as('left'))
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return Number(row?.left ?? 0)
}

function withLeft({ audit, notices, ...rest }: Trail, left: number): Trail {
  return {
    ...rest,
    audit: { ...audit, facts: { ...audit.facts, left } },
    notices: notices.map(notice => ({ ...notice, facts: { ...notice.facts, left } })),
  }
}
