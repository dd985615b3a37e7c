import { Fault } from '../lib/fault.ts'
import type { Notice } from '../notices/notice.ts'
import type { Account } from './account.ts'
import type { Attempt } from './attempt.ts'
import type { Origin } from './origin.ts'

/** A wrong second factor after a right password: the portal puts it into the outbox (once per attempt). */
export function secondFactorFailed(_account: Account, _attempt: Attempt, _by: Origin, _at: number): readonly Notice[] {
  throw new Fault('not_implemented')
}
