import { type CsvCell, csvHead, csvRow } from '../lib/csv.ts'
import { isoInstant } from '../lib/instant.ts'
import type { Campaign, LedgerRow } from './campaign.ts'

/** The ledger as evidence: one line for each person of the list, the excluded too. */
export type EvidenceFormat = 'csv' | 'jsonl'

export function evidenceHead(format: EvidenceFormat): string {
  return format === 'csv' ? csvHead(columns.map(([name]) => name)) : ''
}

export function evidenceLine(format: EvidenceFormat, campaign: Campaign, row: LedgerRow): string {
  if (format === 'csv') return csvRow(columns.map(([, read]) => read(row, campaign)))
  return `${JSON.stringify(Object.fromEntries(columns.map(([name, read]) => [name, read(row, campaign)])))}\n`
}

type Column = readonly [name: string, read: (row: LedgerRow, campaign: Campaign) => CsvCell]

const columns: readonly Column[] = [
  ['account', row => row.accountId],
  ['email', row => row.email],
  ['outcome', row => row.state],
  ['why', row => row.why],
  ['flagged_at', row => (row.state === 'flagged' ? time(row.at) : null)],
  ['campaign', (_row, { id }) => id],
  ['flagged_by_campaign', (row, { id }) => (row.state === 'flagged' ? id : row.byCampaign)],
  ['reason', (_row, { start }) => start?.reason ?? null],
  ['started_by', (_row, { start }) => start?.by ?? null],
  ['approved_by', (_row, { start }) => start?.approvedBy ?? null],
  ['sessions_ended', row => row.sessionsEnded],
  ['sockets_cut', row => row.socketsCut],
  ['mail', row => first(row)?.state ?? null],
  ['mail_to', row => first(row)?.to ?? null],
  ['mail_at', row => time(first(row)?.at ?? null)],
  ['mail_answer', row => first(row)?.answer ?? null],
  ['reminders', row => row.mails.filter(({ kind }) => kind === 'reminder').length],
  ['reminded_at', row => time(row.mails.findLast(({ kind }) => kind === 'reminder')?.queuedAt ?? null)],
  ['reset_done_at', row => time(row.resetAt)],
  ['withdrawn_at', row => time(row.withdrawnAt)],
]

function first({ mails }: LedgerRow) {
  return mails.find(({ kind }) => kind === 'first')
}

function time(at: number | null): string | null {
  return at === null ? null : isoInstant(at)
}
