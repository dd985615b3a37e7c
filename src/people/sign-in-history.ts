import type { AccountId, OrganizationId } from '../policy/facts.ts'

/** One sign-in that opened a session, as the audit trail recorded it. */
export interface RecordedSignIn {
  /** Of its audit row; grows with time. */
  readonly number: number
  readonly at: number
  readonly accountId: AccountId
  readonly organizationId: OrganizationId | null
  readonly sessionId: string
  readonly address: string
  /** Such as "Chrome on Windows". */
  readonly device: string
  /** Null for what was recorded before it was written down. */
  readonly deviceId: string | null
  readonly newDevice: boolean
  /** Such as "password + totp". */
  readonly method: string
  /** What was known then about the address (people/places.ts); null: nothing. */
  readonly country: string | null
  readonly city: string | null
  readonly network: string | null
}

/** Refused tries at one account, from one address with one kind of browser, taken together. */
export interface RefusedTries {
  readonly address: string
  readonly device: string
  readonly times: number
  readonly firstAt: number
  readonly lastAt: number
}

export interface RecentSignIns {
  /** Newest first. */
  readonly opened: readonly RecordedSignIn[]
  /** Of the newest thousand refusals within 30 days; the last tried first. */
  readonly refused: readonly RefusedTries[]
}

/** What the audit trail remembers of sign-ins. It reads, and never writes. */
export interface SignInHistory {
  /** `limit`: of the sign-ins, and of the refused groups. `at`: now. */
  recentOf(accountId: AccountId, limit: number, at: number): Promise<RecentSignIns>
  /** Every sign-in of a time, oldest first, in pages: `after` is the last one of the page before. Each once, also while others sign in. */
  walk(query: HistoryQuery): Promise<readonly RecordedSignIn[]>
}

export interface HistoryQuery {
  readonly from: number
  /** Exclusive. */
  readonly to: number
  readonly after?: Pick<RecordedSignIn, 'at' | 'number'>
  /** 1 to 1,000. */
  readonly limit: number
}
