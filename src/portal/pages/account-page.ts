import type { Language } from '../../notices/notice.ts'
import type { Account } from '../../people/account.ts'
import type { ProofKind } from '../../policy/facts.ts'
import type { Words } from '../words/en.ts'

/** What the account page shows. */
export interface AccountPage {
  readonly account: Account
  readonly organization: { readonly name: string; readonly usesSso: boolean } | null
  readonly sessions: readonly ShownSession[]
  readonly devices: readonly ShownDevice[]
  readonly signIns: readonly ShownSignIn[]
  readonly refused: readonly ShownRefusals[]
  /** Text messages can be sent here. */
  readonly phonesOffered: boolean
  readonly said: string | null
  readonly now: number
  readonly language: Language
  readonly languages: readonly Language[]
}

export interface ShownSession {
  readonly id: string
  readonly isThis: boolean
  readonly device: string
  readonly address: string
  /** Empty where nothing is known. */
  readonly place: string
  readonly methods: readonly ProofKind[]
  readonly openedAt: number
  readonly seenAt: number
}

export interface ShownDevice {
  readonly id: string
  readonly isThis: boolean
  readonly label: string
  readonly address: string
  readonly place: string
  /** Its owner has said that it was not them. */
  readonly isReported: boolean
  readonly firstSeenAt: number
  readonly lastSeenAt: number
}

export interface ShownSignIn {
  readonly at: number
  readonly device: string
  readonly isNew: boolean
  readonly address: string
  readonly place: string
  readonly methods: readonly ProofKind[]
}

export interface ShownRefusals {
  readonly device: string
  readonly address: string
  readonly place: string
  readonly times: number
  readonly lastAt: number
}

export function methodWords(words: Words, methods: readonly ProofKind[]): string {
  return [...new Set(methods)].map(method => words.account.methods[method]).join(words.account.plus)
}
