import type { Account } from '../people/account.ts'
import type { Attempt } from '../people/attempt.ts'
import type { SessionName } from '../people/session-book.ts'
import type { Browser } from './device-cookie.ts'

/** A sign-in under way, as its pages have it at hand. */
export interface RunningAttempt {
  readonly token: string
  readonly attempt: Attempt
  readonly account: Account
  readonly browser: Browser
  /** The name as the person typed it: a page that reads like a wrong password must not show how it is stored. */
  readonly email: string
  /** The session that this browser held, where its cookie cannot say so: it did not travel with a form of another site. */
  readonly former?: SessionName
}

/** The lane in which nobody learns whether a password was right. */
export function isSuspicious({ risk }: Pick<Attempt, 'risk'>): boolean {
  return risk.why === 'suspicious' || risk.why === 'held'
}
