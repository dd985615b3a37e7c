import type { RequestHead } from '../lib/request-head.ts'
import { Spellings } from '../lib/spellings.ts'
import { refusal } from '../wire/refusals.ts'
import { authenticationMethods } from './authentication-methods.ts'
import type { Forwarding, Identity } from './forwarding.ts'
import type { OwnCookies } from './own-cookies.ts'
import {
  bareName,
  foldName,
  forwardedPrefix,
  hopByHopFields,
  type IdentityField,
  identityFields,
  isReserved,
  nominatedFields,
  removedFields,
} from './reserved-fields.ts'

/** What header rules need to know of this gateway. */
export interface HeaderRules {
  readonly cookies: OwnCookies
  /** Folded names of every field that some route's token travels in. */
  readonly tokenFields: ReadonlySet<string>
  /** Our name in `Via` (RFC 9110 §7.6.3 allows a pseudonym), the same on every instance. */
  readonly pseudonym: string
}

export interface RequestHeaderInput {
  readonly head: RequestHead
  readonly route: Forwarding
  readonly identity: Identity | null
  readonly token: string | null
  /** Host and port of the upstream, for routes that do not hand on the client's Host. */
  readonly upstreamAuthority: string
}

/**
 * The fields that go to the upstream, as raw pairs. The order is the guarantee: what the client's `Connection` names goes first, then all
 * that is reserved, under any spelling, on every route; only then are ours set, so nothing of the client's can stand beside or remove them.
 * Framing and upgrade fields are left to whoever sends.
 */
export function requestHeaders(input: RequestHeaderInput, rules: HeaderRules): string[] {
  const { head, route } = input
  const fields = ['Host', route.preserveHost ? head.authority : input.upstreamAuthority]
  const via: string[] = []
  const nominated = nominatedFields(head.headers)
  const kinds = kindsFor(rules.tokenFields)
  let hasLength = false
  for (let i = 0; i < head.headers.length; i += 2) {
    const name = head.headers[i] ?? ''
    const value = head.headers[i + 1] ?? ''
    const kind = kinds(name)
    if (kind === 'length') hasLength = true
    if (kind === 'removed' || kind === 'length') continue
    if (nominated.size > 0 && nominated.has(name.toLowerCase())) continue
    if (kind === 'kept') fields.push(name, value)
    else if (kind === 'via') via.push(value)
    else if (kind === 'cookie') pushCookie(fields, value, rules)
    else if (route.passAuthorization && !isAuthorization(route.tokenField)) fields.push(name, value)
  }
  if (head.bodyLength !== 'chunked' && (head.bodyLength > 0 || hasLength))
    fields.push('Content-Length', String(head.bodyLength))
  fields.push('Via', viaOf(via, rules.pseudonym))
  pushForwarded(fields, head)
  pushIdentity(fields, input)
  return fields
}

type Kind = 'kept' | 'removed' | 'via' | 'cookie' | 'authorization' | 'length'

/** What each name is, by the names that tokens travel in. Kept as spelled, because clients use few spellings. */
const kindsByTokens = new WeakMap<ReadonlySet<string>, (name: string) => Kind>()

function kindsFor(tokenFields: ReadonlySet<string>): (name: string) => Kind {
  const made = kindsByTokens.get(tokenFields)
  if (made !== undefined) return made
  const known = new Spellings<Kind>()
  const kinds = (name: string): Kind => {
    const before = known.get(name)
    if (before !== undefined) return before
    const kind = kindOf(name, tokenFields)
    known.remember(name, kind)
    return kind
  }
  kindsByTokens.set(tokenFields, kinds)
  return kinds
}

function kindOf(name: string, tokenFields: ReadonlySet<string>): Kind {
  const lower = name.toLowerCase()
  if (lower === 'via' || lower === 'cookie' || lower === 'authorization') return lower
  if (lower === 'content-length') return 'length'
  return isRemoved(foldName(name), tokenFields) ? 'removed' : 'kept'
}

