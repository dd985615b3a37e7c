import type { Journal } from '../journal/journal.ts'
import type { AuditStore } from '../journal/receipt.ts'
import { budgetKey } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { MailBudgets } from '../limits/mail-budgets.ts'
import type { Regulation, SignInTry } from '../limits/regulation.ts'
import type { Account, Accounts, EmailKey } from '../people/account.ts'
import type { KnownDevices } from '../people/known-devices.ts'
import { aboutAccount, auditOf } from '../people/origin.ts'
import type { SignInCodes } from '../people/sign-in-codes.ts'
import type { Proof } from '../policy/facts.ts'
import { type AskedFromNeeds, askedFrom } from './asked-from.ts'
import { laneOf } from './password-guard.ts'
import { keepRegulated, type PasswordBans, shutOutBy } from './regulated.ts'
import { originOf, type Visit } from './visit.ts'

/** Mailed sign-in codes are asked for and tried through here alone. A closed budget reads like a code that was mailed, or like a wrong one. */
export interface SignInCodeGuard {
  /** The browser's token, whatever became of the mail. */
  issue(visit: Visit, name: EmailKey): Promise<string>
  prove(visit: Visit, name: EmailKey, code: string): Promise<{ account: Account; proof: Proof } | null>
}

export interface SignInCodeGuardNeeds extends AskedFromNeeds {
  readonly signInCodes: SignInCodes
  readonly codeMails: MailBudgets
  readonly regulation: Regulation
  readonly bans: PasswordBans
  readonly accounts: Pick<Accounts, 'findByEmail'>
  readonly knownDevices: KnownDevices
  readonly audit: Pick<AuditStore, 'append'>
  readonly journal: Journal
  readonly random: Random
  readonly clock: Clock
}

/** As long as a code. */
const tokenBytes = 24

export function createSignInCodeGuard(needs: SignInCodeGuardNeeds): SignInCodeGuard {
  const { signInCodes, codeMails, regulation, bans, random } = needs
  return {
    async issue(visit, name) {
      const from = await askedFrom(needs, visit, name)
      const deviceLane = from === 'known-device' ? 'known-device' : 'unknown'
      const asking = { address: budgetKey(visit.head.client.address), name, deviceLane } as const
      const { kind } = await codeMails.ask({ ...asking, from })
      if (kind === 'closed' || bans.isBanned(asking)) return random.token(tokenBytes)
      return signInCodes.issue(name, originOf(visit, null))
    },
    async prove(visit, name, code) {
      const attempt = await tryOf(needs, visit, name)
      const answer = await regulation.ask(attempt)
      const by = shutOutBy(answer, bans.find(attempt))
      const shutOut = by !== null
      // Where it is closed, the same work for nothing: no text of digits is empty.
      const checked = await signInCodes.prove(visit.cookies.code ?? '', name, shutOut ? '' : code)
      if (checked.kind === 'proved') {
        await regulation.succeeded(attempt)
        return checked
      }
      if (by !== null) keepRegulated(needs, visit, { by, account: checked.account })
      tell(needs, visit, shutOut ? 'regulated' : 'wrong', checked.account)
      return null
    },
  }
}

async function tryOf(needs: SignInCodeGuardNeeds, visit: Visit, name: EmailKey): Promise<SignInTry> {
  const deviceLane = await laneOf(needs, visit, name)
  return { address: budgetKey(visit.head.client.address), name, deviceLane }
}

/** Not waited for, as for passwords: a row for known names alone would tell by its time that the name is known. */
function tell(
  { audit, journal, clock }: SignInCodeGuardNeeds,
  visit: Visit,
  outcome: 'wrong' | 'regulated',
  account: Account | null,
): void {
  const subject = account === null ? { accountId: null, organizationId: null } : aboutAccount(account)
  journal.signedIn(outcome, { receipt: visit.receipt, ...subject })
  if (account === null) return
  const facts = { why: outcome, asked: 'sign_in_code' }
  const row = auditOf('sign_in_refused', subject, originOf(visit, null), clock.now(), facts)
  audit.append(row).catch((cause: unknown) => journal.trouble('audit of a refused sign-in code', cause))
}
