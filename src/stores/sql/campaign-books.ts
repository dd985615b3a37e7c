import type { Campaign, LedgerRow, MailFate } from '../../incident/campaign.ts'
import type { CampaignTally } from '../../incident/campaign-store.ts'
import { readCampaign, readLedgerRow } from './campaign-rows.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { stored } from './values.ts'

const rowsMax = 1_000

export async function findCampaign({ db }: Ground, id: string): Promise<Campaign | null> {
  const row = await db.selectFrom('campaigns').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined || row.state === 'drafting' ? null : readCampaign(row)
}

export async function listCampaigns({ db }: Ground, limit: number): Promise<readonly Campaign[]> {
  const rows = await db
    .selectFrom('campaigns')
    .selectAll()
    .where('state', '<>', 'drafting')
    .orderBy('planned_at', 'desc')
    .orderBy('id')
    .limit(Math.min(limit, rowsMax))
    .execute()
  return rows.map(readCampaign)
}

export async function listPeople(
  { db }: Ground,
  id: string,
  after: number,
  limit: number,
): Promise<readonly LedgerRow[]> {
  const rows = await db
    .selectFrom('campaign_people')
    .leftJoin('accounts', 'accounts.id', 'campaign_people.account_id')
    .selectAll('campaign_people')
    .select(['accounts.email', 'accounts.organization_id'])
    .where('campaign_people.campaign_id', '=', id)
    .where('campaign_people.place', '>', after)
    .orderBy('campaign_people.place')
    .limit(Math.min(limit, rowsMax))
    .execute()
  if (rows.length === 0) return []
  const mails = await db
    .selectFrom('campaign_mails')
    .selectAll()
    .where('campaign_id', '=', id)
    .where(
      'account_id',
      'in',
      rows.map(row => row.account_id),
    )
    .orderBy('outbox_id')
    .execute()
  const byAccount = Map.groupBy(mails, mail => mail.account_id)
  return rows.map(row => readLedgerRow(row, byAccount.get(row.account_id) ?? []))
}

export async function tally({ db }: Ground, id: string): Promise<CampaignTally> {
  const rows = await db
    .selectFrom('campaign_mails')
    .select(row => ['kind', 'state', row.fn.countAll<number>().as('count')])
    .where('campaign_id', '=', id)
    .groupBy(['kind', 'state'])
    .execute()
  const reset = await db
    .selectFrom('campaign_people')
    .select(row => row.fn.countAll<number>().as('count'))
    .where('campaign_id', '=', id)
    .where('reset_at', 'is not', null)
    .executeTakeFirstOrThrow()
  const none = { queued: 0, sent: 0, failed: 0, ambiguous: 0, withdrawn: 0 }
  const mails = { first: { ...none }, reminder: { ...none } }
  for (const { kind, state, count } of rows) mails[stored<'first' | 'reminder'>(kind)][stored<MailFate>(state)] = count
  return { mails, resetDone: reset.count }
}

/** The person has chosen a new password, or the flag was taken back by hand: in the transaction that lifts the flag. */
export async function settleLedgers(
  tx: Tx,
  accountId: string,
  how: 'reset_at' | 'withdrawn_at',
  at: number,
): Promise<void> {
  await tx
    .updateTable('campaign_people')
    .set(how === 'reset_at' ? { reset_at: at } : { withdrawn_at: at })
    .where('account_id', '=', accountId)
    .where('state', 'in', ['flagged', 'already'])
    .where('reset_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .execute()
}

/** What the outbox learned about mails, for those that a campaign sent. */
export async function settleMails(
  tx: Tx,
  ids: readonly number[],
  fate: { state: MailFate; answer: string | null; at: number },
): Promise<void> {
  if (ids.length > 0) await tx.updateTable('campaign_mails').set(fate).where('outbox_id', 'in', ids).execute()
}

/** Only people who were flagged just now: other things cut connections too. */
export function countCuts(
  ground: Ground,
  cuts: readonly { readonly accountId: string; readonly count: number }[],
  since: number,
): Promise<void> {
  return write(ground, async tx => {
    for (const { accountId, count } of cuts) {
      const row = await tx
        .updateTable('campaign_people')
        .set(person => ({ sockets_cut: person('sockets_cut', '+', count) }))
        .where('account_id', '=', accountId)
        .where('state', '=', 'flagged')
        .where('at', '>=', since)
        .returning('campaign_id')
        .executeTakeFirst()
      if (row === undefined) continue
      await tx
        .updateTable('campaigns')
        .set(campaign => ({ sockets_cut: campaign('sockets_cut', '+', count) }))
        .where('id', '=', row.campaign_id)
        .execute()
    }
  })
}
