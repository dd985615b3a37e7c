import type { DatabaseSync } from 'node:sqlite'
import type { Change } from '../../people/changes.ts'
import { readChange } from '../sql/changes.ts'

const changesMax = 20_000

/** Reads what was announced since it was last asked, by this process and by others on the same file. */
export interface News {
  /** After a change of our own. */
  read(): readonly Change[]
  /** Costs one pragma while no other process has written. */
  readFromOthers(): readonly Change[]
}

export function createNews(database: DatabaseSync): News {
  const counter = database.prepare("select value from counters where name = 'changes'")
  const rows = database.prepare('select number, kind, id from changes where number > ? order by number limit ?')
  const version = database.prepare('pragma data_version')
  const numberOf = (row: Record<string, unknown> | undefined, name: string) => Number(row?.[name] ?? 0)
  let heard = numberOf(counter.get(), 'value')
  let seenVersion = numberOf(version.get(), 'data_version')

  const read = (): readonly Change[] => {
    const newest = numberOf(counter.get(), 'value')
    if (newest === heard) return []
    const found = rows.all(heard, changesMax)
    // Numbers have no gaps: a row that is missing was pruned before we heard of it.
    const complete = found.length === newest - heard
    heard = newest
    if (!complete) return [{ kind: 'everything' }]
    return found.map(row => readChange({ kind: String(row['kind']), id: String(row['id']) }))
  }

  return {
    read,
    readFromOthers() {
      const now = numberOf(version.get(), 'data_version')
      if (now === seenVersion) return []
      seenVersion = now
      return read()
    },
  }
}
