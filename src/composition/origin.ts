import { fieldValue, type RequestHead } from '../lib/request-head.ts'
import type { OriginFact, RouteFact } from '../policy/facts.ts'
import type { Entrance } from '../policy/plan.ts'
import { isAcs, isLogout } from '../portal/saml-form.ts'

/** The origin under which browsers know the host that was asked for. */
export type OwnOrigin = (head: RequestHead) => string

/** Other origins that a route lets in, by the rule that the request stands under. */
export type AllowedOrigins = (rule: RouteFact) => readonly string[]

/**
 * Learns where a request comes from. Judged are upgrades (a page of any origin can open a WebSocket with the person's cookies) and unsafe
 * methods on our own pages. Fetch metadata comes first, because a page cannot forge it; Origin is the fallback where a browser sends none.
 */
export function createOriginReader(
  allowedOrigins: AllowedOrigins,
  ownOriginOf: OwnOrigin = originAsAsked,
): (head: RequestHead, entrance: Entrance, rule: RouteFact) => OriginFact {
  return (head, entrance, rule) => {
    if (isApplication(entrance)) {
      if (head.upgrade === undefined) return notJudged
      return { judged: true, from: ofUpgrade(head, ownOriginOf(head), allowedOrigins(rule)), noneAllowed: true }
    }
    if (isSafe(head.method) || isProviderMessage(head, entrance)) return notJudged
    return { judged: true, from: ofForm(head, ownOriginOf(head)), noneAllowed: false }
  }
}

/**
 * The one form that pages of other sites are meant to post: an answer or a logout of an organization's identity provider. It is judged by
 * what it holds (whose signature, to which request of this browser), and no cookie of a session speaks for it.
 */
function isProviderMessage(head: Pick<RequestHead, 'method' | 'path'>, entrance: Entrance): boolean {
  // `entry`: a sign-in that such an answer completes is asked about within the same request.
  return (entrance === 'portal' || entrance === 'entry') && (isAcs(head) || isLogout(head))
}

const notJudged: OriginFact = { judged: false, from: 'none', noneAllowed: true }

function isApplication(entrance: Entrance): boolean {
  return entrance === 'proxy' || entrance === 'public' || entrance === 'forward' || entrance === 'live'
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

function ofUpgrade(head: RequestHead, own: string, allowed: readonly string[]): OriginFact['from'] {
  const origin = fieldValue(head.headers, 'origin')
  if (origin === undefined) return 'none'
  if (origin === own) return 'same'
  return allowed.includes(origin) ? 'allowed' : 'foreign'
}

function ofForm(head: RequestHead, own: string): OriginFact['from'] {
  const origin = fieldValue(head.headers, 'origin')
  const site = fieldValue(head.headers, 'sec-fetch-site')
  if (site !== undefined && site !== 'same-origin') return site === 'none' && origin === undefined ? 'none' : 'foreign'
  if (origin !== undefined) return origin === own ? 'same' : 'foreign'
  return site === 'same-origin' ? 'same' : 'none'
}

/** The scheme has to fit too: a page that was read over plain HTTP may be anybody's on the way. */
export function originAsAsked(head: RequestHead): string {
  return `${head.secure ? 'https' : 'http'}://${head.authority}`
}
