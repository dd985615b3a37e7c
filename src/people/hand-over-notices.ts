import type { Seal } from '../lib/seal.ts'
import type { Notice } from '../notices/notice.ts'
import type { Account } from './account.ts'
import { passwordChanged, toOwner, whereFrom } from './account-notices.ts'
import { activeKinds } from './directory.ts'
import type { HandOver } from './hand-over.ts'
import type { Origin } from './origin.ts'
import { openNumber } from './sms-codes.ts'

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

/** The mailbox is said to be lost: a phone that is known reaches its owner all the same. One message for each account and day. */
export function handOverSms(account: Account, expiresAt: number, seal: Seal): readonly Notice[] {
  const phone = account.factors.find(({ kind, setAsideAt }) => kind === 'sms_code' && setAsideAt === null)
  if (phone === undefined) return []
  const to = openNumber(phone, seal)
  const onlyOnceKey = `hand_over_sms ${account.id}`
  return [{ kind: 'hand_over_sms', channel: 'sms', to, language: account.language, facts: { expiresAt }, onlyOnceKey }]
}

/** Somebody holds the code and not the second factor. One mail for each code, however many tries. */
export function handOverFailed(account: Account, codeHash: string, by: Origin, at: number): readonly Notice[] {
  const notices = toOwner(account, 'hand_over_failed', at, whereFrom(by, at))
  return notices.map(notice => ({ ...notice, onlyOnceKey: `hand_over_failed ${codeHash} ${notice.to}` }))
}

export function handOverUsed(account: Account, by: Origin, at: number): readonly Notice[] {
  return passwordChanged(account, by, at, 'hand_over')
}
