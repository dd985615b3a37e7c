import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { AccountFact, AccountId, OrganizationFact, OrganizationId } from '../policy/facts.ts'
import type { Account, Accounts } from './account.ts'
import type { Changes } from './changes.ts'
import type { Organization, Organizations } from './organization.ts'
import type { Device, Devices } from './session.ts'

/**
 * Accounts, organizations and devices as the gates ask for them on every request: from memory, without waiting, when they are warm.
 * Bounded, emptied by Changes; believed for 30 s at most after the store last answered, then Fault `unavailable`.
 */
export interface Directory {
  account(id: AccountId): Account | null | Promise<Account | null>
  organization(id: OrganizationId): Organization | null | Promise<Organization | null>
  /** Compiled once per version; which rules speak is chosen by the clock at each call. */
  organizationFact(id: OrganizationId): OrganizationFact | null | Promise<OrganizationFact | null>
  device(accountId: AccountId, deviceId: string): Device | null | Promise<Device | null>
  accountFact(account: Account): AccountFact
  close(): void
}

export interface DirectoryNeeds {
  readonly accounts: Accounts
  readonly organizations: Organizations
  readonly devices: Devices
  readonly changes: Changes
  readonly clock: Clock
}

export function createDirectory(_needs: DirectoryNeeds): Directory {
  throw new Fault('not_implemented')
}