/** Ours, the forwarded family's, this hop's, and what the sender sets itself: by folded name, so that no look-alike survives. */
function isRemoved(folded: string, tokenFields: ReadonlySet<string>): boolean {
  const bare = bareName(folded)
  return (
    isReserved(folded, tokenFields) ||
    folded.startsWith(forwardedPrefix) ||
    removedFields.has(bare) ||
    hopByHopFields.has(bare) ||
    setBySender.has(bare)
  )
}

// `Expect` is answered by the listener when the body is wanted; a look-alike of Authorization or Cookie is no field of either kind.
const setBySender: ReadonlySet<string> = new Set(['host', 'content-length', 'expect', 'via', 'cookie', 'authorization'])

function pushCookie(fields: string[], value: string, { cookies }: HeaderRules): void {
  const kept = cookies.strip(value)
  if (kept !== null) fields.push('Cookie', kept)
}

// Two gateways of one house in a row are honest; the third time the same one is a loop (RFC 9110 §7.6.3).
const ownViaMax = 2

function viaOf(earlier: readonly string[], pseudonym: string): string {
  if (earlier.length === 0) return `1.1 ${pseudonym}`
  const hops = earlier.flatMap(value => value.split(',').map(hop => hop.trim())).filter(hop => hop !== '')
  if (hops.filter(hop => hop.split(/\s+/)[1]?.toLowerCase() === pseudonym.toLowerCase()).length >= ownViaMax)
    throw refusal('via-loop')
  return [...hops, `1.1 ${pseudonym}`].join(', ')
}

function pushForwarded(fields: string[], head: RequestHead): void {
  const { text, family } = head.client.address
  const scheme = head.secure ? 'https' : 'http'
  const port = /:([0-9]+)$/.exec(head.authority)?.[1] ?? (head.secure ? '443' : '80')
  // RFC 7239 §6: an IPv6 address stands in brackets and quotes; a host with a port must be quoted for its colon.
  const node = family === 6 ? `"[${text}]"` : text
  const host = /^[\w.-]+$/.test(head.authority) ? head.authority : `"${head.authority}"`
  fields.push(
    'X-Forwarded-For',
    text,
    'X-Forwarded-Proto',
    scheme,
    'X-Forwarded-Host',
    head.authority,
    'X-Forwarded-Port',
    port,
    'Forwarded',
    `for=${node};host=${host};proto=${scheme}`,
  )
}

function pushIdentity(fields: string[], { route, identity, token }: RequestHeaderInput): void {
  if (identity === null) return
  for (const field of route.identityFields) fields.push(field, fieldText(identityValue(field, identity)))
  if (route.tokenField === null || token === null) return
  fields.push(route.tokenField, isAuthorization(route.tokenField) ? `Bearer ${token}` : token)
}

function isAuthorization(field: string | null): boolean {
  return field?.toLowerCase() === 'authorization'
}

function identityValue(field: IdentityField, identity: Identity): string {
  switch (identityFields[field]) {
    case 'subject':
      return identity.subject
    case 'email':
      return identity.email
    case 'organization':
      return identity.organization ?? ''
    case 'roles':
      return identity.roles.join(',')
    case 'methods':
      return authenticationMethods(identity.proofs).join(',')
    default:
      return identityFields[field] satisfies never
  }
}

/** Printable ASCII as it is, all else as percent-encoded UTF-8: a name can neither break the line nor mean different bytes to different backends. */
function fieldText(text: string): string {
  if (plainText.test(text)) return text
  return text.replaceAll(/[^\x20-\x24\x26-\x7e]+/gu, run =>
    Buffer.from(run, 'utf8').reduce(
      (encoded, byte) => `${encoded}%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
      '',
    ),
  )
}

const plainText = /^[\x20-\x24\x26-\x7e]*$/
