import { ns } from './namespaces.ts'
import type { OpenRequest } from './reading.ts'
import { refuse, shown } from './refused.ts'
import { instantOf, type Now, plainText, plainTextOf, requiredInstant } from './response-values.ts'
import type { XmlElement } from './xml-document.ts'
import { attributeOf, childOf, childrenOf } from './xml-read.ts'

export interface Authentication {
  readonly authenticatedAt: number
  readonly context: string | null
  readonly sessionIndex: string | null
  readonly sessionEndsAt: number | null
}

export interface AskedSignIn {
  /** Null: the provider has begun by itself. */
  readonly request: OpenRequest | null
  /** What the organization asks for where no request says. */
  readonly contexts: readonly string[]
}

/**
 * When and how the provider has seen the person: of several statements the latest counts, and the session that ends first. They have to speak of one
 * session: a logout names it by its index (core 2.7.2, profiles 4.4.4.1), and one of ours lives by one index. Throws `Refused`.
 */
export function judgeAuthentication(assertion: XmlElement, asked: AskedSignIn, now: Now): Authentication {
  const statements = childrenOf(assertion, ns.assertion, 'AuthnStatement').map(statement =>
    readStatement(statement, now),
  )
  const [latest] = statements.toSorted((left, right) => right.authenticatedAt - left.authenticatedAt)
  if (latest === undefined) return refuse('authentication_statement', 'the assertion has no AuthnStatement')
  expectAsked(latest, asked, now)
  const ends = statements.map(one => one.sessionEndsAt).filter(at => at !== null)
  const sessionEndsAt = ends.length === 0 ? null : Math.min(...ends)
  return { ...latest, sessionIndex: oneIndexOf(statements), sessionEndsAt }
}

function oneIndexOf(statements: readonly Authentication[]): string | null {
  const [index = null, ...others] = new Set(statements.map(one => one.sessionIndex).filter(one => one !== null))
  if (others.length > 0)
    refuse('authentication_statement', 'the AuthnStatements name different sessions (SessionIndex), expected one')
  return index
}

function readStatement(statement: XmlElement, now: Now): Authentication {
  const cause = 'authentication_statement'
  const authenticatedAt = requiredInstant(statement, 'AuthnInstant', cause)
  if (authenticatedAt > now.at + now.skewMs)
    refuse(cause, `AuthnInstant is ${attributeOf(statement, 'AuthnInstant')}, which is in the future`)
  const sessionEndsAt = instantOf(statement, 'SessionNotOnOrAfter', cause)
  if (sessionEndsAt !== null && sessionEndsAt <= now.at)
    refuse(cause, `the session of the provider ended at ${attributeOf(statement, 'SessionNotOnOrAfter')}`)
  const sessionIndex = attributeOf(statement, 'SessionIndex')
  return {
    authenticatedAt,
    sessionEndsAt,
    sessionIndex: sessionIndex === null ? null : plainText(sessionIndex, 'SessionIndex', cause),
    context: contextOf(statement),
  }
}

function contextOf(statement: XmlElement): string | null {
  const context = childOf(statement, ns.assertion, 'AuthnContext')
  if (context === null) return refuse('authentication_statement', 'an AuthnStatement without AuthnContext')
  const known = childOf(context, ns.assertion, 'AuthnContextClassRef')
  return known === null ? null : plainTextOf(known, 'authentication_context')
}

/** ForceAuthn is only as good as its answer: a provider that shows an old sign-in has not asked the person. */
function expectAsked(latest: Authentication, { request, contexts }: AskedSignIn, now: Now): void {
  if (request?.forced === true && latest.authenticatedAt < request.startedAt - now.skewMs)
    refuse('authentication_statement', 'the provider was asked to authenticate anew, and has not')
  const { context } = latest
  // Whoever begins at the provider must not come in by less than whoever begins here.
  const wanted = request?.contexts ?? contexts
  if (wanted.length > 0 && (context === null || !wanted.includes(context)))
    refuse('authentication_context', `AuthnContext is ${shown(context)}, expected ${shown(wanted.join(' '))}`)
}
