export interface DecoyTable {
  token_hash: string
  id: string
  email: string
  device_id: string
  started_at: number
  expires_at: number
  tries: number
}

export interface BanTable {
  id: string
  kind: string
  value: string
  reason: string
  created_at: number
  created_by: string
  until: number | null
  all_devices: number
}

export interface ThreatTable {
  id: string
  kind: string
  level: string
  raised_at: number
  lowered_at: number | null
  evidence: string
  undone_at: number | null
  undone_by: string | null
}
