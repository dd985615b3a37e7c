import type { Journal } from '../journal/journal.ts'
import type { AuditStore } from '../journal/receipt.ts'
import { budgetKey } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { Regulation, SignInTry } from '../limits/regulation.ts'
import type { Account, Accounts, EmailKey } from '../people/account.ts'
import type { KnownDevices } from '../people/known-devices.ts'
import { auditOf } from '../people/origin.ts'
import type { PasswordCheck, SignIn } from '../people/sign-in.ts'
import type { AccountId } from '../policy/facts.ts'
import type { HashPlaces } from './hash-places.ts'
import { agentOf, originOf, type Visit } from './visit.ts'

/** Passwords are tried through here alone: the try is spent before it is verified, and the answer never tells a closed budget from a wrong password. */
export interface PasswordGuard {
  check(visit: Visit, name: EmailKey, email: string, password: string): Promise<PasswordCheck>
  /** The same for somebody who is signed in: `verify` says whether the password was right. */
  guard<Outcome>(
    visit: Visit,
    account: Account,
    verify: Verify<Outcome>,
  ): Promise<Outcome | { readonly kind: 'closed' }>
}

export interface Verify<Outcome> {
  readonly verify: () => Promise<Outcome>
  readonly wasWrong: (outcome: Outcome) => boolean
}

export interface PasswordGuardNeeds {
  readonly regulation: Regulation
  readonly accounts: Pick<Accounts, 'findByEmail'>
  readonly knownDevices: KnownDevices
  readonly signIn: Pick<SignIn, 'checkPassword'>
  readonly audit: Pick<AuditStore, 'append'>
  readonly places: HashPlaces
  readonly journal: Journal
  readonly clock: Clock
}

export function createPasswordGuard(needs: PasswordGuardNeeds): PasswordGuard {
  const { regulation, signIn, places } = needs
  return {
    async check(visit, name, email, password) {
      const known = await laneOf(needs, visit, name)
      const attempt = { address: budgetKey(visit.head.client.address), name, deviceLane: known }
      // Before any budget is spent, and for every name alike.
      using _place = known === 'known-device' ? places.ofAccount(name) : places.ofAddress(attempt.address)
      const answer = await regulation.ask(attempt)
      if (answer.kind === 'closed') {
        // The same look-ups and the same hash as ever, for nothing: neither the answer nor its time tells that the budget was closed.
        await signIn.checkPassword(email, password)
        tell(needs, visit, 'regulated', null)
        return { kind: 'wrong', account: null }
      }
      const checked = await settle(regulation, attempt, {
        verify: () => signIn.checkPassword(email, password),
        wasWrong: ({ kind }) => kind === 'wrong',
      })
      if (checked.kind === 'wrong') tell(needs, visit, 'wrong', checked.account)
      return checked
    },
    async guard(visit, account, verify) {
      // Signed in from here: the lane of known devices, which nobody elsewhere can use up.
      const attempt: SignInTry = {
        address: budgetKey(visit.head.client.address),
        name: account.emailKey,
        deviceLane: 'known-device',
      }
      using _place = places.ofAccount(account.emailKey)
      const answer = await regulation.ask(attempt)
      return answer.kind === 'closed' ? answer : await settle(regulation, attempt, verify)
    },
  }
}

async function settle<Outcome>(regulation: Regulation, attempt: SignInTry, { verify, wasWrong }: Verify<Outcome>) {
  let outcome: Outcome
  try {
    outcome = await verify()
  } catch (cause) {
    await regulation.withdrawn(attempt) // overload or an outage: nothing was verified
    throw cause
  }
  await (wasWrong(outcome) ? regulation.failed(attempt) : regulation.succeeded(attempt))
  return outcome
}

/** Asked for every name alike: a browser that brings a device cookie costs the same two look-ups, whoever is named. */
async function laneOf(needs: PasswordGuardNeeds, visit: Visit, name: EmailKey): Promise<SignInTry['deviceLane']> {
  const deviceId = visit.cookies.device === undefined ? null : needs.knownDevices.idOf(visit.cookies.device)
  if (deviceId === null) return 'unknown'
  const account = await needs.accounts.findByEmail(name)
  const device = await needs.knownDevices.now(account?.id ?? nobody, deviceId, agentOf(visit.head))
  return account !== null && device.known ? 'known-device' : 'unknown'
}

// No account has this id; the cast is made because only stores make real ones.
const nobody = 'nobody' as AccountId

/** Not waited for: a durable row for known names alone would tell by its time that the name is known. */
function tell(needs: PasswordGuardNeeds, visit: Visit, outcome: 'wrong' | 'regulated', account: Account | null): void {
  const subject = { accountId: account?.id ?? null, organizationId: account?.organizationId ?? null }
  needs.journal.signedIn(outcome, { receipt: visit.receipt, ...subject })
  if (account === null) return
  const row = auditOf('sign_in_refused', subject, originOf(visit, null), needs.clock.now(), { why: outcome })
  needs.audit.append(row).catch((cause: unknown) => needs.journal.trouble('audit of a refused sign-in', cause))
}
