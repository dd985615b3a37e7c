import type { Refusal } from './verify.ts'

/** The answer of the adapters to a request without a valid token. It does not tell which rule spoke; `onRefused` may log that. */
export function describeRefusal(reason: Refusal): { status: 401 | 503; headers: Record<string, string>; body: string } {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }
  if (reason === 'keys_unavailable')
    return {
      status: 503,
      headers: { ...headers, 'retry-after': '2' },
      body: JSON.stringify({ error: 'unavailable', message: 'Who is asking cannot be checked right now.' }),
    }
  return {
    status: 401,
    headers: { ...headers, 'www-authenticate': 'Gateway' }, // RFC 9110 section 15.5.2 demands a challenge; browsers ignore this one
    body: JSON.stringify({
      error: 'unauthenticated',
      message: 'This application is only reachable through the gateway.',
    }),
  }
}
