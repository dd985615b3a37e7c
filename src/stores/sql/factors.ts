import type { Factor, Factors } from '../../people/account.ts'
import type { Trail } from '../../people/trail.ts'
import { writeFactor } from './account-rows.ts'
import { takeAccount } from './credentials.ts'
import { voidTickets } from './endings.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { hasActive, takeAway, takeStandInsAway, undoOf } from './stand-ins.ts'
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
    remove: (accountId, factorId, trail) => remove(ground, accountId, factorId, trail),
    restore: (accountId, factorId, trail) =>
      change(ground, accountId, trail, (tx, account) => restore(tx, account, factorId)),
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

/** With it goes what stood in for it, where it was the last one: codes on paper must not open an account that has no second factor. */
function remove(ground: Ground, accountId: string, factorId: string, trail: Trail): Promise<boolean> {
  return write(ground, async tx => {
    if ((await takeAccount(tx, accountId)) === undefined) return false
    const [removed] = await takeAway(tx, accountId, [factorId])
    if (removed === undefined) return false
    const standIns = (await hasActive(tx, accountId)) ? [] : await takeStandInsAway(tx, accountId)
    await voidTickets(tx, accountId)
    // The factor comes last: whoever puts all back begins at the end, and what stands in needs something to stand in for.
    const undo = undoOf(trail, [...standIns, removed])
    await leave(ground, tx, { ...trail, ...undo }, [{ kind: 'account', id: accountId }])
    return true
  })
}

async function insert(tx: Tx, account: AccountTable, factor: Factor): Promise<boolean> {
  if (account.reset_at !== null) return false
  if ((factor.spare || factor.kind === 'backup_code') && !(await hasActive(tx, account.id))) return false
  const result = await tx
    .insertInto('factors')
    .values(writeFactor(account.id, factor))
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

async function restore(tx: Tx, account: AccountTable, factorId: string): Promise<boolean> {
  // Whoever is to be shut out may have asked a moment before.
  if (account.reset_at !== null) return false
  const result = await tx
    .updateTable('factors')
    .set({ set_aside_at: null })
    .where('id', '=', factorId)
    .where('account_id', '=', account.id)
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
