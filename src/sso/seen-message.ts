import type { OrganizationId } from '../policy/facts.ts'
import { type SamlRefusal, strangersRefusals } from './refusal.ts'

/**
 * One answer of a provider as its administrators may see it: no assertion, no attribute values, no signature. Refusals of one person for one cause
 * that follow each other within the hour are one, as the last of them was.
 */
export interface SeenMessage {
  readonly organizationId: OrganizationId
  readonly at: number
  readonly purpose: 'sign_in' | 'prove_again' | 'test' | 'logout'
  readonly outcome: 'accepted' | SamlRefusal
  /** What was found and what was expected, in plain words, each value cut at 200 characters. */
  readonly detail: string
  /** The NameID with all but its first letter and its domain left out (`m•••@corp.test`); null when none could be read. */
  readonly subject: string | null
  readonly issuer: string | null
  /** The provider's clock minus ours at that moment, in milliseconds; null when it could not be told. */
  readonly offsetMs: number | null
  readonly receipt: string
  /** How many it stands for, and when the first of them came. */
  readonly times: number
  readonly since: number
}

/**
 * The last twenty of each organization; older ones go by themselves. Of what anybody can send, ten at most are among them, and of what a
 * provider has signed the last five that were accepted and the last five that were refused: whoever posts thousands pushes out neither a
 * provider's answers nor the clock that they have shown, and who signs in all day long no cause of a refusal.
 */
export interface SeenMessages {
  add(message: SeenMessage, from: SeenFrom): Promise<void>
  /** Newest first. */
  listOf(organizationId: OrganizationId): Promise<readonly SeenMessage[]>
}

export const seenPerOrganization = 20
export const strangersPerOrganization = 10

export type SeenFrom = 'provider' | 'anybody'

/** It may be anybody's: no signature of the provider was found to be right, and no administrator was testing. */
export function senderOf({ outcome, purpose }: Pick<SeenMessage, 'outcome' | 'purpose'>): SeenFrom {
  return purpose !== 'test' && outcome !== 'accepted' && strangersRefusals.includes(outcome) ? 'anybody' : 'provider'
}

/** The provider's clock minus ours: the middle of what its accepted answers have shown, in milliseconds; null while there is none. */
export function measuredOffset(messages: readonly SeenMessage[]): number | null {
  const offsets = messages.flatMap(({ outcome, offsetMs }) =>
    outcome === 'accepted' && offsetMs !== null ? [offsetMs] : [],
  )
  return offsets.toSorted((a, b) => a - b)[Math.floor(offsets.length / 2)] ?? null
}
