import type { Ground } from './ground.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const rowsPerSlice = 500
/** As long as the longest session, and as long again as a mail may lie unread. */
const undoableDays = 60
/** Refusals cost an attacker nothing: a flood of them must not fill the disk. About 300 MB. */
const refusalsMax = 100_000

/**
 * Takes away what time has ended, at most a slice of each kind, so that other callers wait for milliseconds only.
 * Answers how many rows went: whoever sweeps asks again until it is none.
 */
export async function sweepSlice({ db }: Ground, at: number): Promise<number> {
  const attempts = db.selectFrom('attempts').select('id').where('expires_at', '<=', at)
  const codes = db.selectFrom('join_codes').select('code_hash').where('expires_at', '<=', at)
  const tickets = db.selectFrom('reset_tickets').select('token_hash').where('expires_at', '<=', at)
  const refusals = db
    .selectFrom('refusals')
    .select('receipt')
    .where('at', '<=', Math.max(at - 7 * dayMs, await oldestKept(db)))
  const mails = db
    .selectFrom('outbox')
    .select('id')
    .where('finished_at', '<=', at - 30 * dayMs)
  const keys = db
    .selectFrom('notice_keys')
    .select('key')
    .where('at', '<=', at - dayMs)
  const changes = db
    .selectFrom('changes')
    .select('number')
    .where('at', '<=', at - dayMs)
  const codesOut = db.selectFrom('one_time_codes').select('subject').where('expires_at', '<=', at)
  const spent = db.selectFrom('spent').select('key').where('until', '<=', at)
  const decoys = db.selectFrom('decoys').select('token_hash').where('expires_at', '<=', at)
  const handOvers = db.selectFrom('hand_overs').select('account_id').where('expires_at', '<=', at)
  const bans = db.selectFrom('bans').select('id').where('until', '<=', at)
  const links = db.selectFrom('report_links').select('token_hash').where('expires_at', '<=', at)
  const undone = db
    .selectFrom('session_changes')
    .select('id')
    .where('at', '<=', at - undoableDays * dayMs)
  const forgotten = campaignsNobodyStarted(db, at)
  const gone = [
    await db
      .deleteFrom('campaign_people')
      .where('campaign_id', 'in', forgotten)
      .where('place', 'in', somePlaces(db, forgotten))
      .executeTakeFirst(),
    await db.deleteFrom('campaigns').where('id', 'in', withoutPeople(db, forgotten)).executeTakeFirst(),
    await db
      .deleteFrom('one_time_codes')
      .where('subject', 'in', codesOut.limit(rowsPerSlice))
      .where('expires_at', '<=', at)
      .executeTakeFirst(),
    await db.deleteFrom('spent').where('key', 'in', spent.limit(rowsPerSlice)).executeTakeFirst(),
    await db.deleteFrom('decoys').where('token_hash', 'in', decoys.limit(rowsPerSlice)).executeTakeFirst(),
    await db.deleteFrom('hand_overs').where('account_id', 'in', handOvers.limit(rowsPerSlice)).executeTakeFirst(),
    await db.deleteFrom('bans').where('id', 'in', bans.limit(rowsPerSlice)).executeTakeFirst(),
    await db.deleteFrom('report_links').where('token_hash', 'in', links.limit(rowsPerSlice)).executeTakeFirst(),
    await db.deleteFrom('session_changes').where('id', 'in', undone.limit(rowsPerSlice)).executeTakeFirst(),
    await db.deleteFrom('attempts').where('id', 'in', attempts.limit(rowsPerSlice)).executeTakeFirst(),
    await db.deleteFrom('join_codes').where('code_hash', 'in', codes.limit(rowsPerSlice)).executeTakeFirst(),
    await db.deleteFrom('reset_tickets').where('token_hash', 'in', tickets.limit(rowsPerSlice)).executeTakeFirst(),
    await db.deleteFrom('sessions').where('id', 'in', endedRoots(db, at).limit(rowsPerSlice)).executeTakeFirst(),
    await db.deleteFrom('refusals').where('receipt', 'in', refusals.limit(rowsPerSlice)).executeTakeFirst(),
    await db.deleteFrom('outbox').where('id', 'in', mails.limit(rowsPerSlice)).executeTakeFirst(),
    await db.deleteFrom('notice_keys').where('key', 'in', keys.limit(rowsPerSlice)).executeTakeFirst(),
    await db.deleteFrom('changes').where('number', 'in', changes.limit(rowsPerSlice)).executeTakeFirst(),
  ]
  return gone.reduce((sum, result) => sum + Number(result.numDeletedRows), 0)
}

/** A draft whose process died, and plans that nobody started for a month: lists of people are not kept for nothing. */
function campaignsNobodyStarted(db: Ground['db'], at: number) {
  return db
    .selectFrom('campaigns')
    .select('id')
    .where(row =>
      row.or([
        row.and([row('state', '=', 'drafting'), row('planned_at', '<=', at - dayMs)]),
        row.and([row('state', '=', 'planned'), row('planned_at', '<=', at - 30 * dayMs)]),
      ]),
    )
}

type Forgotten = ReturnType<typeof campaignsNobodyStarted>

function somePlaces(db: Ground['db'], forgotten: Forgotten) {
  return db.selectFrom('campaign_people').select('place').where('campaign_id', 'in', forgotten).limit(rowsPerSlice)
}

function withoutPeople(db: Ground['db'], forgotten: Forgotten) {
  const some = db.selectFrom('campaign_people').select('campaign_id').where('campaign_id', 'in', forgotten)
  return forgotten.where('id', 'not in', some)
}

/** When the newest of the refusals that are too many was made; 0 while there are few. */
async function oldestKept(db: Ground['db']): Promise<number> {
  const tooMany = db.selectFrom('refusals').select('at').orderBy('at', 'desc')
  const row = await tooMany.limit(1).offset(refusalsMax).executeTakeFirst()
  return row?.at ?? 0
}

/**
 * Children go with their roots. The readers judge the end itself; the row waits an hour longer, because the last time it was
 * seen may still be on its way here (it is flushed once a minute).
 */
function endedRoots(db: Ground['db'], at: number) {
  return db
    .selectFrom('sessions')
    .select('id')
    .whereRef('id', '=', 'root_id')
    .where(row =>
      row.or([
        row('absolute_ends_at', '<=', at - hourMs),
        row(row('seen_at', '+', row.ref('idle_ms')), '<=', at - hourMs),
      ]),
    )
}
