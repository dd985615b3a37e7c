import type { Change } from '../../people/changes.ts'
import type { Tx } from './ground.ts'
import { stored } from './values.ts'

/**
 * Numbers come from a counter that is written in the same transaction, not from a sequence of the database: they have no gaps and
 * appear in the order of their commits, so that a reader who has seen number n has missed nothing before it.
 */
export async function announce(tx: Tx, changes: readonly Change[], at: number): Promise<void> {
  if (changes.length === 0) return
  const { value } = await tx
    .updateTable('counters')
    .set(row => ({ value: row('value', '+', changes.length) }))
    .where('name', '=', 'changes')
    .returning('value')
    .executeTakeFirstOrThrow()
  const first = value - changes.length + 1
  const rows = changes.map((change, i) => ({
    number: first + i,
    kind: change.kind,
    id: 'id' in change ? change.id : '',
    at,
  }))
  for (let i = 0; i < rows.length; i += 500)
    await tx
      .insertInto('changes')
      .values(rows.slice(i, i + 500))
      .execute()
}

export function readChange(row: { kind: string; id: string }): Change {
  const kind = stored<Change['kind']>(row.kind)
  return kind === 'session' || kind === 'account' || kind === 'organization' ? { kind, id: row.id } : { kind }
}
