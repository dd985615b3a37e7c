import type { Seal } from '../lib/seal.ts'
import type { EmailDomains } from '../people/email-domains.ts'
import type { SpentOnce } from '../people/one-time-codes.ts'
import type { Provisioning } from '../people/provisioning.ts'
import type { OrganizationId } from '../policy/facts.ts'
import type { LogoutIds } from '../sso/logout-ids.ts'
import type { OwnKeyRing } from '../sso/own-keys.ts'
import type { ProviderRegistry } from '../sso/provider-registry.ts'
import type { SeenParts } from '../sso/reading.ts'
import type { SamlRefusal } from '../sso/refusal.ts'
import type { RequestIds } from '../sso/request-ids.ts'
import type { SeenMessage, SeenMessages } from '../sso/seen-message.ts'
import type { TestTickets } from '../sso/test-tickets.ts'
import type { XmlPool } from '../sso/xml-pool.ts'
import type { Visit } from './visit.ts'

/** What the portal needs of the house for single sign-on. */
export interface SamlRooms {
  readonly providers: Pick<ProviderRegistry, 'of' | 'afresh'>
  readonly emailDomains: Pick<EmailDomains, 'ownerOf'>
  readonly ownKeys: Pick<OwnKeyRing, 'current' | 'decryptionKeys' | 'published'>
  readonly xml: Pick<XmlPool, 'run'>
  readonly requestIds: RequestIds
  readonly logoutIds: LogoutIds
  readonly testTickets: Pick<TestTickets, 'isGood'>
  /** Seals the cookies of started requests and the tickets of sign-outs, under a key of its own. */
  readonly requestSeal: Seal
  readonly seenMessages: Pick<SeenMessages, 'add' | 'listOf'>
  readonly spentOnce: SpentOnce
  readonly provisioning: Provisioning
  /** What the route of an address asks of people with single sign-on. */
  readonly demandOf: (returnTo: string | null) => RouteDemand
  /** Journal and metric of an answer; a refusal is kept under its receipt, for `sekisho explain`. */
  readonly answered: (visit: Visit, answer: ProviderAnswer) => void
}

export interface RouteDemand {
  readonly secondFactor: boolean
  /** AuthnContext classes that count as one. */
  readonly contexts: readonly string[]
}

/** What became of one answer of a provider. */
export interface ProviderAnswer {
  readonly outcome: 'accepted' | SamlRefusal
  readonly detail: string
  readonly purpose: SeenMessage['purpose']
  /** Null: its address names no organization with a provider. */
  readonly organizationId: OrganizationId | null
  readonly seen: SeenParts
}
