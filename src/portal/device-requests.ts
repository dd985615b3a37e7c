import type { Clock } from '../lib/clock.ts'
import type { Notice } from '../notices/notice.ts'
import type { Account, Accounts } from '../people/account.ts'
import type { DeviceNow } from '../people/known-devices.ts'
import { aboutAccount, auditOf } from '../people/origin.ts'
import type { Devices } from '../people/session.ts'
import { originOf, type Visit } from './visit.ts'

/** Asks an organization's administrators to approve a device: once for each device and account, and for a few devices a day. */
export interface DeviceRequests {
  ask(visit: Visit, account: Account, device: DeviceNow): Promise<void>
}

export interface DeviceRequestsNeeds {
  readonly devices: Pick<Devices, 'listOf' | 'ask'>
  readonly accounts: Pick<Accounts, 'list'>
  readonly clock: Clock
}

export function createDeviceRequests({ devices, accounts, clock }: DeviceRequestsNeeds): DeviceRequests {
  return {
    async ask(visit, account, { deviceId, label, mobile }) {
      const known = await devices.listOf(account.id)
      const at = clock.now()
      const asked = known.filter(device => device.lastSeenAt === 0 && device.firstSeenAt > at - dayMs)
      if (asked.length >= requestsMax || known.some(device => device.deviceId === deviceId)) return
      const address = visit.head.client.address.text
      const by = originOf(visit, account.id)
      const audit = auditOf('sign_in_challenged', aboutAccount(account), by, at, { step: 'device_approval' })
      const facts = { person: `${account.name} <${account.email}>`, device: label, address, at, reference: deviceId }
      const notices = (await administratorsOf(accounts, account)).map(
        (to): Notice => ({
          kind: 'device_request',
          to: to.email,
          language: to.language,
          facts: { ...facts, name: to.name },
          onlyOnceKey: `device_request ${account.id} ${deviceId} ${to.id}`,
        }),
      )
      const device = { accountId: account.id, deviceId, label, mobile, address }
      // Never seen: asking is not signing in, and must not make the browser one that the account knows.
      await devices.ask(
        { ...device, approvedAt: null, firstSeenAt: at, lastSeenAt: 0, reportedAt: null },
        { audit, notices },
      )
    },
  }
}

async function administratorsOf(accounts: Pick<Accounts, 'list'>, account: Account): Promise<readonly Account[]> {
  if (account.organizationId === null) return []
  const people = await accounts.list({ organizationId: account.organizationId, limit: 1_000 })
  const mayApprove = (one: Account) => one.state === 'open' && one.roles.some(role => role !== 'person')
  return people.filter(mayApprove).slice(0, administratorsMax)
}

const dayMs = 86_400_000
/** A browser is new whenever it brings no cookie: whoever has a password could ask for ever new ones. */
const requestsMax = 5

/** A mail to each of a hundred administrators would be a nuisance, not a request. */
const administratorsMax = 20
