import type { AuditEntry } from '../journal/audit.ts'
import type { Notice } from '../notices/notice.ts'
import type { OrganizationId } from '../policy/facts.ts'

/** The identity provider of one organization, as stored. An organization has one. */
export interface Provider {
  readonly organizationId: OrganizationId
  /** What speaks now. */
  readonly metadata: ProviderMetadata
  /** Newer metadata that is accepted beside it, until it is promoted or dropped. */
  readonly staged: ProviderMetadata | null
  readonly source: ProviderSource
  readonly settings: ProviderSettings
  readonly createdAt: number
  /** Counts the changes: a change that was made of an older one is refused. */
  readonly version: number
}

/** Where metadata comes from: read once, or fetched again and again. */
export type ProviderSource =
  | { readonly kind: 'file'; readonly name: string }
  | {
      readonly kind: 'url'
      readonly url: string
      readonly checkedAt: number
      readonly trouble: string | null
      /** What somebody dropped (metadata-difference.ts, `contentKey`): not staged again by itself while the address still gives it out. */
      readonly dropped?: string
    }

/** What we use of an EntityDescriptor (SAML metadata 2.0). Addresses are https, but in development. */
export interface ProviderMetadata {
  readonly entityId: string
  readonly signOn: readonly Endpoint[]
  readonly logout: readonly (Endpoint & { readonly responseLocation: string | null })[]
  /** Signing certificates, DER in base64, in their order. At least one. */
  readonly certificates: readonly string[]
  readonly wantsSignedRequests: boolean
  /** When the document says that it ends; null when it does not say. */
  readonly validUntil: number | null
  readonly readAt: number
  /** SHA-256 of the document, base64url: the same document is no change. */
  readonly digest: string
}

export interface Endpoint {
  readonly binding: Binding
  readonly location: string
}

export type Binding = 'redirect' | 'post'

/** The organization's choices; those of a new provider stand in `defaultSettings`. */
export interface ProviderSettings {
  /** How our requests travel. */
  readonly requestBinding: Binding
  /** Which element must be signed. `either`: one of them, and everything is read from what was signed. */
  readonly signed: 'assertion' | 'response' | 'either'
  /** Encrypted assertions: refused, accepted, or the only ones accepted. */
  readonly encryption: 'refused' | 'accepted' | 'required'
  /** AES-CBC is malleable (XML Encryption attacks of 2011); opt-in for providers that know nothing else. */
  readonly acceptsCbc: boolean
  /** Messages that nobody asked for (IdP-initiated) sign in. */
  readonly unsolicited: boolean
  /** Clocks may differ by so much; three minutes at most. */
  readonly skewMs: number
  /** Attribute that holds the e-mail address; null: the NameID does. */
  readonly emailAttribute: string | null
  /** Attribute that holds the name shown; null: none is read. */
  readonly nameAttribute: string | null
  /** People without an account get one. */
  readonly createsAccounts: boolean
  readonly roles: RoleMapping | null
  /** AuthnContext classes that we ask for at each sign-in; empty: whatever the provider does. */
  readonly contexts: readonly string[]
}

/** Which value of an attribute gives which role. What it does not name, it takes away from nobody and gives to nobody. */
export interface RoleMapping {
  readonly attribute: string
  readonly values: Readonly<Record<string, string>>
}

export const skewMsMax = 180_000

export const defaultSettings: ProviderSettings = {
  requestBinding: 'redirect',
  signed: 'either',
  encryption: 'accepted',
  acceptsCbc: false,
  unsolicited: false,
  skewMs: 120_000,
  emailAttribute: null,
  nameAttribute: null,
  createsAccounts: false,
  roles: null,
  contexts: [],
}

/** The durable providers. Each change is written with its audit row, and announced as a change of the organization. */
export interface PutBeside {
  readonly notices?: readonly Notice[]
  /** The sessions for which the provider vouched end in the same transaction; `sessions` of the row says how many. */
  readonly endsSessions?: boolean
}

export interface Providers {
  find(organizationId: OrganizationId): Promise<Provider | null>
  list(): Promise<readonly Provider[]>
  /** Creates it, or replaces the one of `version - 1`. False when another change was faster. */
  put(provider: Provider, audit: AuditEntry, beside?: PutBeside): Promise<boolean>
  /** What a look at its address found; no change of what speaks, so without an audit row. */
  noteCheck(organizationId: OrganizationId, checkedAt: number, trouble: string | null): Promise<void>
  /** Tells something once (`warning` names it): false when it was told before, or when the provider is gone. */
  warn(organizationId: OrganizationId, warning: string, at: number, notices: readonly Notice[]): Promise<boolean>
  remove(organizationId: OrganizationId, audit: AuditEntry): Promise<boolean>
}
