import { html, raw } from 'hono/html'
import { Fault, type FaultCode, faults } from '../lib/fault.ts'
import { leadingPage, navigationOf, notForWorkers } from '../lib/navigation.ts'
import type { RequestHead } from '../lib/request-head.ts'
import type { Verdict } from '../policy/verdict.ts'
import type { HeaderOptions, PageHeaders } from './headers.ts'
import type { Html } from './layout.ts'

/** What a refusal or a fault looks like from outside. The private cause stays in the journal. */
export interface Refusal {
  readonly status: number
  readonly code: RefusalCode
  readonly retryAfterSeconds?: number
}

export type RefusalCode = FaultCode | 'refused' | 'sign_in_required' | 'too_many'
export type RefusedVerdict = Exclude<Verdict, { kind: 'allow' }>

export interface Answers {
  /** A thrown cause as an answer. Anything that is no Fault is `internal`. */
  fault(cause: unknown, head: RequestHead, receipt: string): Promise<Response>
  refusal(verdict: RefusedVerdict, head: RequestHead, receipt: string): Promise<Response>
  page(body: Html, options?: PageOptions): Promise<Response>
  /** For our own scripts. */
  json(body: object, options?: { cookies?: readonly string[] }): Response
  /** 303: whatever the method was, the next request is a GET. */
  redirect(location: string, options?: { cookies?: readonly string[]; referrer?: 'none' }): Response
  /** On an application's host, where a service worker may ask in the browser's stead: a redirect, or a page that leads on. */
  lead(
    location: string,
    head: RequestHead,
    options?: { cookies?: readonly string[]; referrer?: 'none' },
  ): Promise<Response>
}

export interface PageOptions {
  readonly status?: number
  readonly cookies?: readonly string[]
  readonly retryAfterSeconds?: number | undefined
  readonly headers?: HeaderOptions
}

export interface AnswersOptions {
  readonly headers: PageHeaders
  /** The page of a refusal, for people. */
  readonly refusalPage: (refusal: Refusal, head: RequestHead, receipt: string) => Html
  readonly onFault: (fault: Fault, head: RequestHead, receipt: string) => void
}

export function createAnswers({ headers, refusalPage, onFault }: AnswersOptions): Answers {
  const page: Answers['page'] = async (body, options = {}) => {
    const { status = 200, cookies = [], retryAfterSeconds } = options
    const fields = new Headers({ ...headers.of(options.headers), 'Content-Type': 'text/html; charset=utf-8' })
    for (const cookie of cookies) fields.append('Set-Cookie', cookie)
    if (retryAfterSeconds !== undefined) fields.set('Retry-After', String(retryAfterSeconds))
    return new Response(String(await body), { status, headers: fields })
  }
  const refuse = async (refusal: Refusal, head: RequestHead, receipt: string) => {
    const { status, retryAfterSeconds } = refusal
    const navigation = navigationOf(head)
    if (navigation === 'relayed') return forWorker(await page(refusalPage(refusal, head, receipt)))
    if (navigation === 'direct') return page(refusalPage(refusal, head, receipt), { status, retryAfterSeconds })
    return problem(refusal, receipt, headers.of())
  }
  const redirect: Answers['redirect'] = (location, { cookies = [], referrer } = {}) => {
    const fields = new Headers(headers.of(referrer === undefined ? {} : { referrer }))
    for (const cookie of cookies) fields.append('Set-Cookie', cookie)
    fields.set('Location', location)
    return new Response(null, { status: 303, headers: fields })
  }
  return {
    page,
    json(body, { cookies = [] } = {}) {
      const fields = new Headers({ ...headers.of(), 'Content-Type': 'application/json' })
      for (const cookie of cookies) fields.append('Set-Cookie', cookie)
      return new Response(JSON.stringify(body), { headers: fields })
    },
    async lead(location, head, options = {}) {
      if (navigationOf(head) !== 'relayed') return redirect(location, options)
      const { cookies = [] } = options
      return forWorker(await page(html`${raw(leadingPage(location))}`, { cookies }))
    },
    redirect,
    refusal: (verdict, head, receipt) => refuse(refusalOf(verdict), head, receipt),
    fault(cause, head, receipt) {
      const fault = cause instanceof Fault ? cause : new Fault('internal', { cause })
      onFault(fault, head, receipt)
      const { code, status, retryAfterSeconds } = fault
      return refuse({ code, status, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }, head, receipt)
    },
  }
}

/** One opaque answer for every security cause: only "later" and "sign in" are told apart, because they say what to do. */
function refusalOf(verdict: RefusedVerdict): Refusal {
  if (verdict.kind === 'challenge') return { status: 401, code: 'sign_in_required' }
  if (verdict.reason === 'unavailable') return { status: 503, code: 'unavailable', retryAfterSeconds: 5 }
  if (verdict.retryAfterMs === undefined) return { status: 403, code: 'refused' }
  return { status: 429, code: 'too_many', retryAfterSeconds: Math.max(1, Math.ceil(verdict.retryAfterMs / 1000)) }
}

/** RFC 9457. The sentence is the same for every cause of one code. */
function problem(refusal: Refusal, receipt: string, fields: Record<string, string>): Response {
  const { status, code, retryAfterSeconds } = refusal
  const body = { type: 'about:blank', title: titleOf(code), status, code, receipt }
  const headers = new Headers({ ...fields, 'Content-Type': 'application/problem+json' })
  if (retryAfterSeconds !== undefined) headers.set('Retry-After', String(retryAfterSeconds))
  return new Response(JSON.stringify(body), { status, headers })
}

function titleOf(code: RefusalCode): string {
  switch (code) {
    case 'refused':
      return 'This request was refused.'
    case 'sign_in_required':
      return 'Please sign in.'
    case 'too_many':
      return 'Too many requests. Please try again shortly.'
    default:
      return faults[code].text
  }
}

/** A worker throws away what is not 200, and must not keep what is (lib/navigation.ts). */
function forWorker(response: Response): Response {
  for (const [name, value] of Object.entries(notForWorkers)) response.headers.set(name, value)
  return response
}
