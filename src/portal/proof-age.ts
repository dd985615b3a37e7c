import type { AcceptedAssertion } from '../sso/reading.ts'
import { measuredOffset, type SeenMessage } from '../sso/seen-message.ts'
import type { SamlRequest } from './saml-requests.ts'

export interface StepUp {
  readonly request: Pick<SamlRequest, 'startedAt'>
  readonly assertion: Pick<AcceptedAssertion, 'authenticatedAt'>
  /** The organization's last answers: they have shown its provider's clock. */
  readonly answers: readonly SeenMessage[]
  /** By how much the clocks may differ. */
  readonly skewMs: number
}

/**
 * When the person was asked anew, by our clock: not when the answer came, which may have been held back as long as the request lives. The
 * provider's clock is set right by what was measured, and by no more than it may be wrong: answers that were held back count among the measured.
 * Never before the request, because the thread has seen that the provider asked after it; never in the future.
 */
export function provedAt({ request, assertion, answers, skewMs }: StepUp, now: number): number {
  const measured = measuredOffset(answers) ?? 0
  const offset = Math.max(-skewMs, Math.min(measured, skewMs))
  return Math.min(now, Math.max(request.startedAt, assertion.authenticatedAt - offset))
}
