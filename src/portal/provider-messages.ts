import type { Journal } from '../journal/journal.ts'
import { budgetKey } from '../lib/address.ts'
import type { Clock } from '../lib/clock.ts'
import { cutText, redactName } from '../sso/redaction.ts'
import { senderOf } from '../sso/seen-message.ts'
import type { RefusalRows, RowTaken } from './refusal-rows.ts'
import type { ProviderAnswer, SamlRooms } from './saml-rooms.ts'
import type { Visit } from './visit.ts'

/** Longer than a message takes to be read and judged: how far it came does not show in the time. */
export const messageBeatMs = 50

export interface ProviderMessagesNeeds extends Pick<SamlRooms, 'seenMessages' | 'answered'> {
  readonly refusalRows: RefusalRows
  readonly journal: Pick<Journal, 'trouble'>
  readonly clock: Clock
}

/**
 * Tells the journal what became of a message, and keeps it for the organization's administrators: not waited for, because what is written
 * about a message must not show in the time of its answer. Answers what was left out before this one; null when this one is left out too, was
 * accepted, or belongs to no organization. The administrator who tests is always shown what came of it.
 */
export function keepProviderMessage(
  { seenMessages, answered, refusalRows, journal, clock }: ProviderMessagesNeeds,
  visit: Visit,
  answer: ProviderAnswer,
): RowTaken | null {
  const { organizationId, outcome, purpose, detail, seen } = answer
  answered(visit, answer)
  if (organizationId === null) return null
  const sender = senderOf({ outcome, purpose })
  const subject = redactName(seen.nameId)
  const says = JSON.stringify([purpose, outcome, seen.nameId, budgetKey(visit.head.client.address)])
  const taken = outcome === 'accepted' ? null : refusalRows.take({ organizationId, sender, says })
  if (taken === null && outcome !== 'accepted' && purpose !== 'test') return null
  const at = clock.now()
  // Of a test, those that were left out stand in the list already.
  const times = purpose === 'test' ? 1 : 1 + (taken?.repeated ?? 0)
  const issuer = seen.issuer === null ? null : cutText(seen.issuer)
  const shown = { subject, issuer, offsetMs: seen.offsetMs, times, since: at }
  const about = { organizationId, at, purpose, outcome, detail: cutText(detail), receipt: visit.receipt }
  seenMessages
    .add({ ...about, ...shown }, sender)
    .catch((cause: unknown) => journal.trouble('keeping a message of a provider', cause))
  return taken
}
