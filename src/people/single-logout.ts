import type { Clock } from '../lib/clock.ts'
import type { ProofSubject } from '../policy/facts.ts'
import type { LivingSessions } from './living-sessions.ts'
import { auditOf, type Origin } from './origin.ts'
import type { ProviderLogout, Session, Sessions } from './session.ts'

/** Whom a provider has signed out: what a verified logout request says (SAML core 3.7.1). */
export interface LogoutSubject extends ProviderLogout {
  readonly nameIdFormat: string | null
}

/** Ends the roots that hang on these sign-ins, with their children; each account gets a row of its own. */
export async function endOfSubject(
  { sessions, clock }: { sessions: Pick<Sessions, 'listOfSubject' | 'endThese' | 'noteLogout'>; clock: Clock },
  living: Pick<LivingSessions, 'drop'>,
  subject: LogoutSubject,
  by: Origin,
): Promise<number> {
  const { organizationId, issuer, nameId, sessionIndexes, at } = subject
  // Noted first: whatever opens from now on is refused, and what has opened before is found.
  await sessions.noteLogout({ organizationId, issuer, nameId, sessionIndexes, at })
  const named = await sessions.listOfSubject({ organizationId, issuer, nameId })
  const meant = named.filter(session => isMeant(session, subject))
  let ended = 0
  for (const [first, ...more] of Map.groupBy(meant, session => session.accountId).values()) {
    if (first === undefined) continue
    const roots = [first, ...more].map(({ rootId }) => rootId)
    const audit = auditOf('sso_logout', first, by, clock.now(), { issuer: issuer.slice(0, factLengthMax) })
    ended += await sessions.endThese(roots, { audit, notices: [] })
    for (const root of roots) living.drop(root)
  }
  return ended
}

const factLengthMax = 200

/** Everything that is asked for has to fit one and the same proof. */
function isMeant({ proofs, organizationId }: Session, asked: LogoutSubject): boolean {
  return proofs.some(
    ({ kind, organization, subject }) =>
      kind === 'saml' &&
      organization === asked.organizationId &&
      organizationId === asked.organizationId &&
      subject?.issuer === asked.issuer &&
      subject.nameId === asked.nameId &&
      sameFormat(subject.nameIdFormat, asked.nameIdFormat) &&
      isAmong(subject, asked.sessionIndexes),
  )
}

/** Core 8.3.1: `unspecified`, and none at all, leave it to the other side. */
function sameFormat(proved: string | null, asked: string | null): boolean {
  return isUnspecified(proved) || isUnspecified(asked) || proved === asked
}

function isUnspecified(format: string | null): boolean {
  return format === null || format === 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'
}

/** A sign-in whose index nobody told us cannot be told from the one that is meant: it ends (core 3.7.3.2 errs on that side too). */
function isAmong({ sessionIndex }: ProofSubject, indexes: readonly string[]): boolean {
  return indexes.length === 0 || sessionIndex === null || indexes.includes(sessionIndex)
}
