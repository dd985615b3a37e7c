import type { ResetCampaigns } from '../incident/reset-campaigns.ts'
import type { AuditStore } from '../journal/receipt.ts'
import type { Receipts } from '../journal/receipts.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Bans } from '../limits/bans.ts'
import type { CodeBudgets } from '../limits/code-budgets.ts'
import type { Regulation } from '../limits/regulation.ts'
import type { Threats } from '../limits/threats.ts'
import type { OutboxStore } from '../notices/outbox-store.ts'
import type { Accounts } from '../people/account.ts'
import type { DomainClaims } from '../people/domain-claims.ts'
import type { HandOvers } from '../people/hand-overs.ts'
import type { LeakedPasswords } from '../people/leaked-passwords.ts'
import type { Organization, Organizations } from '../people/organization.ts'
import type { OrganizationAdmin } from '../people/organization-admin.ts'
import type { Origin } from '../people/origin.ts'
import type { PeopleAdmin } from '../people/people-admin.ts'
import type { PeopleList } from '../people/people-list.ts'
import type { Places } from '../people/places.ts'
import type { Resets } from '../people/resets.ts'
import type { SecondFactors } from '../people/second-factors.ts'
import type { Devices } from '../people/session.ts'
import type { SessionBook } from '../people/session-book.ts'
import type { SignInHistory } from '../people/sign-in-history.ts'
import type { SignInNoticeSettings } from '../people/sign-in-news.ts'
import type { SsoSwitch } from '../people/sso-switch.ts'
import type { OwnKeyRing } from '../sso/own-keys.ts'
import type { Providers } from '../sso/provider.ts'
import type { ProviderService } from '../sso/providers.ts'
import type { SeenMessages } from '../sso/seen-message.ts'
import type { TestTickets } from '../sso/test-tickets.ts'
import type { SsoProof } from './sso-proof.ts'

/** What the operator API works with: the services that also serve the portal, and a few questions to the composition. */
export interface OperatorRooms {
  readonly accounts: Accounts
  readonly organizations: Organizations
  readonly devices: Devices
  readonly sessions: Pick<SessionBook, 'listOf' | 'end' | 'endAllOf'>
  readonly peopleAdmin: PeopleAdmin
  readonly peopleList: PeopleList
  readonly handOvers: Pick<HandOvers, 'issue'>
  readonly organizationAdmin: OrganizationAdmin
  readonly domainClaims: DomainClaims
  readonly ssoSwitch: SsoSwitch
  readonly resets: Resets
  readonly campaigns: ResetCampaigns
  readonly leakedPasswords: Pick<LeakedPasswords, 'check'>
  /** Ids of the keys of password hashes, the current one first. */
  passwordKeys(): readonly string[]
  readonly secondFactors: Pick<SecondFactors, 'remove'>
  readonly receipts: Pick<Receipts, 'find'>
  readonly audit: AuditStore
  readonly outbox: OutboxStore
  readonly signInHistory: Pick<SignInHistory, 'walk'>
  readonly places: Pick<Places, 'find' | 'look'>
  /** Which sign-ins are told now. */
  signInNoticeSettings(): SignInNoticeSettings
  readonly bans: Bans
  readonly threats: Threats
  readonly sso: OperatorSso
  readonly clock: Clock
  readonly random: Random
  /** Null where the store was opened without a gateway: then there is nothing to reload, and nobody is connected. */
  readonly running: RunningGateway | null
  explain(question: ExplainQuestion): Promise<Explanation>
  rotateKeys(by: Origin): Promise<readonly KeySummary[]>
  keys(): readonly KeySummary[]
  /** Changes nothing. `routes`: those of the operators' API. */
  proveSso(organization: Organization, routes: readonly PageRoute[]): Promise<SsoProof>
}

export interface PageRoute {
  readonly method: string
  readonly path: string
}

export interface OperatorSso {
  readonly providers: Pick<Providers, 'find'>
  readonly service: ProviderService
  readonly seenMessages: Pick<SeenMessages, 'listOf'>
  readonly ownKeys: Pick<OwnKeyRing, 'published' | 'rotate'>
  readonly testTickets: Pick<TestTickets, 'mint'>
  /** As people and providers know the portal. */
  portalOrigin(): string
}

export interface RunningGateway {
  reload(): Promise<ReloadOutcome>
  /** What counts failures under the configuration that speaks now. */
  guards(): { readonly regulation: Regulation; readonly codeBudgets: CodeBudgets }
  status(): Readonly<Record<string, unknown>>
  ready(): boolean
  /** Every page of our own, as the routers have them. */
  pageRoutes(): readonly PageRoute[]
  metrics(): Promise<{ readonly text: string; readonly contentType: string }>
}

export type ReloadOutcome =
  | {
      readonly kind: 'reloaded'
      readonly digest: string
      readonly testsRun: number
      /** Keys that have changed since the start and wait for a restart. */
      readonly waitForRestart: readonly string[]
    }
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

export interface KeySummary {
  readonly kid: string
  readonly state: string
  readonly algorithm: string
  readonly createdAt: number
}

/** A request that nobody made: "what if this person came from there?" */
export interface ExplainQuestion {
  /** E-mail of the account; null asks about somebody who is not signed in. */
  readonly email: string | null
  readonly address: string
  readonly host: string | null
  readonly path: string
}

export type Explanation =
  | { readonly kind: 'invalid'; readonly problem: string }
  | {
      readonly kind: 'explained'
      readonly route: string
      readonly entrance: string
      /** The device that was supposed, where the organization asks for one and the person has one. */
      readonly device: string | null
      readonly verdict: string
      readonly gate: string | null
      readonly rule: string | null
      readonly notes: readonly { gate: string; wouldBe: string; rule: string }[]
      readonly policyVersion: string
      readonly walk: readonly unknown[]
    }
