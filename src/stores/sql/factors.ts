import type { Factor, Factors } from '../../people/account.ts'
import type { Trail } from '../../people/trail.ts'
import { writeFactor } from './account-rows.ts'
import { takeAccount } from './credentials.ts'
import { voidTickets } from './endings.ts'
import { type Ground, type Tx, write } from './ground.ts'
import type { AccountTable } from './tables.ts'
import { leave } from './trail.ts'

export function createFactors(ground: Ground): Factors {
  return {
    add: (accountId, factor, trail) => change(ground, accountId, trail, (tx, account) => insert(tx, account, factor)),
    addFirst: (accountId, factor, trail) =>
      change(
        ground,
        accountId,
        trail,
        async (tx, account) => !(await hasActive(tx, accountId)) && insert(tx, account, factor),
      ),
    remove: (accountId, factorId, trail) => change(ground, accountId, trail, tx => remove(tx, accountId, factorId)),
    restore: (accountId, factorId, trail) => change(ground, accountId, trail, tx => restore(tx, accountId, factorId)),
    useStep: (factorId, step) => useStep(ground, factorId, step),
  }
}

/** A ticket must not outlive a change of credentials: it may have been asked for by whom the change shuts out. */
function change(ground: Ground, accountId: string, trail: Trail, work: Work): Promise<boolean> {
  return write(ground, async tx => {
    const account = await takeAccount(tx, accountId)
    if (account === undefined || !(await work(tx, account))) return false
    await voidTickets(tx, accountId)
    await leave(ground, tx, trail, [{ kind: 'account', id: accountId }])
    return true
  })
}

type Work = (tx: Tx, account: AccountTable) => Promise<boolean>

/** The account's row has been taken: nobody adds one between this look and the insert. */
async function hasActive(tx: Tx, accountId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('factors')
    .select('id')
    .where('account_id', '=', accountId)
    .where('set_aside_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

async function insert(tx: Tx, account: AccountTable, factor: Factor): Promise<boolean> {
  if (account.reset_at !== null) return false
  const result = await tx
    .insertInto('factors')
    .values(writeFactor(account.id, factor))
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

async function remove(tx: Tx, accountId: string, factorId: string): Promise<boolean> {
  const result = await tx
    .deleteFrom('factors')
    .where('id', '=', factorId)
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}

async function restore(tx: Tx, accountId: string, factorId: string): Promise<boolean> {
  const result = await tx
    .updateTable('factors')
    .set({ set_aside_at: null })
    .where('id', '=', factorId)
    .where('account_id', '=', accountId)
    .where('set_aside_at', 'is not', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** One statement that compares and sets: whoever comes second finds the step used (RFC 6238 §5.2: one time only). */
async function useStep(ground: Ground, factorId: string, step: number): Promise<boolean> {
  const result = await ground.db
    .updateTable('factors')
    .set({ last_step: step })
    .where('id', '=', factorId)
    .where('last_step', '<', step)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}
