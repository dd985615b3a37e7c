import type { Campaign, CampaignStart } from '../../incident/campaign.ts'
import type { CampaignMove, TaskEnd } from '../../incident/campaign-store.ts'
import type { AuditEntry } from '../../journal/audit.ts'
import { appendAudit } from './audit.ts'
import { readCampaign } from './campaign-rows.ts'
import { type Ground, type Tx, write } from './ground.ts'

// Whose turn it is: states of a campaign, and the lease by which one process at a time works on it.

export function start(
  ground: Ground,
  { id, start: by, digest }: { id: string; start: CampaignStart; digest: string },
  audit: AuditEntry,
): Promise<boolean> {
  return write(ground, async tx => {
    const started = await tx
      .updateTable('campaigns')
      .set({
        state: 'running',
        task: 'flag',
        position: 0,
        started_at: by.at,
        started_by: by.by,
        approved_by: by.approvedBy,
        reason: by.reason,
        since: by.since,
      })
      .where('id', '=', id)
      .where('state', '=', 'planned')
      .where('digest', '=', digest)
      .executeTakeFirst()
    if (started.numUpdatedRows !== 1n) return false
    await appendAudit(ground, tx, audit)
    return true
  })
}

export function move(ground: Ground, id: string, wanted: CampaignMove, audit: AuditEntry): Promise<boolean> {
  const { from, to, task, anew, includeAmbiguous, at } = wanted
  return write(ground, async tx => {
    const moved = await tx
      .updateTable('campaigns')
      .set({
        state: to,
        task,
        ...(anew ? { position: 0, include_ambiguous: includeAmbiguous ? 1 : 0 } : {}),
        ...(to === 'aborted' ? { ended_at: at } : {}),
      })
      .where('id', '=', id)
      .where('state', 'in', from)
      // A task that has begun comes to its end before another one: their places are counted in the same column.
      .$if(anew && task !== null && task !== 'withdraw', rows => rows.where('task', 'is', null))
      .executeTakeFirst()
    if (moved.numUpdatedRows !== 1n) return false
    await appendAudit(ground, tx, audit)
    return true
  })
}

export async function claim(ground: Ground, worker: string, at: number, leaseUntil: number): Promise<Campaign | null> {
  // Asked each second by every process, and most of the time there is nothing: then nothing is written.
  if ((await waiting(ground.db, worker, at)) === undefined) return null
  return write(ground, async tx => {
    const found = await waiting(tx, worker, at)
    if (found === undefined) return null
    const row = await tx
      .updateTable('campaigns')
      .set({ worker, lease_until: leaseUntil })
      .where('id', '=', found.id)
      .returningAll()
      .executeTakeFirstOrThrow()
    return readCampaign(row)
  })
}

function waiting(db: Ground['db'], worker: string, at: number) {
  return db
    .selectFrom('campaigns')
    .select('id')
    .where('task', 'is not', null)
    .where('state', '<>', 'paused')
    .where(row => row.or([row('worker', 'is', null), row('worker', '=', worker), row('lease_until', '<=', at)]))
    .orderBy('started_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
}

/** First in each batch. False: it was paused, aborted, taken over, or this batch was done before. */
export async function takeTurn(
  tx: Tx,
  task: NonNullable<Campaign['task']>,
  batch: { campaignId: string; worker: string; after: number; position: number; leaseUntil: number; busyMs: number },
): Promise<boolean> {
  const turn = await tx
    .updateTable('campaigns')
    .set(row => ({
      position: batch.position,
      lease_until: batch.leaseUntil,
      busy_ms: row('busy_ms', '+', batch.busyMs),
    }))
    .where('id', '=', batch.campaignId)
    .where('task', '=', task)
    .where('state', '<>', 'paused')
    .where('worker', '=', batch.worker)
    .where('position', '=', batch.after)
    .executeTakeFirst()
  return turn.numUpdatedRows === 1n
}

export function finish(
  ground: Ground,
  { id, worker, task, position, at, busyMs }: TaskEnd & { id: string; worker: string },
  audit: AuditEntry,
): Promise<boolean> {
  return write(ground, async tx => {
    const finished = await tx
      .updateTable('campaigns')
      .set(row => ({
        task: null,
        worker: null,
        lease_until: null,
        state: row.case().when('task', '=', 'flag').then('finished').else(row.ref('state')).end(),
        ended_at: row.fn.coalesce('ended_at', row.val(at)),
        busy_ms: row('busy_ms', '+', busyMs),
      }))
      .where('id', '=', id)
      .where('worker', '=', worker)
      .where('task', '=', task)
      .where('position', '=', position)
      .where('state', '<>', 'paused')
      .executeTakeFirst()
    if (finished.numUpdatedRows !== 1n) return false
    await appendAudit(ground, tx, audit)
    return true
  })
}

export async function release({ db }: Ground, worker: string): Promise<void> {
  await db.updateTable('campaigns').set({ worker: null, lease_until: null }).where('worker', '=', worker).execute()
}
