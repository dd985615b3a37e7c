import type { Attempt } from '../../people/attempt.ts'
import type { Hold } from '../../people/hold.ts'
import type { Trail } from '../../people/trail.ts'
import { writeAttempt } from './attempt-rows.ts'
import { appendAudit } from './audit.ts'
import { type Ground, type Tx, write } from './ground.ts'
import type { AccountTable } from './tables.ts'
import { leave } from './trail.ts'

// Holds: a right password was used inside an attack. One statement compares and sets, so that of many who come with the same password
// one holds the account, and one mail tells of it.

export function hold(ground: Ground, id: string, { held, trail }: Hold): Promise<boolean> {
  return write(ground, async tx => {
    if (!(await take(tx, id, held))) return false
    await leave(ground, tx, trail, [{ kind: 'account', id }])
    return true
  })
}

/** In one transaction, because a second one would tell by its time that the password was right. The mail carries the attempt's own code. */
export function startHeld(ground: Ground, attempt: Attempt, held: Hold, trail: Trail): Promise<boolean> {
  return write(ground, async tx => {
    const isFirst = await take(tx, attempt.accountId, held.held)
    const emailCode = isFirst ? attempt.emailCode : null
    await tx
      .insertInto('attempts')
      .values(writeAttempt({ ...attempt, emailCode }))
      .execute()
    await leave(ground, tx, trail, [])
    if (isFirst) await leave(ground, tx, held.trail, [{ kind: 'account', id: attempt.accountId }])
    return isFirst
  })
}

export function releaseHold(ground: Ground, id: string, trail: Trail): Promise<boolean> {
  return write(ground, async tx => {
    const released = await tx
      .updateTable('accounts')
      .set({ held_at: null, held_cause: null })
      .where('id', '=', id)
      .where('held_at', 'is not', null)
      .executeTakeFirst()
    if (released.numUpdatedRows !== 1n) return false
    await leave(ground, tx, trail, [{ kind: 'account', id }])
    return true
  })
}

/** As part of a change that ends the doubt: a new password, a sign-in that its owner confirmed. The account's row has been taken. */
export async function endHold(
  ground: Ground,
  tx: Tx,
  account: AccountTable,
  { audit }: Trail,
  by: 'new_password' | 'confirmed',
): Promise<void> {
  if (account.held_at === null) return
  await tx.updateTable('accounts').set({ held_at: null, held_cause: null }).where('id', '=', account.id).execute()
  await appendAudit(ground, tx, { ...audit, event: 'hold_released', facts: { by, cause: account.held_cause } })
}

async function take(tx: Tx, id: string, held: Hold['held']): Promise<boolean> {
  const taken = await tx
    .updateTable('accounts')
    .set({ held_at: held.at, held_cause: held.cause })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .where('held_at', 'is', null)
    .executeTakeFirst()
  return taken.numUpdatedRows === 1n
}
