import type { Selectable } from 'kysely'
import type { Notice } from '../../notices/notice.ts'
import type { MailOutcome, MailState, OutboxMail, OutboxStore } from '../../notices/outbox-store.ts'
import { settleMails } from './campaign-books.ts'
import { type Ground, type Tx, write } from './ground.ts'
import type { OutboxTable } from './tables.ts'
import { stored, storedJson } from './values.ts'

const dayMs = 86_400_000
const noFacts = '{}'

export function createOutbox(ground: Ground): OutboxStore {
  return {
    add: (notice, at) => write(ground, tx => queueNotice(tx, notice, at)),
    claim: (worker, at, leaseUntil, limit) =>
      write(ground, async tx => {
        await endLeases(tx, at)
        return claimDue(tx, worker, at, leaseUntil, limit)
      }),
    markHandedOver: async (id, worker, at) => (await markHandedOver(ground, [id], worker, at)).length === 1,
    markAllHandedOver: (ids, worker, at) => markHandedOver(ground, ids, worker, at),
    finish: (id, worker, outcome) => write(ground, tx => finish(tx, worker, id, outcome)),
    finishAll: (worker, finished) =>
      write(ground, async tx => {
        for (const { id, outcome } of finished) await finish(tx, worker, id, outcome)
      }),
    list: (state, limit, to) => list(ground, state, { limit, to }),
  }
}

/** Inside the transaction of the change that it tells of. A key that was used within the last day drops the notice. */
export async function queueNotice(tx: Tx, notice: Notice, at: number): Promise<void> {
  if (notice.onlyOnceKey !== undefined && !(await takeKey(tx, notice.onlyOnceKey, at))) return
  await tx
    .insertInto('outbox')
    .values({
      kind: notice.kind,
      to_address: notice.to,
      channel: notice.channel ?? 'mail',
      language: notice.language,
      facts: JSON.stringify(notice.facts),
      only_once_key: notice.onlyOnceKey ?? null,
      state: 'queued',
      tries: 0,
      created_at: at,
      next_at: at,
    })
    .execute()
}

/** One statement, so that of two writers just one takes the key. */
async function takeKey(tx: Tx, key: string, at: number): Promise<boolean> {
  const taken = await tx
    .insertInto('notice_keys')
    .values({ key, at })
    .onConflict(conflict =>
      conflict
        .column('key')
        .doUpdateSet({ at })
        .where('notice_keys.at', '<=', at - dayMs),
    )
    .returning('key')
    .executeTakeFirst()
  return taken !== undefined
}

/** A process that died: nothing had reached the server (`claimed`), or nobody knows what has (`handed_over`). */
async function endLeases(tx: Tx, at: number): Promise<void> {
  await tx
    .updateTable('outbox')
    .set({ state: 'queued', worker: null, lease_until: null })
    .where('state', '=', 'claimed')
    .where('lease_until', '<=', at)
    .execute()
  const lost = await tx
    .updateTable('outbox')
    .set({ state: 'ambiguous', facts: noFacts, finished_at: at })
    .where('state', '=', 'handed_over')
    .where('lease_until', '<=', at)
    .returning('id')
    .execute()
  const ids = lost.map(({ id }) => id)
  await settleMails(tx, ids, { state: 'ambiguous', answer: 'the answer was lost', at })
}

async function claimDue(
  tx: Tx,
  worker: string,
  at: number,
  leaseUntil: number,
  limit: number,
): Promise<readonly OutboxMail[]> {
  const due = [...(await dueIds(tx, at, 0, limit))]
  // Thousands of mails that nobody waits for never stand in front of a code or a link that somebody does wait for.
  if (due.length < limit) due.push(...(await dueIds(tx, at, 1, limit - due.length)))
  if (due.length === 0) return []
  const rows = await tx
    .updateTable('outbox')
    .set(row => ({ state: 'claimed', worker, lease_until: leaseUntil, tries: row('tries', '+', 1) }))
    .where('id', 'in', due)
    // Once more outside: where rows are locked one by one, a rival may have claimed it since the list was made.
    .where('state', '=', 'queued')
    .returningAll()
    .execute()
  rows.sort((left, right) => left.bulk - right.bulk || left.next_at - right.next_at || left.id - right.id)
  return rows.map(readMail)
}

async function dueIds(tx: Tx, at: number, bulk: 0 | 1, limit: number): Promise<readonly number[]> {
  const rows = await tx
    .selectFrom('outbox')
    .select('id')
    .where('state', '=', 'queued')
    .where('bulk', '=', bulk)
    .where('next_at', '<=', at)
    .orderBy('next_at')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

async function markHandedOver(
  ground: Ground,
  ids: readonly number[],
  worker: string,
  at: number,
): Promise<readonly number[]> {
  if (ids.length === 0) return []
  const rows = await ground.db
    .updateTable('outbox')
    .set({ state: 'handed_over' })
    .where('id', 'in', ids)
    .where('worker', '=', worker)
    .where('state', '=', 'claimed')
    .where('lease_until', '>', at)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** An answer that comes after the lease ran out still counts (nobody else takes an ambiguous mail), but its facts are gone: no retry. */
async function finish(tx: Tx, worker: string, id: number, outcome: MailOutcome): Promise<void> {
  const held: readonly MailState[] = ['claimed', 'handed_over']
  const finished = await tx
    .updateTable('outbox')
    .set(
      outcome.kind === 'retry'
        ? { state: 'queued', worker: null, lease_until: null, next_at: outcome.nextAt, last_answer: outcome.answer }
        : { state: outcome.kind, facts: noFacts, finished_at: outcome.at, last_answer: outcome.answer },
    )
    .where('id', '=', id)
    .where('worker', '=', worker)
    .where('state', 'in', outcome.kind === 'retry' ? held : [...held, 'ambiguous'])
    .returning('bulk')
    .executeTakeFirst()
  if (finished?.bulk !== 1 || outcome.kind === 'retry') return
  await settleMails(tx, [id], { state: outcome.kind, answer: outcome.answer, at: outcome.at })
}

async function list(
  ground: Ground,
  state: MailState | 'all',
  { limit, to }: { limit: number; to: readonly string[] | undefined },
): Promise<readonly OutboxMail[]> {
  let rows = ground.db.selectFrom('outbox').selectAll().orderBy('id', 'desc').limit(limit)
  if (to !== undefined) rows = rows.where('to_address', 'in', to)
  if (state !== 'all') rows = rows.where('state', '=', state)
  return (await rows.execute()).map(readMail)
}

function readMail(row: Selectable<OutboxTable>): OutboxMail {
  const notice: Notice = {
    ...(row.channel === 'sms' ? { channel: 'sms' as const } : {}),
    ...(row.only_once_key === null ? {} : { onlyOnceKey: row.only_once_key }),
    kind: stored<Notice['kind']>(row.kind),
    to: row.to_address,
    language: stored<Notice['language']>(row.language),
    facts: storedJson<Notice['facts']>(row.facts),
  }
  return {
    id: row.id,
    notice,
    state: stored(row.state),
    tries: row.tries,
    createdAt: row.created_at,
    nextAt: row.next_at,
    lastAnswer: row.last_answer,
  }
}
