import type { ProofKind, RiskFact } from '../policy/facts.ts'
import type { Account } from './account.ts'
import { activeKinds } from './directory.ts'

/** What is known when a first proof has been given; judged once, at the beginning of the attempt. */
export interface Circumstances {
  readonly account: Account
  readonly proof: ProofKind
  readonly knownDevice: boolean
  /** The password was tried in the suspicious lane. */
  readonly suspicious: boolean
  /** The organization or the operator wants every unknown device confirmed. */
  readonly codeOnUnknownDevice: boolean
  readonly now: number
}

/** The strongest reason is the one that is told, and its page is the one that is shown. Only a password leaves anything to doubt. */
export function judgeRisk(circumstances: Circumstances): RiskFact {
  const { account, proof, knownDevice, suspicious, codeOnUnknownDevice, now } = circumstances
  if (proof !== 'password') return none
  if (suspicious) return { emailCode: true, why: 'suspicious' }
  if (account.held !== null && !knownDevice) return { emailCode: true, why: 'held' }
  if (isDormant(account, now)) return { emailCode: true, why: 'dormant' }
  if (codeOnUnknownDevice && !knownDevice) return { emailCode: true, why: 'unknown_device' }
  return none
}

const none: RiskFact = { emailCode: false, why: 'none' }
const dormantMs = 180 * 24 * 60 * 60_000

/** Dormant without a second factor: its password may have leaked long ago, and nobody would have noticed. */
function isDormant(account: Account, now: number): boolean {
  // A new password went through the mailbox or a session: it is a sign of life like a sign-in.
  const aliveAt = Math.max(account.lastSignInAt ?? 0, account.password?.changedAt ?? 0, account.createdAt)
  return now - aliveAt > dormantMs && activeKinds(account).length === 0
}
