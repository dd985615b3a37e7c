import type { Clock } from '../lib/clock.ts'
import type { AccountFact, AccountId, OrganizationFact, OrganizationId, ProofKind } from '../policy/facts.ts'
import type { Account, Accounts, Factor } from './account.ts'
import type { Changes } from './changes.ts'
import type { Organization, Organizations } from './organization.ts'
import { type CompiledOrganization, compileOrganization } from './organization-rules.ts'
import type { Device, Devices } from './session.ts'
import { createStoreContact } from './store-contact.ts'
import { createWarmCache } from './warm-cache.ts'

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

export function createDirectory(needs: DirectoryNeeds): Directory {
  const { accounts, organizations, devices } = createCaches(needs)
  const unsubscribe = needs.changes.subscribe(changes => {
    for (const change of changes) {
      if (change.kind === 'account') for (const cache of [accounts, devices]) cache.drop(change.id)
      if (change.kind === 'organization') organizations.drop(change.id)
      if (change.kind === 'everything') for (const cache of [accounts, devices, organizations]) cache.dropAll()
    }
  })
  return {
    account: id => accounts.find(id),
    organization: id => whenRead(organizations.find(id), compiled => compiled.organization),
    organizationFact: id => whenRead(organizations.find(id), compiled => compiled.factAt(needs.clock.now())),
    device: (accountId, deviceId) => devices.find(`${accountId} ${deviceId}`),
    accountFact,
    close: unsubscribe,
  }
}

const accountsMax = 100_000
const organizationsMax = 10_000

function createCaches({ accounts, organizations, devices, clock }: DirectoryNeeds) {
  const shared = { contact: createStoreContact(clock), clock }
  return {
    accounts: createWarmCache<Account>({
      ...shared,
      read: key => accounts.find(key as AccountId), // because keys come from `account(id)` alone
      namesOf: account => [account.id],
      sizeMax: accountsMax,
      rereads: true,
    }),
    // Not read again while other answers show that the store is there: 100,000 networks would be compiled again every half minute.
    organizations: createWarmCache<CompiledOrganization>({
      ...shared,
      read: async key => {
        const organization = await organizations.find(key as OrganizationId) // because keys are the ids that were asked for
        return organization === null ? null : compileOrganization(organization)
      },
      namesOf: ({ organization }) => [organization.id],
      sizeMax: organizationsMax,
      rereads: false,
    }),
    devices: createWarmCache<Device>({
      ...shared,
      read: key => {
        const [accountId = '', deviceId = ''] = key.split(' ')
        return devices.find(accountId as AccountId, deviceId) // because keys come from `device(…)` alone, and no id holds a space
      },
      namesOf: device => [device.accountId],
      sizeMax: accountsMax,
      rereads: true,
    }),
  }
}

function whenRead<From, To>(
  found: From | null | Promise<From | null>,
  turn: (from: From) => To,
): To | null | Promise<To | null> {
  if (found instanceof Promise) return found.then(later => (later === null ? null : turn(later)))
  return found === null ? null : turn(found)
}

/** Asked for with each request; the copy of an account lives for half a minute. */
const factsOfAccounts = new WeakMap<Account, AccountFact>()

function accountFact(account: Account): AccountFact {
  const made = factsOfAccounts.get(account) ?? makeAccountFact(account)
  factsOfAccounts.set(account, made)
  return made
}

function makeAccountFact(account: Account): AccountFact {
  const { id, email, name, organizationId, roles, reset } = account
  return {
    id,
    email,
    name,
    organizationId,
    roles,
    state: stateOf(account),
    resetRequired: reset !== null,
    factors: activeKinds(account),
  }
}

// An invited account has shown nothing yet. No walk may let it in, whatever proofs are claimed for it.
function stateOf({ state }: Account): AccountFact['state'] {
  return state === 'invited' ? 'suspended' : state
}

/**
 * Kinds of the second factors that are confirmed and not set aside. Backup codes and a spare phone stand in for one of them; alone they
 * are no reason to ask for a second factor, and no second factor.
 */
export function activeKinds(account: Account): readonly ProofKind[] {
  return [...new Set(account.factors.filter(isActive).map(factor => factor.kind))]
}

export function isActive({ setAsideAt, spare, kind }: Factor): boolean {
  return setAsideAt === null && !spare && kind !== 'backup_code'
}
