import type { Campaign, PlannedPerson } from '../../incident/campaign.ts'
import type { CampaignPlans, CandidateQuery, SignInQuery } from '../../incident/campaign-store.ts'
import type { AuditEntry } from '../../journal/audit.ts'
import { appendAudit } from './audit.ts'
import { type Ground, write } from './ground.ts'
import { stored } from './values.ts'

const rowsMax = 1_000

type Plans<Name extends keyof CampaignPlans> = ReturnType<CampaignPlans[Name]>

export async function begin(
  { db }: Ground,
  draft: Pick<Campaign, 'id' | 'selection' | 'plannedAt' | 'plannedBy'>,
): Promise<void> {
  await db
    .insertInto('campaigns')
    .values({
      id: draft.id,
      state: 'drafting',
      selection: JSON.stringify(draft.selection),
      digest: '',
      counts: '{}',
      planned_at: draft.plannedAt,
      planned_by: draft.plannedBy,
      ...nothingDone,
    })
    .execute()
}

const nothingDone = {
  position: 0,
  include_ambiguous: 0,
  flagged: 0,
  already: 0,
  skipped: 0,
  reminded: 0,
  withdrawn: 0,
  sessions_ended: 0,
  sockets_cut: 0,
  busy_ms: 0,
}

export function addPeople(ground: Ground, id: string, people: readonly PlannedPerson[]): Promise<void> {
  return write(ground, async tx => {
    const draft = await tx.selectFrom('campaigns').select('state').where('id', '=', id).executeTakeFirst()
    // What was frozen stays as it is.
    if (draft?.state !== 'drafting' || people.length === 0) return
    await tx
      .insertInto('campaign_people')
      .values(
        people.map(({ place, accountId, excluded }) => ({
          campaign_id: id,
          place,
          account_id: accountId,
          state: excluded === null ? 'chosen' : 'excluded',
          why: excluded,
          sessions_ended: 0,
          sockets_cut: 0,
        })),
      )
      .execute()
  })
}

export function freeze(
  ground: Ground,
  id: string,
  { digest, counts }: Parameters<CampaignPlans['freeze']>[1],
  audit: AuditEntry,
): Promise<boolean> {
  return write(ground, async tx => {
    const frozen = await tx
      .updateTable('campaigns')
      .set({ state: 'planned', digest, counts: JSON.stringify(counts) })
      .where('id', '=', id)
      .where('state', '=', 'drafting')
      .executeTakeFirst()
    if (frozen.numUpdatedRows !== 1n) return false
    await appendAudit(ground, tx, audit)
    return true
  })
}

export async function planned({ db }: Ground, id: string, after: number, limit: number): Plans<'planned'> {
  const rows = await db
    .selectFrom('campaign_people')
    .select(['place', 'account_id', 'state', 'why'])
    .where('campaign_id', '=', id)
    .where('place', '>', after)
    .orderBy('place')
    .limit(Math.min(limit, rowsMax))
    .execute()
  return rows.map(({ place, account_id, state, why }) => ({
    place,
    accountId: account_id,
    excluded: state === 'excluded' && why !== null ? stored(why) : null,
  }))
}

export async function idsByEmail({ db }: Ground, keys: readonly string[]): Plans<'idsByEmail'> {
  if (keys.length === 0) return []
  const rows = await db
    .selectFrom('accounts')
    .select(['id', 'email_key'])
    .where('email_key', 'in', keys)
    .where('state', '<>', 'deleted')
    .execute()
  return rows.map(({ id, email_key }) => ({ id, key: email_key }))
}

/** Deleted accounts are found by their id alone. */
export async function candidates({ db }: Ground, query: CandidateQuery): Plans<'candidates'> {
  let rows = db
    .selectFrom('accounts')
    .select(['id', 'email', 'organization_id', 'state', 'reset_at'])
    .orderBy('id')
    .limit(Math.min(query.limit, rowsMax))
  if (query.ids === undefined) rows = rows.where('state', '<>', 'deleted')
  else rows = rows.where('id', 'in', query.ids.length === 0 ? [''] : query.ids)
  if (query.after !== undefined) rows = rows.where('id', '>', query.after)
  if (query.organizationId !== undefined) rows = rows.where('organization_id', '=', query.organizationId)
  if (query.passwordLeaked === true) rows = rows.where('leak_count', '>', 0)
  if (query.held === true) rows = rows.where('held_at', 'is not', null)
  return (await rows.execute()).map(row => ({
    id: row.id,
    email: row.email,
    organizationId: row.organization_id,
    state: stored(row.state),
    flagged: row.reset_at !== null,
  }))
}

export async function signIns({ db }: Ground, { event, from, until, after, limit }: SignInQuery): Plans<'signIns'> {
  let rows = db
    .selectFrom('audit')
    .select(['number', 'at', 'account_id', 'address'])
    .where('event', '=', event)
    .where('at', '>=', after?.at ?? from)
    .where('at', '<', until)
    .orderBy('at')
    .orderBy('number')
    .limit(Math.min(limit, rowsMax))
  if (after !== null) rows = rows.where(row => row.or([row('at', '>', after.at), row('number', '>', after.number)]))
  return (await rows.execute()).map(row => ({
    number: row.number,
    at: row.at,
    accountId: row.account_id ?? '',
    address: row.address ?? '',
  }))
}
