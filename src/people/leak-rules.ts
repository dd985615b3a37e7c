import { Fault } from '../lib/fault.ts'
import type { Leak, LeakedPasswords } from './leaked-passwords.ts'

/** What the operator wants to come of leaked passwords. */
export interface LeakRules {
  /** `mail`: tell, until it is changed. `force`: require a reset. `refuse`: it opens nothing. */
  readonly mode: 'mail' | 'force' | 'refuse'
  readonly whenUnavailable: 'allow' | 'refuse'
}

export interface LookNeeds {
  readonly leaked: Pick<LeakedPasswords, 'look'>
  readonly leakRules: LeakRules
}

/** Asked before anything is known about the name: a list that is away refuses everybody alike. */
export async function lookOrRefuse({ leaked, leakRules }: LookNeeds, password: string): Promise<Leak> {
  const leak = await leaked.look(password)
  if (leak.kind === 'unavailable' && leakRules.whenUnavailable === 'refuse')
    throw new Fault('busy', { detail: 'the list of leaked passwords does not answer', retryAfterSeconds: 5 })
  return leak
}
