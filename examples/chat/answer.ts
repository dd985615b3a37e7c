import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Refusal } from '../../src/verifier/verify.ts'
import type { Html } from './html.ts'
import type { Language } from './language.ts'
import { drawRefused } from './pages/refused.ts'

/** Answers with a page. `formTargets`: where its forms may lead besides ourselves (signing out ends on the portal). */
export function answerPage(response: ServerResponse, status: number, page: Html, formTargets = ''): void {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    `form-action 'self' ${formTargets}`.trimEnd(),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  const body = `<!doctype html>${page.text}`
  response.writeHead(status, {
    ...common,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
  })
  response.end(body)
}

export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response
    .writeHead(status, { ...common, 'content-type': 'application/json; charset=utf-8' })
    .end(JSON.stringify(value))
}

export function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...common, 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`)
}

/** To whoever comes without a valid token: a page for people, JSON for programs. 503 when the keys could not be had. */
export function answerRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  language: Language,
  reason: Refusal,
): void {
  const status = reason === 'keys_unavailable' ? 503 : 401
  response.setHeader('www-authenticate', 'Gateway')
  if (status === 503) response.setHeader('retry-after', '2')
  if (request.headers.accept?.includes('text/html') === true)
    answerPage(response, status, drawRefused(language, status))
  else answerJson(response, status, { error: status === 401 ? 'unauthenticated' : 'unavailable', message: refusalText })
}

export const refusalText = 'This application is only reachable through the gateway.'

// What a person reads must not come back out of a cache after they signed out.
const common = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
}
