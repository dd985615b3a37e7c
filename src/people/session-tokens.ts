import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'

export interface SessionTokens {
  mint(): { readonly token: string; readonly tokenHash: string }
  /** False for anything that was not minted with this key: a forged token costs no look-up. */
  isOurs(token: string): boolean
}

export function createSessionTokens(_needs: { key: Buffer; random: Random }): SessionTokens {
  throw new Fault('not_implemented')
}
