import { budgetKey, parseAddress } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { AskedFrom, MailBudgets } from '../limits/mail-budgets.ts'
import type { SignInTry } from '../limits/regulation.ts'
import type { Accounts, EmailKey } from '../people/account.ts'
import { isKnown, type KnownDevices } from '../people/known-devices.ts'
import type { Resets } from '../people/resets.ts'
import type { Device, Devices } from '../people/session.ts'
import type { AccountId } from '../policy/facts.ts'
import { originOf, type Visit } from './visit.ts'

/**
 * Mails that lead to a new password. Anybody may ask for them in anybody's name: what strangers ask for must neither use up what the
 * owner may ask for, nor void it. The page says the same whatever happens here.
 */
export interface ResetRequests {
  ask(visit: Visit, asked: { name: EmailKey; email: string }): Promise<void>
}

export interface ResetRequestsNeeds {
  readonly accounts: Pick<Accounts, 'findByEmail'>
  readonly devices: Pick<Devices, 'listOf'>
  readonly knownDevices: Pick<KnownDevices, 'idOf'>
  readonly resetMails: MailBudgets
  readonly resets: Pick<Resets, 'requestTicket'>
  readonly bans: { isBanned(attempt: SignInTry): boolean }
  readonly clock: Clock
}

export function createResetRequests(needs: ResetRequestsNeeds): ResetRequests {
  return {
    async ask(visit, { name, email }) {
      const address = budgetKey(visit.head.client.address)
      const from = await placeOf(needs, visit, name)
      const deviceLane = from === 'known-device' ? 'known-device' : 'unknown'
      const { kind } = await needs.resetMails.ask({ address, name, from })
      if (kind === 'closed' || needs.bans.isBanned({ address, name, deviceLane })) return
      await needs.resets.requestTicket(email, originOf(visit, null), from === 'elsewhere' ? 'elsewhere' : 'home')
    },
  }
}

/** The same two look-ups for every name, whether anybody has it or not. */
async function placeOf(needs: ResetRequestsNeeds, visit: Visit, name: EmailKey): Promise<AskedFrom> {
  const { head, cookies } = visit
  const deviceId = cookies.device === undefined ? null : needs.knownDevices.idOf(cookies.device)
  const account = await needs.accounts.findByEmail(name)
  const known = (await needs.devices.listOf(account?.id ?? nobody)).filter(isKnown)
  if (known.some(device => device.deviceId === deviceId)) return 'known-device'
  const address = budgetKey(head.client.address)
  const since = needs.clock.now() - homeMs
  return known.some(device => device.lastSeenAt >= since && keyOf(device) === address) ? 'home-address' : 'elsewhere'
}

const homeMs = 30 * 24 * 3_600_000

// No account has this id; the cast is made because only stores make real ones.
const nobody = 'nobody' as AccountId

function keyOf({ address }: Device): string | null {
  const parsed = parseAddress(address)
  return parsed === null ? null : budgetKey(parsed)
}
