import type { Language } from '../notices/notice.ts'
import type { AccountId, OrganizationId, Role } from '../policy/facts.ts'
import type { Factor } from './account.ts'

/** One person, as lists and exports show them: nothing that opens a door, no number in full. */
export interface ListedPerson {
  readonly id: AccountId
  readonly email: string
  readonly name: string
  readonly language: Language
  readonly organization: { readonly slug: string; readonly name: string } | null
  readonly roles: readonly Role[]
  readonly state: PersonState
  readonly resetRequired: string | null
  readonly held: boolean
  /** The present password is known from leaks. */
  readonly leaked: boolean
  /** Kinds of the second factors that help. */
  readonly factors: readonly SecondKind[]
  /** Those that a forced reset has set aside. */
  readonly factorsSetAside: number
  /** All but the ends hidden. */
  readonly phones: readonly string[]
  readonly sparePhones: readonly string[]
  readonly backupCodesLeft: number
  readonly exemptUntil: number | 'always' | null
  readonly createdAt: number
  readonly lastSignInAt: number | null
}

/** What stands first when several are true, from left to right; `in_use` and `not_signed_in` are what is left. */
export const personStates = ['suspended', 'invited', 'reset_required', 'held', 'not_signed_in', 'in_use'] as const
export type PersonState = (typeof personStates)[number]

export const factorFilters = ['none', 'any', 'totp', 'sms_code', 'passkey'] as const
export type FactorFilter = (typeof factorFilters)[number]

export type SecondKind = Exclude<Factor['kind'], 'backup_code'>

export interface PeopleFilter {
  readonly organizationId?: OrganizationId
  /** Part of the name or the address. */
  readonly search?: string
  readonly state?: PersonState
  readonly factor?: FactorFilter
  /** Nobody has signed in since then, or ever. */
  readonly notSignedInSince?: number
  readonly held?: true
  readonly leaked?: true
}

export interface PeopleQuery extends PeopleFilter {
  /** The last one of the page before: each is listed once, also while others come and go. */
  readonly after?: AccountId
  /** 1 to 1,000. */
  readonly limit: number
}

/** People as a list. It reads, and never writes. Deleted accounts are never listed. */
export interface PeopleList {
  page(query: PeopleQuery): Promise<readonly ListedPerson[]>
  count(filter: PeopleFilter): Promise<number>
}
