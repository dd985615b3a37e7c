import type { AuditEntry } from '../journal/audit.ts'
import type { Raised } from './caution.ts'
import type { StuffingChange } from './stuffing.ts'

/** An attack that was noticed, from its first step of caution to its last. */
export interface Threat {
  readonly id: string
  readonly kind: 'credential_stuffing'
  /** The present step, or the last one before it was lowered. */
  readonly level: Raised
  readonly raisedAt: number
  readonly loweredAt: number | null
  /** Every step with the figures and networks that spoke for it, never a name; of a very long attack the first and the latest. */
  readonly steps: readonly ThreatStep[]
  /** When and by whom it was called a false alarm. */
  readonly undone: { readonly at: number; readonly by: string } | null
}

export interface ThreatStep extends StuffingChange {
  readonly at: number
}

/** The durable threats. Each change commits with its audit row and is announced (`threats`) to every process on the store. */
export interface ThreatStore {
  find(id: string): Promise<Threat | null>
  /** Newest first. */
  list(countMax: number): Promise<readonly Threat[]>
  /** The newest that is neither lowered nor undone. */
  findOpen(): Promise<Threat | null>
  /** Writes a step; one that was undone stays as it is. */
  keep(threat: Threat, audit: AuditEntry): Promise<void>
  /** Lowers it as well. False when there is no such threat, or it was undone before. */
  undo(id: string, undone: { readonly at: number; readonly by: string }, audit: AuditEntry): Promise<boolean>
}
