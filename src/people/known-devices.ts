import { Fault } from '../lib/fault.ts'
import type { Random } from '../lib/random.ts'
import type { AccountId } from '../policy/facts.ts'
import type { Devices } from './session.ts'

/** The browser at hand, as one account sees it. */
export interface DeviceNow {
  /** Hash of the device cookie. */
  readonly deviceId: string
  readonly label: string
  readonly mobile: boolean
  /** The account has signed in from it before. */
  readonly known: boolean
}

export interface KnownDevices {
  /** A new device cookie: 128 random bits. */
  mint(): string
  /** Null for what is not one of our cookies. */
  idOf(token: string): string | null
  now(accountId: AccountId, deviceId: string, agent: string): Promise<DeviceNow>
}

export function createKnownDevices(_needs: { devices: Devices; random: Random }): KnownDevices {
  throw new Fault('not_implemented')
}
