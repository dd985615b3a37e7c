import type { Notice } from '../notices/notice.ts'
import type { Account } from './account.ts'
import { passwordChanged, toOwner, whereFrom } from './account-notices.ts'
import { activeKinds } from './directory.ts'
import type { HandOver } from './hand-over.ts'
import type { Origin } from './origin.ts'

// What the owner hears of a hand-over. It goes to the mailbox that is said to be lost: where it is not, somebody else asked.

/** `issuer`: a name that the owner knows, or the operator's. */
export function handOverIssued(account: Account, handOver: HandOver, issuer: string): readonly Notice[] {
  return toOwner(account, 'hand_over_issued', handOver.issuedAt, {
    at: handOver.issuedAt,
    by: handOver.by.kind === 'operator' ? 'operator' : 'administrator',
    issuer,
    reason: handOver.reason,
    expiresAt: handOver.expiresAt,
    asks: activeKinds(account).length > 0 ? 'asks' : 'asks_nothing',
  })
}

/** Somebody holds the code and not the second factor. One mail for each code, however many tries. */
export function handOverFailed(account: Account, codeHash: string, by: Origin, at: number): readonly Notice[] {
  const notices = toOwner(account, 'hand_over_failed', at, whereFrom(by, at))
  return notices.map(notice => ({ ...notice, onlyOnceKey: `hand_over_failed ${codeHash} ${notice.to}` }))
}

export function handOverUsed(account: Account, by: Origin, at: number): readonly Notice[] {
  return passwordChanged(account, by, at, 'hand_over')
}
