import { budgetKey, parseAddress } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import type { AskedFrom } from '../limits/mail-budgets.ts'
import type { Accounts, EmailKey } from '../people/account.ts'
import { isKnown, type KnownDevices } from '../people/known-devices.ts'
import type { Device, Devices } from '../people/session.ts'
import type { AccountId } from '../policy/facts.ts'
import type { Visit } from './visit.ts'

export interface AskedFromNeeds {
  readonly accounts: Pick<Accounts, 'findByEmail'>
  readonly devices: Pick<Devices, 'listOf'>
  readonly knownDevices: Pick<KnownDevices, 'idOf'>
  readonly clock: Clock
}

/**
 * Whether a mail is asked for where the account is at home: what strangers ask for must not use up what its owner may ask for. The same two
 * look-ups for every name, whether anybody has it or not.
 */
export async function askedFrom(needs: AskedFromNeeds, visit: Visit, name: EmailKey): Promise<AskedFrom> {
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
