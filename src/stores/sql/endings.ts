import type { Change } from '../../people/changes.ts'
import type { Tx } from './ground.ts'

// What ends when something about an account changes. Ended rows are deleted: the audit trail remembers them, and a hash that is gone opens nothing.

export interface SessionFilter {
  readonly accountId?: string
  readonly deviceId?: string
  readonly rootId?: string
  readonly rootIds?: readonly string[]
  readonly exceptRootId?: string
}

export interface Ended {
  readonly roots: number
  readonly changes: readonly Change[]
}

/** Children first and by themselves: a cascade would end them as well, but would not say which. */
export async function endSessions(tx: Tx, filter: SessionFilter): Promise<Ended> {
  const children = await chosen(tx, filter).whereRef('id', '<>', 'root_id').execute()
  const roots = await chosen(tx, filter).whereRef('id', '=', 'root_id').execute()
  const changes = [...roots, ...children].map(({ id }): Change => ({ kind: 'session', id }))
  return { roots: roots.length, changes }
}

/** The session that goes on when a change ends all others: named by its own id or by a child's. */
export async function rootOf(tx: Tx, sessionId: string | null): Promise<string | undefined> {
  if (sessionId === null) return undefined
  const row = await tx.selectFrom('sessions').select('root_id').where('id', '=', sessionId).executeTakeFirst()
  return row?.root_id
}

export async function endAttempts(tx: Tx, accountId: string): Promise<void> {
  await tx.deleteFrom('attempts').where('account_id', '=', accountId).execute()
}

/** Without a purpose: whatever could set a new password. A hand-over code goes as well; a new mail to the person leaves it. */
export async function voidTickets(tx: Tx, accountId: string, purpose?: string): Promise<void> {
  let tickets = tx.deleteFrom('reset_tickets').where('account_id', '=', accountId)
  if (purpose !== undefined) tickets = tickets.where('purpose', '=', purpose)
  await tickets.execute()
  if (purpose === undefined) await tx.deleteFrom('hand_overs').where('account_id', '=', accountId).execute()
}

function chosen(tx: Tx, filter: SessionFilter) {
  let rows = tx.deleteFrom('sessions').returning('id')
  if (filter.accountId !== undefined) rows = rows.where('account_id', '=', filter.accountId)
  if (filter.deviceId !== undefined) rows = rows.where('device_id', '=', filter.deviceId)
  if (filter.rootId !== undefined) rows = rows.where('root_id', '=', filter.rootId)
  if (filter.rootIds !== undefined) rows = rows.where('root_id', 'in', filter.rootIds)
  if (filter.exceptRootId !== undefined) rows = rows.where('root_id', '<>', filter.exceptRootId)
  return rows
}
