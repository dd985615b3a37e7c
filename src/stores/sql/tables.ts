import type { Generated } from 'kysely'
import type { CampaignMailTable, CampaignPersonTable, CampaignTable } from './campaign-rows.ts'
import type { BanTable, DecoyTable, ThreatTable } from './defence-tables.ts'
import type { EmailDomainTable, SsoKeyTable, SsoMessageTable, SsoProviderTable } from './sso-tables.ts'

/**
 * The tables as every dialect has them: times are milliseconds, flags are 0 or 1, whatever is nested is JSON text.
 * How a row becomes a word of the house stands beside its port (accounts.ts, sessions.ts, ...).
 */
export interface Tables {
  accounts: AccountTable
  attempts: AttemptTable
  audit: AuditTable
  audit_head: AuditHeadTable
  backup_codes: { factor_id: string; account_id: string; hash: string }
  bans: BanTable
  campaign_mails: CampaignMailTable
  campaign_people: CampaignPersonTable
  campaigns: CampaignTable
  changes: ChangeTable
  counters: { name: string; value: number }
  decoys: DecoyTable
  devices: DeviceTable
  email_domains: EmailDomainTable
  factors: FactorTable
  former_passwords: { account_id: string; place: number; hash: string }
  hand_overs: HandOverTable
  join_codes: JoinCodeTable
  notice_keys: { key: string; at: number }
  one_time_codes: OneTimeCodeTable
  organizations: OrganizationTable
  outbox: OutboxTable
  refusals: RefusalTable
  report_links: ReportLinkTable
  reset_tickets: ResetTicketTable
  schema_version: { id: number; version: number }
  session_changes: SessionChangeTable
  sessions: SessionTable
  signing_keys: SigningKeyTable
  sso_keys: SsoKeyTable
  sso_messages: SsoMessageTable
  sso_providers: SsoProviderTable
  sso_warnings: { organization_id: string; warning: string; at: number }
  spent: { key: string; until: number }
  threats: ThreatTable
}

export interface AccountTable {
  id: string
  email: string
  email_key: string
  former_email: string | null
  former_email_until: number | null
  name: string
  language: string
  organization_id: string | null
  roles: string
  state: string
  password_hash: string | null
  password_changed_at: number | null
  reset_reason: string | null
  reset_at: number | null
  reset_by: string | null
  reset_since: number | null
  exemption_reason: string | null
  exemption_until: number | null
  created_at: number
  last_sign_in_at: number | null
  held_at: number | null
  held_cause: string | null
  leak_checked_at: number | null
  leak_count: number | null
}

export interface FactorTable {
  id: string
  account_id: string
  kind: string
  label: string
  added_at: number
  sealed_secret: string
  last_step: number
  set_aside_at: number | null
  spare: number
  credential_id: string | null
}

export interface OrganizationTable {
  id: string
  slug: string
  name: string
  managed_by: string
  rules: string
  created_at: number
}

export interface SessionTable {
  id: string
  token_hash: string
  root_id: string
  account_id: string
  organization_id: string | null
  host: string
  proofs: string
  opened_at: number
  seen_at: number
  idle_ms: number
  absolute_ends_at: number
  device_id: string
  address: string
  agent: string
  break_glass: number
  subject_hash: string | null
}

export interface JoinCodeTable {
  code_hash: string
  root_id: string
  host: string
  binding_hash: string
  expires_at: number
}

export interface DeviceTable {
  account_id: string
  device_id: string
  label: string
  mobile: number
  approved_at: number | null
  first_seen_at: number
  last_seen_at: number
  address: string
  reported_at: number | null
}

export interface AttemptTable {
  id: string
  token_hash: string
  account_id: string
  proofs: string
  risk: string
  device_id: string
  started_at: number
  expires_at: number
  wrong_codes: number
  sealed_enrolment: string | null
  email_code_hash: string | null
  email_code_expires_at: number | null
}

export interface ResetTicketTable {
  token_hash: string
  account_id: string
  purpose: string
  issued_at: number
  expires_at: number
  asked_from: 'home' | 'elsewhere' | 'house'
}

export interface OutboxTable {
  id: Generated<number>
  kind: string
  to_address: string
  language: string
  facts: string
  only_once_key: string | null
  state: string
  tries: number
  created_at: number
  next_at: number
  worker: string | null
  lease_until: number | null
  last_answer: string | null
  finished_at: number | null
  channel: string
  /** One of many that nobody waits for: all others go first. */
  bulk: Generated<number>
}

export interface AuditTable {
  number: number
  event: string
  at: number
  actor_kind: string
  actor_id: string
  account_id: string | null
  organization_id: string | null
  address: string | null
  receipt: string | null
  facts: string
  link: string
}

/** The newest link once more, under a seal of its own: a tail that is cut off leaves it behind. */
export interface AuditHeadTable {
  id: number
  number: number
  link: string
  seal: string
}

export interface RefusalTable {
  receipt: string
  at: number
  entrance: string
  method: string
  host: string
  path: string
  address: string
  verdict: string
  gate: string | null
  rule: string | null
  policy_version: string
  account_id: string | null
  organization_id: string | null
  walk: string
  fault: string | null
}

export interface ChangeTable {
  number: number
  kind: string
  id: string
  at: number
}

export interface SigningKeyTable {
  kid: string
  algorithm: string
  state: string
  public_jwk: string
  sealed_private_jwk: string
  created_at: number
}

export interface OneTimeCodeTable {
  subject: string
  purpose: string
  account_id: string | null
  hash: string
  expires_at: number
  tries: number
  detail: string | null
}

/** What an open session has changed about its account, with what is needed to undo it. */
export interface SessionChangeTable {
  id: Generated<number>
  account_id: string
  session_id: string
  at: number
  change: string
}

/** Links in mails that undo: "this was not me", and an e-mail change taken back. */
export interface ReportLinkTable {
  token_hash: string
  purpose: string
  account_id: string
  session_id: string | null
  device_id: string | null
  issued_at: number
  expires_at: number
  used_at: number | null
}

export interface HandOverTable {
  account_id: string
  code_hash: string
  issued_by_kind: string
  issued_by_id: string
  reason: string
  issued_at: number
  expires_at: number
  tries: number
}
