import { fieldValue, type RequestHead } from './request-head.ts'

/**
 * Whether a person waits for a page.
 *
 * - `direct`: the browser navigates.
 * - `relayed`: a service worker of the application asks in its stead, with fetch(): it follows redirects within its host only, and throws away
 *   whatever is not 200. What it gets must be a page that leads on by itself, and that it may not keep.
 * - `none`: a program, or a script of a page.
 */
export type Navigation = 'direct' | 'relayed' | 'none'

export function navigationOf(head: RequestHead): Navigation {
  const mode = fieldValue(head.headers, 'sec-fetch-mode')
  const wantsPage = /\btext\/html\b/i.test(fieldValue(head.headers, 'accept') ?? '')
  if (mode === undefined) return wantsPage && isPlainGet(head) ? 'direct' : 'none'
  if (mode === 'navigate') return 'direct'
  return mode === 'same-origin' && wantsPage && isRelayed(head) ? 'relayed' : 'none'
}

/** Older browsers say nothing; their scripts did not accept HTML first, and libraries named themselves. */
function isPlainGet(head: RequestHead): boolean {
  return (head.method === 'GET' || head.method === 'HEAD') && fieldValue(head.headers, 'x-requested-with') === undefined
}

/** A request made from a navigation keeps what only navigations send (Fetch §5.4: mode becomes same-origin, fields stay). */
function isRelayed(head: RequestHead): boolean {
  return (
    head.method === 'GET' &&
    fieldValue(head.headers, 'sec-fetch-dest') === 'empty' &&
    fieldValue(head.headers, 'upgrade-insecure-requests') === '1'
  )
}

/** Fields of a page for a worker: `Vary: *` keeps it out of every cache a worker has (Service Workers §5.4: `put` refuses it). */
export const notForWorkers = { 'Cache-Control': 'no-store', Vary: '*' } as const

/** A page that leads on, where a redirect would be followed behind the person's back. */
export function leadingPage(location: string): string {
  const address = location.replaceAll(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>…</title><meta http-equiv="refresh" content="0;url=${address}"><p><a href="${address}">Continue · 続ける</a></p></html>\n`
}
