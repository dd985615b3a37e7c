import type { Notice } from '../notices/notice.ts'
import type { Account, Factor } from './account.ts'
import { toOwner, whereFrom } from './account-notices.ts'
import type { Origin } from './origin.ts'

/** Somebody else may hold the passkey: one mail a day for each, however often it is tried. */
export function passkeyCopied(account: Account, by: Origin, at: number, factor: Factor): readonly Notice[] {
  const notices = toOwner(account, 'passkey_copied', at, { ...whereFrom(by, at), passkey: factor.label })
  return notices.map(notice => ({ ...notice, onlyOnceKey: `passkey_copied ${factor.id} ${notice.to}` }))
}
