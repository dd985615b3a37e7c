import type { CookieJar } from '../http/cookies.ts'
import type { DeviceNow, KnownDevices } from '../people/known-devices.ts'
import type { AccountId } from '../policy/facts.ts'
import { agentOf, type Visit } from './visit.ts'

/** The browser at hand: its cookie, made when it has none, and what the account knows about it. */
export interface Browser {
  readonly token: string
  readonly device: DeviceNow
  /** Set-Cookie, renewed at every sign-in. */
  readonly cookie: string
}

export interface Browsers {
  of(visit: Visit, accountId: AccountId): Promise<Browser>
}

/** Browsers keep a cookie for 400 days at most (RFC 6265bis §5.5). */
const deviceCookieSeconds = 400 * 86_400

export function createBrowsers({ jar, knownDevices }: { jar: CookieJar; knownDevices: KnownDevices }): Browsers {
  return {
    async of(visit, accountId) {
      const brought = visit.cookies.device
      const broughtId = brought === undefined ? null : knownDevices.idOf(brought)
      const token = brought === undefined || broughtId === null ? knownDevices.mint() : brought
      const deviceId = broughtId ?? knownDevices.idOf(token)
      if (deviceId === null) throw new Error('a device cookie that was just made is not ours')
      const device = await knownDevices.now(accountId, deviceId, agentOf(visit.head))
      return { token, device, cookie: jar.write('device', token, deviceCookieSeconds) }
    },
  }
}
