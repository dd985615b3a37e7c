import type { Clock } from '../lib/clock.ts'
import type { Fault } from '../lib/fault.ts'
import { leadingPage, navigationOf } from '../lib/navigation.ts'
import { fieldValue, type RawHeaders, type RequestHead } from '../lib/request-head.ts'
import type { Decision, Step } from '../policy/verdict.ts'
import type { Exchange } from '../wire/exchange.ts'
import { acceptValue, closeFrame, isHandshakeKey } from '../wire/ws-frames.ts'
import { corsFields } from './cors.ts'
import type { Forwarding } from './forwarding.ts'
import { type Refusal, refusalOf, refusalOfCut } from './refusal.ts'

/** Answers what is not forwarded, in the way that each kind of client can read. For application hosts; the portal has pages of its own. */
export interface Refusals {
  refuse(exchange: Exchange, cause: Decision | Fault, context: RefusalContext): void
  /** The answer to a request that was cut before its answer began. */
  refuseCut(exchange: Exchange, closeCode: number, context: RefusalContext): void
}

export interface RefusalContext {
  readonly receipt: string
  /** Null: no route was found. */
  readonly route: Forwarding | null
  /** RateLimit fields, with Retry-After where one is spent. */
  readonly rateLimits?: RawHeaders
}

export interface RefusalsOptions {
  readonly clock: Clock
  /** Absolute address of the portal's page for a step, leading back to where the person was. */
  signInUrl(head: RequestHead, step: Step): string
  /** The page that people see; without it a bare one of ours. */
  page?(refusal: Refusal, head: RequestHead, receipt: string): RefusalPage | null
}

export interface RefusalPage {
  readonly html: string
  readonly contentSecurityPolicy: string
}

export function createRefusals(options: RefusalsOptions): Refusals {
  const refuse = (exchange: Exchange, refusal: Refusal, context: RefusalContext, foreign: boolean): void => {
    const { head } = exchange
    if (!foreign && refuseWebSocket(exchange, refusal, context.receipt, options.clock)) return
    const fields = [...commonFields(refusal, head, context)]
    const navigation = navigationOf(head)
    if (navigation === 'none') {
      answerProblem(exchange, refusal, context, fields, options)
    } else if (refusal.step !== null) {
      lead(exchange, fields, options.signInUrl(head, refusal.step), navigation)
    } else {
      const page = options.page?.(refusal, head, context.receipt) ?? barePage(refusal, context.receipt)
      const type = ['Content-Type', 'text/html; charset=utf-8', 'Content-Security-Policy', page.contentSecurityPolicy]
      // A worker shows nothing but what is 200; the person shall see why, and the worker shall not keep it.
      const status = navigation === 'relayed' ? 200 : refusal.status
      exchange.answer(status, [...fields, ...type, ...(navigation === 'relayed' ? ['Vary', '*'] : [])], page.html)
    }
  }
  return {
    refuse: (exchange, cause, context) => refuse(exchange, refusalOf(cause), context, isForeign(cause)),
    refuseCut: (exchange, closeCode, context) => refuse(exchange, refusalOfCut(closeCode), context, false),
  }
}

function lead(exchange: Exchange, fields: RawHeaders, location: string, navigation: 'direct' | 'relayed'): void {
  if (navigation === 'direct') {
    exchange.answer(303, [...fields, 'Location', location], '')
    return
  }
  const type = ['Vary', '*', 'Content-Type', 'text/html; charset=utf-8', 'Content-Security-Policy', ownPageOnly]
  exchange.answer(200, [...fields, ...type], leadingPage(location))
}

function isForeign(cause: Decision | Fault): boolean {
  return 'verdict' in cause && cause.verdict.kind === 'deny' && cause.verdict.reason === 'foreign_origin'
}

function commonFields(refusal: Refusal, head: RequestHead, { route, rateLimits = [] }: RefusalContext): RawHeaders {
  const fields = ['Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff', 'Referrer-Policy', 'no-referrer']
  fields.push(...rateLimits, ...corsFields(head, route))
  const told = rateLimits.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'retry-after')
  if (refusal.retryAfterSeconds !== null && !told) fields.push('Retry-After', String(refusal.retryAfterSeconds))
  return fields
}

/** RFC 9457, and where to sign in for a 401. */
function answerProblem(
  exchange: Exchange,
  refusal: Refusal,
  { receipt }: RefusalContext,
  fields: string[],
  options: RefusalsOptions,
): void {
  const { status, title, code, step } = refusal
  const signIn = step === null ? {} : { sign_in: options.signInUrl(exchange.head, step) }
  const body = { type: 'about:blank', title, status, code, receipt, ...signIn }
  // RFC 9110 §15.5.2 wants a challenge; of this scheme no browser makes a password prompt.
  if (status === 401) fields.push('WWW-Authenticate', 'Cookie realm="sekisho"')
  exchange.answer(status, [...fields, 'Content-Type', 'application/problem+json'], JSON.stringify(body))
}

/**
 * Browsers hide the status of a refused handshake from their scripts, so a browser's WebSocket is accepted and closed at once with a code that
 * says what to do. A foreign page gets a plain 403: it is owed no explanation. Programs get the plain status.
 */
function refuseWebSocket(exchange: Exchange, refusal: Refusal, receipt: string, clock: Clock): boolean {
  const { head } = exchange
  const key = fieldValue(head.headers, 'sec-websocket-key')
  if (head.upgrade !== 'websocket' || key === undefined || !isHandshakeKey(key)) return false
  if (refusal.closeCode === null || fieldValue(head.headers, 'origin') === undefined) return false
  // A browser fails a handshake that offers subprotocols and gets none, and would then show no code at all.
  const offered = fieldValue(head.headers, 'sec-websocket-protocol')?.split(',')[0]?.trim()
  const protocol =
    offered === undefined || !/^[\w!#$%&'*+.^`|~-]+$/.test(offered) ? [] : ['Sec-WebSocket-Protocol', offered]
  const socket = exchange.acceptUpgrade('websocket', ['Sec-WebSocket-Accept', acceptValue(key), ...protocol])
  if (socket === null) return true // it has left already
  socket.on('error', () => {})
  socket.end(closeFrame(refusal.closeCode, receipt))
  // Its own close frame is read and thrown away.
  socket.on('end', () => socket.destroy())
  socket.resume()
  socket.on(
    'close',
    clock.after(farewellMs, () => socket.destroy()),
  )
  return true
}

// What a browser needs to answer a close frame, and no invitation to stay.
const farewellMs = 2000

const ownPageOnly = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

function barePage({ title, status }: Refusal, receipt: string): RefusalPage {
  return {
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>${status}</title><p>${escapeHtml(title)}</p><p>${escapeHtml(receipt)}</p></html>\n`,
    contentSecurityPolicy: ownPageOnly,
  }
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
