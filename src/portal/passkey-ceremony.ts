import type { CookieJar } from '../http/cookies.ts'
import type { Random } from '../lib/random.ts'
import { hashToken } from '../lib/secret.ts'
import type { Ceremony } from '../people/passkeys.ts'
import { challengeMs } from '../people/passkeys-challenge.ts'
import type { Session } from '../people/session.ts'
import type { Visit } from './visit.ts'

type Purpose = Ceremony['purpose']

/** What this browser asks an authenticator for: by its cookie, and for the attempt or session at hand. Null where one of them is missing. */
export function ceremonyOf(visit: Visit, purpose: Purpose, session?: Session): Ceremony | null {
  const binding = visit.cookies.passkey
  const subject = subjectOf(visit, purpose, session)
  return binding === undefined || subject === null ? null : { purpose, binding, subject }
}

/** The same for a browser that is about to ask: it gets the cookie, or keeps the one it has, so that a second tab does not void the first. */
export function beginCeremony(
  { jar, random }: { readonly jar: CookieJar; readonly random: Random },
  visit: Visit,
  purpose: Purpose,
  session?: Session,
): { readonly ceremony: Ceremony; readonly cookie: string } | null {
  const binding = visit.cookies.passkey ?? random.token(16)
  const subject = subjectOf(visit, purpose, session)
  if (subject === null) return null
  return { ceremony: { purpose, binding, subject }, cookie: jar.write('passkey', binding, challengeMs / 1000) }
}

/** Of an attempt nothing but its cookie: the suspicious lane has attempts that are none, and the same has to come out for them. */
function subjectOf({ cookies }: Visit, purpose: Purpose, session: Session | undefined): string | null {
  switch (purpose) {
    case 'sign_in':
      return ''
    case 'second_factor':
    case 'enrol_first':
      return cookies.attempt === undefined ? null : hashToken(cookies.attempt)
    case 'prove_again':
    case 'enrol':
      return session?.id ?? null
    default:
      return purpose satisfies never
  }
}
