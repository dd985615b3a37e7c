import { createListedOrigins } from '../http/listed-origins.ts'
import type { RequestHead } from '../lib/request-head.ts'
import type { Step } from '../policy/verdict.ts'

/** Where a refused request on an application's host finds its way on: the own prefix of that host, which sets the binding cookie and leads to the portal. */
export type SignInUrl = (head: RequestHead, step?: Step) => string

/**
 * Absolute for listed hosts, so that a program on another origin can use it too.
 * @example createSignInUrl({ ownPrefix: '/.sekisho/', appOrigins })(head) // 'https://app.example.com/.sekisho/start?return=%2Froom'
 */
export function createSignInUrl({ ownPrefix, appOrigins }: SignInUrlOptions): SignInUrl {
  const listed = createListedOrigins(appOrigins)
  return (head, step = 'sign_in') => {
    // Coming back repeats the request as a GET, so only what was one can be come back to.
    const repeatable = (head.method === 'GET' || head.method === 'HEAD') && head.target.length <= targetLengthMax
    const query = new URLSearchParams({ return: repeatable ? head.target : '/' })
    if (step !== 'sign_in') query.set('step', step)
    return `${listed.ofHost(head) ?? ''}${ownPrefix}start?${query.toString()}`
  }
}

export interface SignInUrlOptions {
  readonly ownPrefix: string
  readonly appOrigins: readonly string[]
}

/** Twice encoded on its way to the portal, this still fits everywhere. */
const targetLengthMax = 1_024
