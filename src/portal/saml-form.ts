import { formBytesMax } from '../http/forms.ts'
import type { RequestHead } from '../lib/request-head.ts'
import type { LogoutMessage } from '../sso/logout-reading.ts'

/** What a provider's page has posted to the ACS. */
export interface PostedAnswer {
  /** The field `SAMLResponse` as it came. */
  readonly message: string
  /** Names one of this browser's requests, or nothing: it is never gone to, shown or kept. */
  readonly relayState: string | null
  /** By a page of ours that was given it before, so that the browser's own cookies come along. */
  readonly isBrought: boolean
}

/** The field that our own page adds. Whoever else adds it is answered at once, as if there were no such page. */
export const broughtField = 'sekisho-brought'

/** A signed response with a signed, encrypted assertion of many groups has 60 KB; in base64, percent-encoded, this fits three of them. */
const answerBytesMax = 300 * 1024

/** Null unless it is one form with one message. Buttons and what else a provider's page may send along are left aside. */
export async function readAnswer(request: Request): Promise<PostedAnswer | null> {
  const fields = await readFields(request)
  if (fields === null) return null
  const [message, ...more] = fields.getAll('SAMLResponse')
  // Two messages in one form: two readers would each take another one.
  if (message === undefined || more.length > 0) return null
  const states = fields.getAll('RelayState')
  const relayState = states.length === 1 ? (states[0] ?? null) : null
  return { message, relayState, isBrought: fields.has(broughtField) }
}

/** A logout message that a provider's page has posted. Null unless it is one form with one message of one kind. */
export async function readLogoutForm(request: Request): Promise<LogoutMessage | null> {
  const fields = await readFields(request)
  const messages = [...(fields ?? [])].filter(([name]) => name === 'SAMLRequest' || name === 'SAMLResponse')
  const [message, ...more] = messages
  const states = fields?.getAll('RelayState') ?? []
  if (message === undefined || more.length > 0 || states.length > 1) return null
  const parameter = message[0] === 'SAMLRequest' ? 'SAMLRequest' : 'SAMLResponse'
  return { binding: 'post', parameter, encoded: message[1], relayState: states[0] ?? null }
}

async function readFields(request: Request): Promise<URLSearchParams | null> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded(?:;\s*charset="?utf-8"?)?$/i.test(type)) return null
  return new URLSearchParams(await request.text())
}

export function isAcs({ method, path }: Pick<RequestHead, 'method' | 'path'>): boolean {
  return method === 'POST' && /^\/saml\/[a-z0-9-]{1,63}\/acs$/.test(path)
}

/** What a form on the portal may hold: messages of providers come whole. */
export function portalBodyBytesMax(head: Pick<RequestHead, 'method' | 'path'>): number {
  return isAcs(head) || isLogout(head) ? answerBytesMax : formBytesMax
}

export function isLogout({ method, path }: Pick<RequestHead, 'method' | 'path'>): boolean {
  return method === 'POST' && /^\/saml\/[a-z0-9-]{1,63}\/slo$/.test(path)
}
