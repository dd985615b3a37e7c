import type { AuditEntry } from '../journal/audit.ts'
import type { Notice } from '../notices/notice.ts'
import type { ReportLink } from './report-link.ts'

/** What a durable change leaves behind, in the same transaction: its audit row and the notices that go out because of it. */
export interface Trail {
  readonly audit: AuditEntry
  readonly notices: readonly Notice[]
  /** What the session changed about its own account, as people/session-change.ts writes it: "this was not me" undoes it. */
  readonly undo?: readonly { readonly sessionId: string; readonly change: string }[]
  /** The links that the notices hold: none can be mailed without being there, or be there without its mail. */
  readonly links?: readonly ReportLink[]
}
