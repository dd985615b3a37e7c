import type { AuditEntry } from './audit.ts'

/** Why one request was refused, kept seven days for `sekisho explain`. */
export interface RefusalRecord {
  readonly receipt: string
  readonly at: number
  readonly entrance: string
  readonly method: string
  readonly host: string
  /** Path without its query, cut at 512 characters. */
  readonly path: string
  readonly address: string
  readonly verdict: string
  readonly gate: string | null
  readonly rule: string | null
  /** Digest of the policies that spoke. */
  readonly policyVersion: string
  readonly accountId: string | null
  readonly organizationId: string | null
  /** The walk: each gate with what it said and the facts it was given, as text of policy/trace.ts without secrets, at most 8 KiB. */
  readonly walk: string
  /** Code and private cause of a fault, where one spoke instead of a gate. */
  readonly fault: string | null
}

/**
 * A refusal that is not written down yet. It holds what was known then; all of that stays as it was (facts are values, never changed). In
 * a flood most refusals are pushed out before anybody stores or asks for them, and then nothing was written for nobody.
 */
export interface UnwrittenRefusal extends Pick<RefusalRecord, 'receipt' | 'entrance' | 'gate'> {
  write(): RefusalRecord
}

/** The durable half of the receipts: a bounded ring in memory is flushed here each second. */
export interface RefusalStore {
  keep(records: readonly RefusalRecord[]): Promise<void>
  find(receipt: string): Promise<RefusalRecord | null>
  forgetBefore(at: number): Promise<number>
}

export interface AuditStore {
  append(entry: AuditEntry): Promise<void>
  list(query: AuditQuery): Promise<readonly AuditRow[]>
  /** Walks the keyed hash chain: the first broken link, or null. */
  verify(): Promise<{ readonly rows: number; readonly brokenAt: number | null }>
}

export interface AuditQuery {
  readonly accountId?: string
  readonly organizationId?: string
  readonly since?: number
  readonly until?: number
  readonly after?: number
  readonly limit: number
}

export interface AuditRow {
  readonly number: number
  readonly entry: AuditEntry
  readonly link: string
}
