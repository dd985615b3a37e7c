import type { AuditEntry } from '../journal/audit.ts'

/** Somebody or somewhere an operator has shut out. */
export interface Ban {
  readonly id: string
  readonly kind: 'address' | 'account'
  /** A network as text, or the canonical name of an account (whether anybody has it or not). */
  readonly value: string
  readonly reason: string
  readonly createdAt: number
  /** Who added it, as the audit row says it. */
  readonly createdBy: string
  /** Null: until it is removed. */
  readonly until: number | null
  /** False: an account's own devices are spared. Addresses spare nobody. */
  readonly allDevices: boolean
}

/** The durable bans. A change commits with its audit row and is announced (`bans`) to every process on the store. */
export interface BanStore {
  /** Those that have not ended, oldest first. */
  list(at: number): Promise<readonly Ban[]>
  /** Replaces a ban of the same kind and value, whose id stays; answers the id. */
  add(ban: Ban, audit: AuditEntry): Promise<string>
  /** False when there is none. */
  remove(id: string, audit: AuditEntry): Promise<boolean>
}
