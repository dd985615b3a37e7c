import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { createTextRecords, type ReadTextRecords } from '../outgoing/text-records.ts'
import { createDeclaredDomains, type DeclaredDomains } from '../people/declared-domains.ts'
import { createDomainClaims, type DomainClaims } from '../people/domain-claims.ts'
import { createSsoSwitch, type SsoSwitch } from '../people/sso-switch.ts'
import type { OrganizationId } from '../policy/facts.ts'
import type { SqliteStore } from '../stores/sqlite/client.ts'

/** What decides that an organization's people come through its provider and in no other way. */
export interface Exclusion {
  readonly domainClaims: DomainClaims
  readonly declaredDomains: DeclaredDomains
  readonly ssoSwitch: SsoSwitch
}

export interface ExclusionNeeds {
  readonly store: Pick<SqliteStore, 'accounts' | 'emailDomains' | 'organizations' | 'providers' | 'ruleChanges'>
  readonly clock: Clock
  readonly random: Random
  /** Absent: the name servers of the machine. */
  readonly readTextRecords?: ReadTextRecords
}

export function openExclusion({ store, clock, random, readTextRecords }: ExclusionNeeds): Exclusion {
  const { accounts, emailDomains: domains, organizations, ruleChanges: changes } = store
  return {
    domainClaims: createDomainClaims({
      ...{ domains, random, clock },
      readTextRecords: readTextRecords ?? createTextRecords({ clock }),
    }),
    declaredDomains: createDeclaredDomains({ domains, organizations, random, clock }),
    ssoSwitch: createSsoSwitch({ changes, accounts, domains, hasProvider: providerFinder(store), clock }),
  }
}

export function providerFinder({ providers }: Pick<SqliteStore, 'providers'>) {
  return async (id: OrganizationId): Promise<boolean> => (await providers.find(id)) !== null
}
