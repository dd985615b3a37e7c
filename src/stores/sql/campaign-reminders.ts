import type { RemindBatch } from '../../incident/campaign-store.ts'
import { queueMails } from './campaign-flags.ts'
import { takeTurn } from './campaign-turns.ts'
import { type Ground, type Tx, write } from './ground.ts'

/** One more mail for people who have not acted, at most one a day from all campaigns together. */
export function remindBatch(ground: Ground, batch: RemindBatch): Promise<boolean> {
  return write(ground, async tx => {
    if (!(await takeTurn(tx, 'remind', batch))) return false
    const ids = batch.people.map(({ accountId }) => accountId)
    // Another campaign may have reminded somebody since the list was made.
    const mailed = await tx
      .selectFrom('campaign_mails')
      .select('account_id')
      .where('account_id', 'in', ids.length === 0 ? [''] : ids)
      .where('queued_at', '>', batch.mailedBefore)
      .execute()
    const recent = new Set(mailed.map(({ account_id }) => account_id))
    const due = await stillFlagged(tx, ids)
    const people = batch.people.filter(({ accountId }) => due.has(accountId) && !recent.has(accountId))
    const reminded = await queueMails(tx, batch, 'reminder', people)
    await tx
      .updateTable('campaigns')
      .set(row => ({ reminded: row('reminded', '+', reminded) }))
      .where('id', '=', batch.campaignId)
      .execute()
    return true
  })
}

/** Whoever has chosen a new password in this moment must not be told to choose one. */
async function stillFlagged(tx: Tx, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const rows = await tx
    .selectFrom('accounts')
    .select('id')
    .where('id', 'in', ids)
    .where('reset_at', 'is not', null)
    .where('state', '=', 'open')
    .execute()
  return new Set(rows.map(({ id }) => id))
}
