import type { Account, EmailKey, Factor } from './account.ts'
import type { Origin } from './origin.ts'
import type { Device } from './session.ts'
import type { Trail } from './trail.ts'

/**
 * What a session changed about its own account, with what was there before: "this was not me" undoes it
 * (docs/decisions/0025-what-not-me-undoes.md). Written in the transaction of the change itself, with its trail. Secrets in it stay
 * sealed, under the context they had.
 */
export type Undoable =
  | { readonly kind: 'factor_added'; readonly factorId: string }
  /** `backupHashes`: the codes of a set of backup codes that went with it. */
  | { readonly kind: 'factor_removed'; readonly factor: Factor; readonly backupHashes: readonly string[] }
  /** It had been set aside, and was taken back. */
  | { readonly kind: 'factor_restored'; readonly factorId: string; readonly setAsideAt: number }
  | EmailChanged
  | { readonly kind: 'device_renamed'; readonly deviceId: string; readonly label: string }
  | { readonly kind: 'device_forgotten'; readonly device: Device }
  | { readonly kind: 'language_changed'; readonly language: string }

export interface EmailChanged {
  readonly kind: 'email_changed'
  readonly former: string
  readonly formerKey: EmailKey
  readonly to: EmailKey
  /** The address to which an earlier change could be undone at that time. */
  readonly before: Account['formerEmail']
}

/** For a trail: nothing where no session did it. */
export function undoable({ sessionId }: Origin, ...changes: readonly Undoable[]): Pick<Trail, 'undo'> {
  if (sessionId === undefined) return {}
  return { undo: changes.map(change => ({ sessionId, change: JSON.stringify(change) })) }
}
