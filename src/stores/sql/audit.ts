import type { AuditEntry } from '../../journal/audit.ts'
import type { AuditQuery, AuditRow, AuditStore } from '../../journal/receipt.ts'
import { linkOf, sealOf } from './audit-chain.ts'
import { type Ground, type Tx, write } from './ground.ts'
import type { AuditTable } from './tables.ts'
import { stored, storedJson } from './values.ts'

/** How far a walk along the chain has come. */
export interface ChainPosition {
  readonly number: number
  readonly link: string
}

export type ChainStep =
  | { readonly kind: 'intact'; readonly position: ChainPosition }
  | { readonly kind: 'broken'; readonly at: number }
  | { readonly kind: 'end' }

/** The audit port, and the walk along its chain in steps, so that a long trail does not hold up other callers. */
export interface SteppedAudit extends AuditStore {
  verifyFrom(position: ChainPosition): Promise<ChainStep>
}

const rowsPerStep = 500

export function createAudit(ground: Ground): SteppedAudit {
  const verifyFrom = (position: ChainPosition) => checkStep(ground, position)
  return {
    append: entry => write(ground, tx => appendAudit(ground, tx, entry)),
    list: query => list(ground, query),
    verifyFrom,
    verify: () => walkChain(verifyFrom),
  }
}

/** Inside the transaction of the change that it tells of. The head is written first: its row lock puts concurrent writers in line. */
export async function appendAudit(ground: Ground, tx: Tx, entry: AuditEntry): Promise<void> {
  const head = await tx
    .updateTable('audit_head')
    .set(row => ({ number: row('number', '+', 1) }))
    .where('id', '=', 1)
    .returning(['number', 'link'])
    .executeTakeFirstOrThrow()
  const row = rowOf(entry)
  // The link is made over what will be read back, not over what was given: a value that the database spells differently must not look edited.
  const link = linkOf(ground.auditKey, head.link, readEntry(row))
  await tx
    .insertInto('audit')
    .values({ number: head.number, ...row, link })
    .execute()
  const seal = sealOf(ground.auditKey, head.number, link)
  await tx.updateTable('audit_head').set({ link, seal }).where('id', '=', 1).execute()
}

/** Many at once: the chain is the same as if they had come one by one. */
export async function appendAudits(ground: Ground, tx: Tx, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  const head = await tx
    .updateTable('audit_head')
    .set(row => ({ number: row('number', '+', entries.length) }))
    .where('id', '=', 1)
    .returning(['number', 'link'])
    .executeTakeFirstOrThrow()
  let { link } = head
  const rows = entries.map((entry, i) => {
    const row = rowOf(entry)
    link = linkOf(ground.auditKey, link, readEntry(row))
    return { number: head.number - entries.length + 1 + i, ...row, link }
  })
  await tx.insertInto('audit').values(rows).execute()
  const seal = sealOf(ground.auditKey, head.number, link)
  await tx.updateTable('audit_head').set({ link, seal }).where('id', '=', 1).execute()
}

/** Walks to the end or to the first row that was edited, moved, put in or taken out. */
export async function walkChain(
  step: (position: ChainPosition) => Promise<ChainStep>,
): Promise<{ rows: number; brokenAt: number | null }> {
  let position: ChainPosition = { number: 0, link: '' }
  for (;;) {
    const next = await step(position)
    if (next.kind === 'broken') return { rows: next.at - 1, brokenAt: next.at }
    if (next.kind === 'end') return { rows: position.number, brokenAt: null }
    position = next.position
  }
}

async function checkStep(ground: Ground, from: ChainPosition): Promise<ChainStep> {
  const rows = await ground.db
    .selectFrom('audit')
    .selectAll()
    .where('number', '>', from.number)
    .orderBy('number')
    .limit(rowsPerStep)
    .execute()
  let { number, link } = from
  for (const row of rows) {
    const expected = linkOf(ground.auditKey, link, readEntry(row))
    if (row.number !== number + 1 || row.link !== expected) return { kind: 'broken', at: number + 1 }
    number = row.number
    link = row.link
  }
  return rows.length > 0 ? { kind: 'intact', position: { number, link } } : checkHead(ground, from)
}

/** After the last row: the head has to name just this row, under its own seal; else a tail is missing. */
async function checkHead(ground: Ground, last: ChainPosition): Promise<ChainStep> {
  const head = await ground.db.selectFrom('audit_head').selectAll().executeTakeFirst()
  const seal = last.number === 0 ? '' : sealOf(ground.auditKey, last.number, last.link)
  if (head?.number === last.number && head.link === last.link && head.seal === seal) return { kind: 'end' }
  // Rows that were added between the two questions are no cut: the next step reads them.
  const more = await ground.db.selectFrom('audit').select('number').where('number', '>', last.number).executeTakeFirst()
  return more === undefined ? { kind: 'broken', at: last.number + 1 } : { kind: 'intact', position: last }
}

async function list(ground: Ground, query: AuditQuery): Promise<readonly AuditRow[]> {
  let rows = ground.db.selectFrom('audit').selectAll().orderBy('number').limit(query.limit)
  if (query.accountId !== undefined) rows = rows.where('account_id', '=', query.accountId)
  if (query.organizationId !== undefined) rows = rows.where('organization_id', '=', query.organizationId)
  if (query.since !== undefined) rows = rows.where('at', '>=', query.since)
  if (query.until !== undefined) rows = rows.where('at', '<', query.until)
  if (query.after !== undefined) rows = rows.where('number', '>', query.after)
  return (await rows.execute()).map(row => ({ number: row.number, entry: readEntry(row), link: row.link }))
}

type EntryColumns = Omit<AuditTable, 'number' | 'link'>

function rowOf(entry: AuditEntry): EntryColumns {
  return {
    event: entry.event,
    at: entry.at,
    actor_kind: entry.actor.kind,
    actor_id: entry.actor.id.toWellFormed(),
    account_id: entry.accountId?.toWellFormed() ?? null,
    organization_id: entry.organizationId?.toWellFormed() ?? null,
    address: entry.address?.toWellFormed() ?? null,
    receipt: entry.receipt?.toWellFormed() ?? null,
    facts: JSON.stringify(entry.facts),
  }
}

function readEntry(row: EntryColumns): AuditEntry {
  return {
    event: stored(row.event),
    at: row.at,
    actor: { kind: stored(row.actor_kind), id: row.actor_id },
    accountId: row.account_id,
    organizationId: row.organization_id,
    address: row.address,
    receipt: row.receipt,
    facts: storedJson(row.facts),
  }
}
