import { Fault } from '../lib/fault.ts'
import type { EmailKey } from './account.ts'

/** An address as its owner wrote it, and the key by which it is found and compared. */
export interface Email {
  readonly email: string
  readonly key: EmailKey
}

/** Reads one e-mail address; null for everything else (lists, display names, other types), with no hint why. */
export function parseEmail(_text: unknown): Email | null {
  throw new Fault('not_implemented')
}
