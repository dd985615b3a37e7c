import type { CampaignStore } from '../../src/incident/campaign-store.ts'
import type { AuditStore, RefusalStore } from '../../src/journal/receipt.ts'
import type { BanStore } from '../../src/limits/ban-store.ts'
import type { ThreatStore } from '../../src/limits/threat-store.ts'
import type { OutboxStore } from '../../src/notices/outbox-store.ts'
import type { Accounts, Factors } from '../../src/people/account.ts'
import type { Attempts } from '../../src/people/attempt.ts'
import type { BackupCodeSets } from '../../src/people/backup-codes.ts'
import type { Change, Changes } from '../../src/people/changes.ts'
import type { Decoys } from '../../src/people/decoys.ts'
import type { EmailChanges } from '../../src/people/email-changes.ts'
import type { EmailDomains } from '../../src/people/email-domains.ts'
import type { HandOverCodes } from '../../src/people/hand-over.ts'
import type { OneTimeCodes, SpentOnce } from '../../src/people/one-time-codes.ts'
import type { Organizations } from '../../src/people/organization.ts'
import type { PeopleList } from '../../src/people/people-list.ts'
import type { ReportLinks } from '../../src/people/report-links.ts'
import type { ResetTickets } from '../../src/people/reset-ticket.ts'
import type { RuleChanges } from '../../src/people/rule-changes.ts'
import type { Devices, Sessions } from '../../src/people/session.ts'
import type { SignInHistory } from '../../src/people/sign-in-history.ts'
import type { KeyStore } from '../../src/proxy/key-store.ts'
import type { OwnKeys } from '../../src/sso/own-key.ts'
import type { Providers } from '../../src/sso/provider.ts'
import type { SeenMessages } from '../../src/sso/seen-message.ts'

/** What a store must offer to be asked by the contracts. Every adapter runs all of them. */
export interface DurablePorts {
  readonly accounts: Accounts
  readonly factors: Factors
  readonly organizations: Organizations
  readonly sessions: Sessions
  readonly campaigns: CampaignStore
  readonly devices: Devices
  readonly attempts: Attempts
  readonly backupCodeSets: BackupCodeSets
  readonly decoys: Decoys
  readonly resetTickets: ResetTickets
  readonly changes: Changes
  readonly outbox: OutboxStore
  readonly peopleList: PeopleList
  readonly refusals: RefusalStore
  readonly audit: AuditStore
  readonly handOverCodes: HandOverCodes
  readonly keys: KeyStore
  readonly oneTimeCodes: OneTimeCodes
  readonly ownKeys: OwnKeys
  readonly providers: Providers
  readonly seenMessages: SeenMessages
  readonly spentOnce: SpentOnce
  readonly bans: BanStore
  readonly threats: ThreatStore
  readonly emailChanges: EmailChanges
  readonly emailDomains: EmailDomains
  readonly reportLinks: ReportLinks
  readonly ruleChanges: RuleChanges
  readonly signInHistory: SignInHistory
  sweep(at: number): Promise<number>
  close(): Promise<void>
}

export type OpenStore = () => Promise<DurablePorts>

/** Everything announced while `act` ran, in order. */
export async function heardDuring(store: DurablePorts, act: () => Promise<unknown>): Promise<readonly Change[]> {
  const heard: Change[] = []
  const cancel = store.changes.subscribe(changes => heard.push(...changes))
  await act()
  cancel()
  return heard
}
