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
  readonly methods: readonly ProofKind[]
  readonly openedAt: number
  readonly seenAt: number
}

export interface ShownDevice {
  readonly id: string
  readonly isThis: boolean
  readonly label: string
  readonly address: string
  readonly firstSeenAt: number
  readonly lastSeenAt: number
}

export function methodWords(words: Words, methods: readonly ProofKind[]): string {
  return [...new Set(methods)].map(method => words.account.methods[method]).join(words.account.plus)
}
