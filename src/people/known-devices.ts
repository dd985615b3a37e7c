import type { Random } from '../lib/random.ts'
import { hashToken } from '../lib/secret.ts'
import type { AccountId } from '../policy/facts.ts'
import { describeAgent } from './device.ts'
import type { Device, Devices } from './session.ts'

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
  /** A new device cookie: 144 random bits. */
  mint(): string
  /** The id by which accounts know a browser with that cookie; null for what cannot be one of our cookies. */
  idOf(token: string): string | null
  now(accountId: AccountId, deviceId: string, agent: string): Promise<DeviceNow>
}

export function createKnownDevices({ devices, random }: { devices: Devices; random: Random }): KnownDevices {
  return {
    mint: () => random.token(tokenBytes),
    idOf: token => (tokenShape.test(token) ? hashToken(token) : null),
    async now(accountId, deviceId, agent) {
      const device = await devices.find(accountId, deviceId)
      return { deviceId, ...describeAgent(agent), known: isKnown(device) }
    },
  }
}

/** One that has only asked for approval was never seen; one that its owner reported ("this was not me") is a stranger for ever. */
export function isKnown(device: Device | null): boolean {
  return device !== null && device.lastSeenAt > 0 && device.reportedAt === null
}

const tokenBytes = 18
const tokenShape = /^[A-Za-z0-9_-]{24}$/
