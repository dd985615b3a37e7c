import { chmodSync, closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

const busyTimeoutMs = 5000

/** Opens or creates the file: for its owner only, journalled so that a kill or a power cut leaves the old or the new state. */
export function openFile(file: string): DatabaseSync {
  if (file !== ':memory:') closeToOthers(file)
  const database = new DatabaseSync(file, {
    timeout: busyTimeoutMs,
    enableForeignKeyConstraints: true,
    enableDoubleQuotedStringLiterals: false,
    allowExtension: false,
    // No statement may write to the schema's own tables or switch the journal off.
    defensive: true,
  })
  database.exec('pragma journal_mode = wal')
  // FULL: a commit is on the disk before anybody hears of it (NORMAL could lose the last ones in a power cut).
  database.exec('pragma synchronous = full')
  database.exec('pragma trusted_schema = off')
  // What was deleted is overwritten: a hash that is gone must not be read from a copy of the file.
  database.exec('pragma secure_delete = on')
  return database
}

/** Before SQLite sees it: the journal's files take over the mode of the file. */
function closeToOthers(file: string): void {
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
}
