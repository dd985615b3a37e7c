import { sql } from 'kysely'
import type { InPlace } from '../../incident/campaign.ts'
import type { NextQuery } from '../../incident/campaign-store.ts'
import { readAccount } from './account-rows.ts'
import type { Ground, Tx } from './ground.ts'
import type { AccountTable } from './tables.ts'

const rowsMax = 1_000

/** Whom the task is about, by the list: nobody who came later, whatever became of addresses meanwhile. */
export async function nextPeople({ db }: Ground, id: string, query: NextQuery): Promise<readonly InPlace[]> {
  let rows = db
    .selectFrom('campaign_people')
    .innerJoin('accounts', 'accounts.id', 'campaign_people.account_id')
    .selectAll('accounts')
    .select('campaign_people.place')
    .where('campaign_people.campaign_id', '=', id)
    .where('campaign_people.place', '>', query.after)
    .orderBy('campaign_people.place')
    .limit(Math.min(query.limit, rowsMax))
  if (query.task === 'flag') rows = rows.where('campaign_people.state', '=', 'chosen')
  else rows = rows.where('campaign_people.reset_at', 'is', null).where('campaign_people.withdrawn_at', 'is', null)
  if (query.task === 'withdraw') rows = rows.where('campaign_people.state', '=', 'flagged')
  if (query.task === 'remind') {
    rows = rows
      .where('campaign_people.state', 'in', ['flagged', 'already'])
      .where('accounts.state', '=', 'open')
      .where('accounts.reset_at', 'is not', null)
      .where(row =>
        row.not(
          row.exists(
            mailsThatForbid(db, query.mailedBefore, query.includeAmbiguous)
              .select('outbox_id')
              .where('campaign_mails.account_id', '=', sql.ref<string>('accounts.id')),
          ),
        ),
      )
  }
  return (await rows.execute()).map(({ place, ...account }) => ({
    place,
    account: readAccount(account satisfies AccountTable, []),
  }))
}

/** Of whichever campaign: one that waits, one of the last day, and one that may have arrived. */
function mailsThatForbid(db: Ground['db'] | Tx, mailedBefore: number, includeAmbiguous: boolean) {
  return db
    .selectFrom('campaign_mails')
    .where(row =>
      row.or([
        row('campaign_mails.queued_at', '>', mailedBefore),
        row('campaign_mails.state', '=', 'queued'),
        ...(includeAmbiguous ? [] : [row('campaign_mails.state', '=', 'ambiguous')]),
      ]),
    )
}
