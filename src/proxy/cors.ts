import { fieldValue, type RawHeaders, type RequestHead } from '../lib/request-head.ts'
import type { Exchange } from '../wire/exchange.ts'
import type { Forwarding } from './forwarding.ts'

/** A browser's question whether a page of another origin may send a request (Fetch standard, CORS-preflight). It carries no cookies. */
function isPreflight(head: RequestHead): boolean {
  return (
    head.method === 'OPTIONS' &&
    fieldValue(head.headers, 'origin') !== undefined &&
    fieldValue(head.headers, 'access-control-request-method') !== undefined
  )
}

/**
 * Answers a preflight where that is ours to do, before anything is decided: it could never be signed in. False: a public route without
 * configured origins, whose upstream answers for itself.
 */
export function answerPreflight(exchange: Exchange, route: Forwarding): boolean {
  const { head } = exchange
  if (!isPreflight(head)) return false
  if (route.allowedOrigins.length === 0 && route.access === 'public') return false
  const origin = allowedOrigin(head, route)
  if (origin === null) {
    exchange.answer(403, ['Cache-Control', 'no-store', 'Vary', 'Origin'], '')
    return true
  }
  const method = fieldValue(head.headers, 'access-control-request-method') ?? ''
  const names = fieldValue(head.headers, 'access-control-request-headers') ?? ''
  const headers = ['Access-Control-Allow-Origin', origin, 'Access-Control-Allow-Credentials', 'true']
  if (/^[A-Za-z-]{1,32}$/.test(method)) headers.push('Access-Control-Allow-Methods', method)
  // Echoed only as plain names: linear to check, whatever comes (Hono 93fc250d: a quadratic split).
  if (names.length <= 4096 && /^[\w-]+(?:, ?[\w-]+)*$/.test(names)) headers.push('Access-Control-Allow-Headers', names)
  headers.push('Access-Control-Max-Age', '600')
  headers.push('Vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers')
  exchange.answer(204, headers, '')
  return true
}

/** Lets a page of an allowed origin read an answer of ours; nothing where the route allows none. */
export function corsFields(head: RequestHead, route: Forwarding | null): RawHeaders {
  if (route === null || route.allowedOrigins.length === 0) return []
  const origin = allowedOrigin(head, route)
  if (origin === null) return ['Vary', 'Origin']
  return [
    'Access-Control-Allow-Origin',
    origin,
    'Access-Control-Allow-Credentials',
    'true',
    'Access-Control-Expose-Headers',
    'Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate',
    'Vary',
    'Origin',
  ]
}

function allowedOrigin(head: RequestHead, route: Forwarding): string | null {
  const origin = fieldValue(head.headers, 'origin')?.toLowerCase()
  return origin !== undefined && route.allowedOrigins.includes(origin) ? origin : null
}
