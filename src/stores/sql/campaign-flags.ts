import { sql } from 'kysely'
import type { FlagBatch } from '../../incident/campaign-store.ts'
import type { AuditEntry } from '../../journal/audit.ts'
import type { Notice } from '../../notices/notice.ts'
import type { Change } from '../../people/changes.ts'
import { appendAudits } from './audit.ts'
import { takeTurn } from './campaign-turns.ts'
import { announce } from './changes.ts'
import { type Ground, type Tx, write } from './ground.ts'

/**
 * One batch, in statements about all of its people: flags, sessions, mails, ledger, audit rows, announcements and the checkpoint commit
 * together. Killed at any moment, it was done or it was not.
 */
export function flagBatch(ground: Ground, batch: FlagBatch): Promise<boolean> {
  return write(ground, async tx => {
    if (!(await takeTurn(tx, 'flag', batch))) return false
    const flagged = await setFlags(tx, batch)
    const standing = await findStanding(tx, batch, flagged)
    await endWaysIn(tx, flagged)
    await setFactorsAside(tx, batch, [...flagged, ...standing.keys()])
    const ended = await endSessionsOf(tx, [...flagged, ...standing.keys()])
    const people = batch.people.filter(({ accountId }) => flagged.has(accountId))
    await queueMails(tx, batch, 'first', people)
    await writeLedger(tx, batch, { flagged, standing, sessions: ended.counts })
    await appendAudits(
      ground,
      tx,
      people.map(({ accountId, audit }) => withSessions(audit, ended.counts.get(accountId) ?? 0)),
    )
    await announce(tx, [...[...flagged].map((id): Change => ({ kind: 'account', id })), ...ended.changes], batch.at)
    return true
  })
}

