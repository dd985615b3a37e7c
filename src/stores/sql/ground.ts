import type { Kysely, Transaction } from 'kysely'
import type { Tables } from './tables.ts'

/** What every port of the SQL stores stands on. */
export interface Ground {
  readonly db: Kysely<Tables>
  /** Of the audit chain (lib/secret.ts deriveKey); whoever has only the database cannot forge a link. */
  readonly auditKey: Uint8Array
}

export type Tx = Transaction<Tables>

/** One change: everything that `work` writes commits together, or not at all. */
export function write<Result>(ground: Ground, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  return ground.db.transaction().execute(work)
}
