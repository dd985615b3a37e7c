import type { AuditEntry } from '../journal/audit.ts'
import type { Notice } from '../notices/notice.ts'
import type { ResetFlag } from '../people/account.ts'
import type { Campaign, CampaignStart, InPlace, LedgerRow, MailFate, PlanCounts, PlannedPerson } from './campaign.ts'

/** The durable campaigns. Each batch commits with its checkpoint, its ledger, mails, audit rows and announcements, or not at all. */
export interface CampaignStore extends CampaignPlans, CampaignWork, CampaignBooks {}

/** Choosing people, and the frozen list of it. */
export interface CampaignPlans {
  begin(draft: Pick<Campaign, 'id' | 'selection' | 'plannedAt' | 'plannedBy'>): Promise<void>
  addPeople(id: string, people: readonly PlannedPerson[]): Promise<void>
  /** The draft becomes a plan. */
  freeze(id: string, plan: { digest: string; counts: PlanCounts }, audit: AuditEntry): Promise<boolean>
  /** A page of the list, as it is needed to compare its digest. */
  planned(id: string, after: number, limit: number): Promise<readonly PlannedPerson[]>
  /** Ids by canonical address; addresses that nobody has are missing. */
  idsByEmail(keys: readonly string[]): Promise<readonly { readonly key: string; readonly id: string }[]>
  candidates(query: CandidateQuery): Promise<readonly Candidate[]>
  signIns(query: SignInQuery): Promise<readonly SignInRow[]>
}

/** Work on people, done by one process at a time: whoever holds the lease. */
export interface CampaignWork {
  start(id: string, start: CampaignStart, digest: string, audit: AuditEntry): Promise<boolean>
  /** From one state to another; false when it is in none of those. */
  move(id: string, move: CampaignMove, audit: AuditEntry): Promise<boolean>
  /** A campaign that has something to do and that nobody works on; it is this worker's until `leaseUntil`. */
  claim(worker: string, at: number, leaseUntil: number): Promise<Campaign | null>
  /** The next people of the list that the task is about. */
  next(id: string, query: NextQuery): Promise<readonly InPlace[]>
  /** False, and nothing done, when the campaign was paused, aborted, or taken over. */
  flag(batch: FlagBatch): Promise<boolean>
  remind(batch: RemindBatch): Promise<boolean>
  withdraw(batch: WithdrawBatch): Promise<boolean>
  /** The task has nothing left. False when it is another's turn, or another task has begun meanwhile. */
  finish(id: string, worker: string, end: TaskEnd, audit: AuditEntry): Promise<boolean>
  /** Gives the leases of this worker back. */
  release(worker: string): Promise<void>
}

export interface CampaignBooks {
  find(id: string): Promise<Campaign | null>
  list(limit: number): Promise<readonly Campaign[]>
  people(id: string, after: number, limit: number): Promise<readonly LedgerRow[]>
  tally(id: string): Promise<CampaignTally>
  /** Open connections of flagged people that were cut. */
  countCuts(cuts: readonly { readonly accountId: string; readonly count: number }[], since: number): Promise<void>
}

export interface CandidateQuery {
  readonly ids?: readonly string[]
  readonly organizationId?: string
  readonly passwordLeaked?: true
  readonly held?: true
  readonly after?: string
  readonly limit: number
}

export interface Candidate {
  readonly id: string
  readonly email: string
  readonly organizationId: string | null
  readonly state: 'invited' | 'open' | 'suspended' | 'deleted'
  readonly flagged: boolean
}

export interface SignInQuery {
  readonly event: AuditEntry['event']
  readonly from: number
  readonly until: number
  /** Where the page before ended. */
  readonly after: { readonly at: number; readonly number: number } | null
  readonly limit: number
}

export interface SignInRow {
  readonly number: number
  readonly at: number
  readonly accountId: string
  readonly address: string
}

export interface CampaignMove {
  readonly from: readonly Campaign['state'][]
  readonly to: Campaign['state']
  readonly task: Campaign['task']
  /** A new task begins at the first place; else it goes on where it was. */
  readonly anew: boolean
  readonly includeAmbiguous: boolean
  readonly at: number
}

export interface NextQuery {
  readonly task: NonNullable<Campaign['task']>
  readonly after: number
  readonly limit: number
  /** Reminders: nobody who was mailed since. */
  readonly mailedBefore: number
  readonly includeAmbiguous: boolean
}

interface Batch {
  readonly campaignId: string
  readonly worker: string
  /** Where the one before ended: a batch that comes twice is done once. */
  readonly after: number
  readonly position: number
  readonly at: number
  readonly leaseUntil: number
  readonly busyMs: number
}

export interface FlagBatch extends Batch {
  readonly flag: ResetFlag
  readonly people: readonly Flagging[]
  /** Who may not be flagged any more. */
  readonly skipped: readonly { readonly accountId: string; readonly why: string }[]
}

export interface Flagging {
  readonly accountId: string
  readonly notice: Notice | null
  readonly audit: AuditEntry
}

export interface RemindBatch extends Batch {
  readonly mailedBefore: number
  readonly people: readonly { readonly accountId: string; readonly notice: Notice }[]
}

export interface WithdrawBatch extends Batch {
  /** As the flags of this campaign name it: nobody else's flag is lifted. */
  readonly flaggedBy: string
  readonly people: readonly { readonly accountId: string; readonly audit: AuditEntry }[]
}

/** What was found to be at its end: an abort in the last moment may have put a withdrawal in its place, which is not. */
export interface TaskEnd {
  readonly task: NonNullable<Campaign['task']>
  readonly position: number
  readonly at: number
  readonly busyMs: number
}

export interface CampaignTally {
  readonly mails: Readonly<Record<'first' | 'reminder', Readonly<Record<MailFate, number>>>>
  readonly resetDone: number
}
