import type { Account } from '../people/account.ts'

/** A reset of many passwords at once: planned with a frozen list of people, started by name and reason, kept as evidence. */
export interface Campaign {
  readonly id: string
  /** `drafting`: its list is still being written; such a one cannot be started and goes by itself. */
  readonly state: 'drafting' | 'planned' | 'running' | 'paused' | 'aborted' | 'finished'
  readonly selection: Selection
  /** Over the selection and the list: what is started is what was looked at. */
  readonly digest: string
  readonly counts: PlanCounts
  readonly plannedAt: number
  readonly plannedBy: string
  readonly start: CampaignStart | null
  readonly endedAt: number | null
  /** What still has to be done, and how far it has come: the place in the list of the last one. */
  readonly task: CampaignTask | null
  readonly position: number
  readonly includeAmbiguous: boolean
  readonly done: CampaignDone
}

export type CampaignTask = 'flag' | 'remind' | 'withdraw'

export interface CampaignStart {
  readonly at: number
  readonly by: string
  readonly approvedBy: string
  /** People read it in their mail. */
  readonly reason: string
  /** When accounts may have been taken over; second factors added since are set aside. */
  readonly since: number | null
}

export interface CampaignDone {
  readonly flagged: number
  readonly already: number
  readonly skipped: number
  readonly reminded: number
  readonly withdrawn: number
  readonly sessionsEnded: number
  readonly socketsCut: number
  /** Time that the batches took, waiting and pauses left out. */
  readonly busyMs: number
}

/** How people are chosen. Of several criteria a person meets one (`any`) or each (`all`). */
export interface Selection {
  readonly match: 'any' | 'all'
  readonly everyone: boolean
  /** Of the list that was given: how many addresses it named, and its digest; the addresses themselves are the ledger's. */
  readonly addresses: { readonly count: number; readonly digest: string } | null
  /** Slugs. */
  readonly organizations: readonly string[]
  readonly signedIn: SignedIn | null
  readonly passwordLeaked: boolean
  readonly held: boolean
}

/** Signed in from these networks between these times, by the audit trail. */
export interface SignedIn {
  readonly networks: readonly string[]
  readonly from: number
  readonly until: number
  /** Refused tries as well: whom somebody there tried to be. */
  readonly includeRefused: boolean
}

export interface PlanCounts {
  /** Everybody who met the criteria. */
  readonly selected: number
  /** Who will be flagged, those who are flagged already included. */
  readonly chosen: number
  readonly alreadyFlagged: number
  /** Chosen, and told nothing: a suspended person cannot use the way that the mail shows. */
  readonly suspended: number
  readonly excluded: Readonly<Record<Exclusion, number>>
}

/** `sso`: signs in with single sign-on and has no password here. `invited`: has never had one. */
const exclusions = ['sso', 'invited', 'deleted'] as const
export type Exclusion = (typeof exclusions)[number]

export interface PlannedPerson {
  readonly place: number
  readonly accountId: string
  /** Null: chosen. */
  readonly excluded: Exclusion | null
}

/** As the ledger knows one person. */
export interface LedgerRow {
  readonly place: number
  readonly accountId: string
  readonly email: string | null
  readonly organizationId: string | null
  readonly state: 'chosen' | 'flagged' | 'already' | 'skipped' | 'excluded'
  readonly why: string | null
  /** `already`: the campaign that had flagged the account; null when something else had. */
  readonly byCampaign: string | null
  readonly at: number | null
  readonly sessionsEnded: number
  readonly socketsCut: number
  readonly resetAt: number | null
  readonly withdrawnAt: number | null
  readonly mails: readonly LedgerMail[]
}

export interface LedgerMail {
  readonly outboxId: number
  readonly kind: 'first' | 'reminder'
  readonly to: string
  readonly queuedAt: number
  readonly state: MailFate
  /** The server's own words, where it gave any. */
  readonly answer: string | null
  readonly at: number | null
}

/** `failed`: the server refused it for good. `ambiguous`: the server's answer was lost. `withdrawn`: taken back before it left. */
const mailFates = ['queued', 'sent', 'failed', 'ambiguous', 'withdrawn'] as const
export type MailFate = (typeof mailFates)[number]

/** An account in its place of the list. */
export interface InPlace {
  readonly place: number
  readonly account: Account
}
