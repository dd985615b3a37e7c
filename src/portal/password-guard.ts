import type { Journal } from '../journal/journal.ts'
import type { AuditStore } from '../journal/receipt.ts'
import { budgetKey } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { Caution } from '../limits/caution.ts'
import type { FailureCounter } from '../limits/failure-counter.ts'
import type { Regulation, SignInTry } from '../limits/regulation.ts'
import type { SignInSample, Stuffing } from '../limits/stuffing.ts'
import type { Account, Accounts, EmailKey } from '../people/account.ts'
import type { KnownDevices } from '../people/known-devices.ts'
import { auditOf } from '../people/origin.ts'
import type { PasswordCheck, SignIn } from '../people/sign-in.ts'
import type { AccountId } from '../policy/facts.ts'
import { countAutomationSigns } from './automation-signs.ts'
import type { HashPlaces } from './hash-places.ts'
import { createLaneWaits, type LaneWaits } from './lane-waits.ts'
import { keepRegulated, type PasswordBans, shutOutBy } from './regulated.ts'
import { agentOf, originOf, type Visit } from './visit.ts'

/**
 * Passwords are tried through here alone. What a try is met with is settled before it is verified, and by nothing that depends on the
 * name: the answer and its time never tell a closed budget, a ban or an attack under way from a wrong password.
 */
export interface PasswordGuard {
  check(visit: Visit, name: EmailKey, email: string, password: string): Promise<TriedPassword>
  /** A password that was met with caution has become a session: what was spent for it is given back now, and not before. */
  confirmed(visit: Visit, account: Account): Promise<void>
  /** The same for somebody who is signed in: `verify` says whether the password was right. */
  guard<Outcome>(
    visit: Visit,
    account: Account,
    verify: Verify<Outcome>,
  ): Promise<Outcome | { readonly kind: 'closed' }>
}

export interface TriedPassword {
  readonly checked: PasswordCheck
  /** `code`: whatever was typed, the answer is the code page. `refuse`: whatever was typed, the answer is that of a wrong password. */
  readonly met: 'openly' | 'code' | 'refuse'
  /** Read as wrong because a budget was closed, but it was the right one, and typed inside an attack: its owner has to hear of it. */
  readonly exposed: Account | null
}

export interface Verify<Outcome> {
  readonly verify: () => Promise<Outcome>
  readonly wasWrong: (outcome: Outcome) => boolean
}

export interface PasswordGuardNeeds {
  readonly regulation: Regulation
  readonly stuffing: Pick<Stuffing, 'judge' | 'record' | 'confirm'>
  readonly bans: PasswordBans
  /** Entries to the suspicious lane by address: each leaves a row in the store, right or wrong. */
  readonly laneEntries: Pick<FailureCounter, 'take'>
  readonly accounts: Pick<Accounts, 'findByEmail'>
  readonly knownDevices: KnownDevices
  readonly signIn: Pick<SignIn, 'checkPassword'>
  readonly audit: Pick<AuditStore, 'append'>
  readonly places: HashPlaces
  readonly journal: Journal
  readonly clock: Clock
}

