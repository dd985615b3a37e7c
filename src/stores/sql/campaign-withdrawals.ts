import { sql } from 'kysely'
import type { WithdrawBatch } from '../../incident/campaign-store.ts'
import type { Change } from '../../people/changes.ts'
import { appendAudits } from './audit.ts'
import { takeTurn } from './campaign-turns.ts'
import { announce } from './changes.ts'
import { type Ground, type Tx, write } from './ground.ts'

/** Undoes flags of this campaign that nobody has acted on: their tickets are void, their waiting mails stay here, set-aside factors help again. */
export function withdrawBatch(ground: Ground, batch: WithdrawBatch): Promise<boolean> {
  return write(ground, async tx => {
    if (!(await takeTurn(tx, 'withdraw', batch))) return false
    const ids = await liftable(tx, batch)
    if (ids.length > 0) await lift(tx, batch, ids)
    const lifted = new Set(ids)
    const people = batch.people.filter(({ accountId }) => lifted.has(accountId))
    await appendAudits(
      ground,
      tx,
      people.map(({ audit }) => audit),
    )
    await announce(
      tx,
      ids.map((id): Change => ({ kind: 'account', id })),
      batch.at,
    )
    return true
  })
}

/** Not those whom another campaign wants flagged too: it found the flag set and left it at that. */
async function liftable(tx: Tx, { campaignId, flaggedBy, people }: WithdrawBatch): Promise<readonly string[]> {
  if (people.length === 0) return []
  const rows = await tx
    .selectFrom('accounts')
    .select('id')
    .where(
      'id',
      'in',
      people.map(({ accountId }) => accountId),
    )
    .where('reset_by', '=', flaggedBy)
    .where(row =>
      row.not(
        row.exists(
          tx
            .selectFrom('campaign_people')
            .innerJoin('campaigns', 'campaigns.id', 'campaign_people.campaign_id')
            .select('campaign_people.place')
            .where('campaign_people.account_id', '=', sql.ref<string>('accounts.id'))
            .where('campaign_people.campaign_id', '<>', campaignId)
            .where('campaign_people.state', '=', 'already')
            .where('campaign_people.withdrawn_at', 'is', null)
            .where('campaigns.state', '<>', 'aborted'),
        ),
      ),
    )
    .execute()
  return rows.map(({ id }) => id)
}

async function lift(tx: Tx, { campaignId, at }: WithdrawBatch, ids: readonly string[]): Promise<void> {
  await tx
    .updateTable('factors')
    .set({ set_aside_at: null })
    .where('account_id', 'in', ids)
    .where('set_aside_at', '=', sql<number>`(select reset_at from accounts where accounts.id = factors.account_id)`)
    .execute()
  await tx
    .updateTable('accounts')
    .set({ reset_reason: null, reset_at: null, reset_by: null, reset_since: null })
    .where('id', 'in', ids)
    .execute()
  await tx.deleteFrom('reset_tickets').where('account_id', 'in', ids).execute()
  await keepMails(tx, campaignId, ids, at)
  await tx
    .updateTable('campaign_people')
    .set({ withdrawn_at: at })
    .where('campaign_id', '=', campaignId)
    .where('account_id', 'in', ids)
    .execute()
  await tx
    .updateTable('campaigns')
    .set(row => ({ withdrawn: row('withdrawn', '+', ids.length) }))
    .where('id', '=', campaignId)
    .execute()
}

/** A mail that has not been taken up yet does not go out any more. */
async function keepMails(tx: Tx, campaignId: string, ids: readonly string[], at: number): Promise<void> {
  const waiting = tx
    .selectFrom('campaign_mails')
    .select('outbox_id')
    .where('campaign_id', '=', campaignId)
    .where('account_id', 'in', ids)
    .where('state', '=', 'queued')
  const kept = await tx
    .updateTable('outbox')
    .set({ state: 'failed', facts: '{}', finished_at: at, last_answer: 'withdrawn before it left' })
    .where('id', 'in', waiting)
    .where('state', '=', 'queued')
    .returning('id')
    .execute()
  if (kept.length === 0) return
  await tx
    .updateTable('campaign_mails')
    .set({ state: 'withdrawn', at })
    .where(
      'outbox_id',
      'in',
      kept.map(({ id }) => id),
    )
    .execute()
}