/** Whoever is flagged already keeps the first flag; whoever has gone meanwhile gets none. */
async function setFlags(tx: Tx, { flag, people }: FlagBatch): Promise<ReadonlySet<string>> {
  if (people.length === 0) return new Set()
  const rows = await tx
    .updateTable('accounts')
    .set({ reset_reason: flag.reason, reset_at: flag.at, reset_by: flag.by, reset_since: flag.since })
    .where(
      'id',
      'in',
      people.map(({ accountId }) => accountId),
    )
    .where('reset_at', 'is', null)
    .where('state', 'in', ['open', 'suspended'])
    .returning('id')
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** Who had a flag before, and the campaign that had set it (null: something else). */
async function findStanding(
  tx: Tx,
  { people }: FlagBatch,
  flagged: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string | null>> {
  const others = people.map(({ accountId }) => accountId).filter(id => !flagged.has(id))
  if (others.length === 0) return new Map()
  const rows = await tx
    .selectFrom('accounts')
    .select(['id', 'reset_by'])
    .where('id', 'in', others)
    .where('reset_at', 'is not', null)
    .where('state', 'in', ['open', 'suspended'])
    .execute()
  return new Map(rows.map(({ id, reset_by }) => [id, /^campaign (\S+)$/.exec(reset_by ?? '')?.[1] ?? null]))
}

async function endWaysIn(tx: Tx, flagged: ReadonlySet<string>): Promise<void> {
  if (flagged.size === 0) return
  await tx
    .deleteFrom('reset_tickets')
    .where('account_id', 'in', [...flagged])
    .execute()
  await tx
    .deleteFrom('attempts')
    .where('account_id', 'in', [...flagged])
    .execute()
}

/** A standing flag that knew of a later time, or of none, must not keep what was added since: its time moves back. */
async function setFactorsAside(tx: Tx, { flag }: FlagBatch, ids: readonly string[]): Promise<void> {
  if (flag.since === null || ids.length === 0) return
  await tx
    .updateTable('accounts')
    .set({ reset_since: flag.since })
    .where('id', 'in', ids)
    .where(row => row.or([row('reset_since', 'is', null), row('reset_since', '>', flag.since)]))
    .execute()
  // Marked with the flag's own time: taking the flag back gives them back as well.
  await tx
    .updateTable('factors')
    .set({ set_aside_at: sql<number>`(select reset_at from accounts where accounts.id = factors.account_id)` })
    .where('account_id', 'in', ids)
    .where('added_at', '>=', flag.since)
    .where('set_aside_at', 'is', null)
    .execute()
}

interface Ended {
  /** Roots: what a person calls a session. */
  readonly counts: ReadonlyMap<string, number>
  readonly changes: readonly Change[]
}

/** Children first: a cascade would end them as well, but would not say which. */
async function endSessionsOf(tx: Tx, ids: readonly string[]): Promise<Ended> {
  const counts = new Map<string, number>()
  if (ids.length === 0) return { counts, changes: [] }
  const sessions = tx.deleteFrom('sessions').where('account_id', 'in', ids).returning(['id', 'account_id'])
  const children = await sessions.whereRef('id', '<>', 'root_id').execute()
  const roots = await sessions.whereRef('id', '=', 'root_id').execute()
  for (const { account_id } of roots) counts.set(account_id, (counts.get(account_id) ?? 0) + 1)
  return { counts, changes: [...roots, ...children].map(({ id }): Change => ({ kind: 'session', id })) }
}

/** Each mail with its row in the ledger's mails, which outlives the outbox. Two mails of one batch are told apart by their key. */
export async function queueMails(
  tx: Tx,
  { campaignId, at }: { campaignId: string; at: number },
  kind: 'first' | 'reminder',
  people: readonly { readonly accountId: string; readonly notice: Notice | null }[],
): Promise<number> {
  const mails = people.flatMap(({ accountId, notice }) => (notice === null ? [] : [{ accountId, notice }]))
  if (mails.length === 0) return 0
  const rows = await tx
    .insertInto('outbox')
    .values(
      mails.map(({ accountId, notice }) => ({
        kind: notice.kind,
        to_address: notice.to,
        language: notice.language,
        channel: 'mail',
        facts: JSON.stringify(notice.facts),
        only_once_key: `${campaignId} ${kind} ${accountId}`,
        state: 'queued',
        tries: 0,
        created_at: at,
        next_at: at,
        bulk: 1,
      })),
    )
    .returning(['id', 'to_address', 'only_once_key'])
    .execute()
  await tx
    .insertInto('campaign_mails')
    .values(
      rows.map(({ id, to_address, only_once_key }) => ({
        outbox_id: id,
        campaign_id: campaignId,
        account_id: only_once_key?.split(' ').at(-1) ?? '',
        kind,
        to_address,
        queued_at: at,
        state: 'queued',
      })),
    )
    .execute()
  return rows.length
}

interface Settled {
  readonly flagged: ReadonlySet<string>
  readonly standing: ReadonlyMap<string, string | null>
  readonly sessions: ReadonlyMap<string, number>
}

/** Everybody of the batch: flagged now, flagged before and by whom, or why not at all. */
async function writeLedger(tx: Tx, batch: FlagBatch, { flagged, standing, sessions }: Settled): Promise<void> {
  const { campaignId, at, people } = batch
  const gone = people
    .filter(({ accountId }) => !flagged.has(accountId) && !standing.has(accountId))
    .map(({ accountId }) => ({ accountId, why: 'not open any more' }))
  const skipped = [...batch.skipped, ...gone]
  const rows = [
    ...[...flagged].map(id => ({ id, state: 'flagged', by: null, why: null })),
    ...[...standing].map(([id, by]) => ({ id, state: 'already', by, why: null })),
    ...skipped.map(({ accountId, why }) => ({ id: accountId, state: 'skipped', by: null, why })),
  ]
  const alike = Map.groupBy(rows, row => JSON.stringify([row.state, row.by, row.why, sessions.get(row.id) ?? 0]))
  for (const same of alike.values()) {
    const [{ id, state, by, why } = { id: '', state: '', by: null, why: null }] = same
    await tx
      .updateTable('campaign_people')
      .set({ state, by_campaign: by, why, at, sessions_ended: sessions.get(id) ?? 0 })
      .where('campaign_id', '=', campaignId)
      .where(
        'account_id',
        'in',
        same.map(row => row.id),
      )
      .execute()
  }
  await tx
    .updateTable('campaigns')
    .set(row => ({
      flagged: row('flagged', '+', flagged.size),
      already: row('already', '+', standing.size),
      skipped: row('skipped', '+', skipped.length),
      sessions_ended: row(
        'sessions_ended',
        '+',
        [...sessions.values()].reduce((sum, count) => sum + count, 0),
      ),
    }))
    .where('id', '=', campaignId)
    .execute()
}

function withSessions(audit: AuditEntry, sessions: number): AuditEntry {
  return { ...audit, facts: { ...audit.facts, sessionsEnded: sessions } }
}
