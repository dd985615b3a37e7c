import type { Undoable } from '../../people/session-change.ts'
import type { Trail } from '../../people/trail.ts'
import { readFactor } from './account-rows.ts'
import type { Tx } from './ground.ts'

// Factors that leave, with what leaves with them. Backup codes and a spare phone stand in for a second factor and are none themselves.

type Removed = Extract<Undoable, { kind: 'factor_removed' }>

/** Whether a second factor helps. The account's row has to be taken: nobody adds or removes one between this look and what follows. */
export async function hasActive(tx: Tx, accountId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('factors')
    .select('id')
    .where('account_id', '=', accountId)
    .where('set_aside_at', 'is', null)
    .where('spare', '=', 0)
    .where('kind', '<>', 'backup_code')
    .executeTakeFirst()
  return row !== undefined
}

/** Removes factors, their codes with them, and answers what would put them back. */
export async function takeAway(tx: Tx, accountId: string, factorIds: readonly string[]): Promise<readonly Removed[]> {
  const removed: Removed[] = []
  for (const factorId of factorIds) {
    const codes = await tx
      .deleteFrom('backup_codes')
      .where('factor_id', '=', factorId)
      .where('account_id', '=', accountId)
      .returning('hash')
      .execute()
    const row = await tx
      .deleteFrom('factors')
      .where('id', '=', factorId)
      .where('account_id', '=', accountId)
      .returningAll()
      .executeTakeFirst()
    if (row !== undefined)
      removed.push({ kind: 'factor_removed', factor: readFactor(row), backupHashes: codes.map(({ hash }) => hash) })
  }
  return removed
}

export async function takeStandInsAway(tx: Tx, accountId: string): Promise<readonly Removed[]> {
  const rows = await tx
    .selectFrom('factors')
    .select('id')
    .where('account_id', '=', accountId)
    .where(either => either.or([either('spare', '=', 1), either('kind', '=', 'backup_code')]))
    .execute()
  return takeAway(
    tx,
    accountId,
    rows.map(({ id }) => id),
  )
}

/** The trail's undo with what was really there, in place of what its writer could know; nothing where no session did it. */
export function undoOf({ undo }: Trail, removed: readonly Undoable[], added: Trail['undo'] = []): Pick<Trail, 'undo'> {
  const sessionId = undo?.[0]?.sessionId
  if (sessionId === undefined) return {}
  return { undo: [...removed.map(each => ({ sessionId, change: JSON.stringify(each) })), ...added] }
}
