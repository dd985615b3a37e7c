import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import { cutText, redactName } from '../sso/redaction.ts'
import { senderOf } from '../sso/seen-message.ts'
import type { ProviderAnswer, SamlRooms } from './saml-rooms.ts'
import type { StrangerRows } from './stranger-rows.ts'
import type { Visit } from './visit.ts'

/** Longer than a message takes to be read and judged: how far it came does not show in the time. */
export const messageBeatMs = 50

export interface ProviderMessagesNeeds extends Pick<SamlRooms, 'seenMessages' | 'answered'> {
  readonly strangerRows: StrangerRows
  readonly journal: Pick<Journal, 'trouble'>
  readonly clock: Clock
}

/**
 * Tells the journal what became of a message, and keeps it for the organization's administrators: not waited for, because what is written
 * about a message must not show in the time of its answer. Answers how many rows of strangers were left out before this one; null when this
 * one is left out too, or belongs to no organization.
 */
export function keepProviderMessage(
  { seenMessages, answered, strangerRows, journal, clock }: ProviderMessagesNeeds,
  visit: Visit,
  answer: ProviderAnswer,
): number | null {
  const { organizationId, outcome, purpose, detail, seen } = answer
  answered(visit, answer)
  if (organizationId === null) return null
  const sender = senderOf({ outcome, purpose })
  const leftOut = sender === 'anybody' ? strangerRows.take(organizationId) : 0
  if (leftOut === null) return null
  const issuer = seen.issuer === null ? null : cutText(seen.issuer)
  const shown = { subject: redactName(seen.nameId), issuer, offsetMs: seen.offsetMs }
  const about = { organizationId, at: clock.now(), purpose, outcome, detail: cutText(detail), receipt: visit.receipt }
  seenMessages
    .add({ ...about, ...shown }, sender)
    .catch((cause: unknown) => journal.trouble('keeping a message of a provider', cause))
  return leftOut
}
