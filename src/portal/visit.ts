import type { Context } from 'hono'
import type { CookieJar, Cookies } from '../http/cookies.ts'
import { chooseLanguage } from '../http/language.ts'
import type { PageEnv } from '../http/page-env.ts'
import { fieldValue, type RequestHead } from '../lib/request-head.ts'
import type { Language } from '../notices/notice.ts'
import { describeAgent } from '../people/device.ts'
import type { Origin } from '../people/origin.ts'
import type { Session } from '../people/session.ts'
import type { AccountId } from '../policy/facts.ts'
import type { Words } from './words/en.ts'
import { wordsOf } from './words/words.ts'

/** One request for a page: who asks with what, and in which words to answer. */
export interface Visit {
  readonly head: RequestHead
  readonly receipt: string
  readonly cookies: Cookies
  readonly language: Language
  readonly words: Words
}

export type VisitOf = (head: RequestHead, receipt: string) => Visit

export function createVisits({ jar, languages }: VisitsNeeds): VisitOf {
  return (head, receipt) => {
    const cookies = jar.read(head.headers)
    const language = chooseLanguage(head.headers, cookies.language, languages)
    return { head, receipt, cookies, language, words: wordsOf(language) }
  }
}

export interface VisitsNeeds {
  readonly jar: CookieJar
  readonly languages: readonly [Language, ...Language[]]
}

export function visitIn(visitOf: VisitOf, c: Context<PageEnv>): Visit {
  return visitOf(c.env.head, c.env.receipt)
}

export function agentOf(head: RequestHead): string {
  return (fieldValue(head.headers, 'user-agent') ?? '').slice(0, 512)
}

/**
 * Who acts and from where, for the trail of a change. Before a sign-in is complete the actor is the portal itself. `session`: of
 * somebody who is signed in; what it changes about the own account can then be undone ("this was not me").
 */
export function originOf(visit: Visit, accountId: AccountId | null, session?: Pick<Session, 'rootId'>): Origin {
  return {
    actor: accountId === null ? { kind: 'system', id: 'portal' } : { kind: 'account', id: accountId },
    address: visit.head.client.address.text,
    receipt: visit.receipt,
    device: describeAgent(agentOf(visit.head)).label,
    ...(session === undefined ? {} : { sessionId: session.rootId }),
  }
}
