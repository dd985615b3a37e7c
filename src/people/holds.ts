import type { Notice } from '../notices/notice.ts'
import type { Account } from './account.ts'
import { passwordInAttack, signInHeld } from './account-notices.ts'
import type { Hold } from './hold.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'

export interface Holding {
  readonly account: Account
  readonly cause: string
  readonly at: number
  /** The code of the attempt that came with the password; null where a mailed code opens nothing (a second factor is asked for, or no attempt began). */
  readonly code: { readonly text: string; readonly expiresAt: number } | null
}

export function holdOf({ account, cause, at, code }: Holding, by: Origin): Hold {
  // Whoever typed the password is not known to be its owner.
  const portal: Origin = { ...by, actor: { kind: 'system', id: 'portal' } }
  const audit = auditOf('account_held', aboutAccount(account), portal, at, { cause })
  return { held: { at, cause }, trail: { audit, notices: noticesOf(account, by, at, code) } }
}

/** The code goes to the registered address alone: it proves who reads it. The news goes to the former one too, while that can be undone. */
function noticesOf(account: Account, by: Origin, at: number, code: Holding['code']): readonly Notice[] {
  const news = passwordInAttack(account, by, at)
  if (code === null) return news
  return [signInHeld(account, by, at, code), ...news.filter(({ to }) => to !== account.email)]
}