export function createPasswordGuard(needs: PasswordGuardNeeds): PasswordGuard {
  const { regulation, stuffing, places } = needs
  const waits = createLaneWaits(needs)
  return {
    check: (visit, name, email, password) => check(needs, waits, visit, { name, email, password }),
    async confirmed(visit, { emailKey: name }) {
      const attempt = { address: budgetKey(visit.head.client.address), name, deviceLane: 'unknown' } as const
      await regulation.succeeded(attempt)
      stuffing.confirm(attempt)
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

interface Typed {
  readonly name: EmailKey
  readonly email: string
  readonly password: string
}

async function check(
  needs: PasswordGuardNeeds,
  waits: LaneWaits,
  visit: Visit,
  { name, email, password }: Typed,
): Promise<TriedPassword> {
  const { regulation, stuffing, signIn, places } = needs
  const sample = await sampleOf(needs, visit, name)
  const { address, deviceLane } = sample
  const known = deviceLane === 'known-device'
  const answer = await regulation.ask(sample)
  const { caution, delayMs } = stuffing.judge({ ...sample, used: answer.kind === 'open' ? answer.used : 1 })
  const met = await meetingOf(needs, sample, caution)
  const by = shutOutBy(answer, needs.bans.find(sample))
  const shutOut = by !== null
  const verify = async () => {
    // Waited for by right passwords too.
    await waits.wait(address, known ? 0 : delayMs)
    using _place = known ? places.ofAccount(name) : places.ofAddress(address)
    const turn = { lane: known ? 'account' : 'address', key: known ? name : address } as const
    return await signIn.checkPassword(email, password, { turn, quietly: met !== 'openly' })
  }
  const wasWrong = ({ kind }: PasswordCheck) => shutOut || kind === 'wrong'
  // In the lane a right one is given back only when it is confirmed: budgets that move at once would tell it (`confirmed`).
  const spends = (outcome: PasswordCheck) => met !== 'openly' || wasWrong(outcome)
  // Where a budget is closed: the same look-ups and the same hash as ever, for nothing.
  const verified =
    answer.kind === 'closed' ? await verify() : await settle(regulation, sample, { verify, wasWrong: spends })
  const kind = wasWrong(verified) ? 'wrong' : met === 'openly' ? 'right' : 'unconfirmed'
  stuffing.record(sample, { kind, leaked: verified.leak.kind === 'found' })
  const spoke = by ?? (met === 'refuse' ? 'stuffing' : null)
  if (spoke !== null) keepRegulated(needs, visit, { by: spoke, account: verified.account })
  if (wasWrong(verified))
    tell(needs, visit, { outcome: shutOut ? 'regulated' : 'wrong', account: verified.account, met })
  const exposed = shutOut && met !== 'openly' && verified.kind === 'proved' ? verified.account : null
  return { checked: shutOut ? { kind: 'wrong', account: null, leak: verified.leak } : verified, met, exposed }
}

async function sampleOf(needs: PasswordGuardNeeds, visit: Visit, name: EmailKey): Promise<SignInSample> {
  const { client } = visit.head
  const deviceLane = await laneOf(needs, visit, name)
  return { address: budgetKey(client.address), name, deviceLane, signs: countAutomationSigns(visit.head) }
}

/** Known devices are met openly whatever is going on. */
async function meetingOf(
  { laneEntries }: PasswordGuardNeeds,
  { address, deviceLane }: SignInSample,
  caution: Caution,
): Promise<TriedPassword['met']> {
  if (deviceLane === 'known-device') return 'openly'
  if (caution === 'refuse') return 'refuse'
  if (caution !== 'code') return 'openly'
  const { kind } = await laneEntries.take(address)
  return kind === 'counted' ? 'code' : 'refuse'
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
export async function laneOf(
  needs: Pick<PasswordGuardNeeds, 'knownDevices' | 'accounts'>,
  visit: Visit,
  name: EmailKey,
): Promise<SignInTry['deviceLane']> {
  const deviceId = visit.cookies.device === undefined ? null : needs.knownDevices.idOf(visit.cookies.device)
  if (deviceId === null) return 'unknown'
  const account = await needs.accounts.findByEmail(name)
  const device = await needs.knownDevices.now(account?.id ?? nobody, deviceId, agentOf(visit.head))
  return account !== null && device.known ? 'known-device' : 'unknown'
}

// No account has this id; the cast is made because only stores make real ones.
const nobody = 'nobody' as AccountId

interface Told {
  readonly outcome: 'wrong' | 'regulated'
  readonly account: Account | null
  readonly met: TriedPassword['met']
}

/** Not waited for: a durable row for known names alone would tell by its time that the name is known. A decoy writes its own. */
function tell(needs: PasswordGuardNeeds, visit: Visit, { outcome, account, met }: Told): void {
  const subject = { accountId: account?.id ?? null, organizationId: account?.organizationId ?? null }
  needs.journal.signedIn(outcome, { receipt: visit.receipt, ...subject })
  if (account === null || met === 'code') return
  const row = auditOf('sign_in_refused', subject, originOf(visit, null), needs.clock.now(), { why: outcome })
  needs.audit.append(row).catch((cause: unknown) => needs.journal.trouble('audit of a refused sign-in', cause))
}
