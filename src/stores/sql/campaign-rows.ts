import type { Campaign, LedgerRow } from '../../incident/campaign.ts'
import { stored, storedJson } from './values.ts'

// Campaigns and their ledgers between the tables and the words of incident/campaign.ts.

export interface CampaignTable {
  id: string
  state: string
  selection: string
  digest: string
  counts: string
  planned_at: number
  planned_by: string
  started_at: number | null
  started_by: string | null
  approved_by: string | null
  reason: string | null
  since: number | null
  ended_at: number | null
  task: string | null
  position: number
  include_ambiguous: number
  flagged: number
  already: number
  skipped: number
  reminded: number
  withdrawn: number
  sessions_ended: number
  sockets_cut: number
  busy_ms: number
  worker: string | null
  lease_until: number | null
}

export interface CampaignPersonTable {
  campaign_id: string
  place: number
  account_id: string
  state: string
  why: string | null
  by_campaign: string | null
  at: number | null
  sessions_ended: number
  sockets_cut: number
  reset_at: number | null
  withdrawn_at: number | null
}

export interface CampaignMailTable {
  outbox_id: number
  campaign_id: string
  account_id: string
  kind: string
  to_address: string
  queued_at: number
  state: string
  answer: string | null
  at: number | null
}

export function readCampaign(row: CampaignTable): Campaign {
  const { started_at, started_by, approved_by, reason, since } = row
  return {
    id: row.id,
    state: stored(row.state),
    selection: storedJson(row.selection),
    digest: row.digest,
    counts: storedJson(row.counts),
    plannedAt: row.planned_at,
    plannedBy: row.planned_by,
    start:
      started_at === null || started_by === null || approved_by === null || reason === null
        ? null
        : { at: started_at, by: started_by, approvedBy: approved_by, reason, since },
    endedAt: row.ended_at,
    task: row.task === null ? null : stored(row.task),
    position: row.position,
    includeAmbiguous: row.include_ambiguous === 1,
    done: {
      flagged: row.flagged,
      already: row.already,
      skipped: row.skipped,
      reminded: row.reminded,
      withdrawn: row.withdrawn,
      sessionsEnded: row.sessions_ended,
      socketsCut: row.sockets_cut,
      busyMs: row.busy_ms,
    },
  }
}

export type LedgerColumns = CampaignPersonTable & {
  email: string | null
  organization_id: string | null
}

export function readLedgerRow(row: LedgerColumns, mails: readonly CampaignMailTable[]): LedgerRow {
  return {
    place: row.place,
    accountId: row.account_id,
    email: row.email,
    organizationId: row.organization_id,
    state: stored(row.state),
    why: row.why,
    byCampaign: row.by_campaign,
    at: row.at,
    sessionsEnded: row.sessions_ended,
    socketsCut: row.sockets_cut,
    resetAt: row.reset_at,
    withdrawnAt: row.withdrawn_at,
    mails: mails.map(mail => ({
      outboxId: mail.outbox_id,
      kind: stored(mail.kind),
      to: mail.to_address,
      queuedAt: mail.queued_at,
      state: stored(mail.state),
      answer: mail.answer,
      at: mail.at,
    })),
  }
}
