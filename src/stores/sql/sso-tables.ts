import type { Generated } from 'kysely'

export interface EmailDomainTable {
  domain: string
  organization_id: string
  verified_at: number | null
  verified_by: string | null
  token: string
  added_at: number
}

export interface SsoProviderTable {
  organization_id: string
  metadata: string
  staged: string | null
  source: string
  settings: string
  created_at: number
  version: number
}

export interface SsoKeyTable {
  id: string
  state: string
  certificate: string
  sealed_private_key: string
  created_at: number
  ends_at: number
}

export interface SsoMessageTable {
  id: Generated<number>
  organization_id: string
  at: number
  /** `accepted`, `refused`, or `anybody` where no signature spoke for it. */
  shelf: string
  purpose: string
  outcome: string
  detail: string
  subject: string | null
  issuer: string | null
  offset_ms: number | null
  receipt: string
  times: number
  since: number
}
