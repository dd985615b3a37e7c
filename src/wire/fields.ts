import { isIPv6 } from 'node:net'
import type { Fault } from '../lib/fault.ts'
import { fieldValue, type RawHeaders } from '../lib/request-head.ts'
import { Spellings } from '../lib/spellings.ts'
import { type RefusalCause, refusal } from './refusals.ts'

// What the parser leaves to us: everything about a head that two readers could take in two ways is refused here.

/** A head as the parser gives it, of whichever parser. */
export interface RawHead {
  readonly method: string
  readonly target: string
  readonly version: string
  readonly headers: RawHeaders
}

/** What the fields say about the message. */
export interface Framing {
  readonly host: string
  readonly authority: string
  readonly bodyLength: number | 'chunked'
  readonly upgrade: string | undefined
  readonly expectsContinue: boolean
}

export type FieldsReading =
  | { readonly kind: 'read'; readonly framing: Framing }
  | { readonly kind: 'refused'; readonly fault: Fault }

/** Judges method, version and fields. Names and values are checked again, so that no parser has to be trusted for them. */
export function readFields(head: RawHead, fieldsMax: number): FieldsReading {
  const fault = faultOf(head, fieldsMax)
  if (fault !== null) return { kind: 'refused', fault }
  const authority = readAuthority(fieldValue(head.headers, 'host') ?? '')
  if (authority === null) return refused('host')
  const bodyLength = readBodyLength(head)
  if (typeof bodyLength === 'object') return refused(bodyLength.refused)
  const expectation = fieldValue(head.headers, 'expect')?.toLowerCase()
  if (expectation !== undefined && expectation !== '100-continue') return refused('expectation')
  return {
    kind: 'read',
    framing: {
      ...authority,
      bodyLength,
      upgrade: upgradeOf(head, bodyLength),
      // RFC 9110 §10.1.1: from a 1.0 client the expectation is ignored.
      expectsContinue: expectation !== undefined && head.version === '1.1' && bodyLength !== 0,
    },
  }
}

/**
 * The one protocol that a head asks to switch to, in lower case. HTTP's own (h2c, TLS/1.0, HTTP/2.0) are never switched to: behind such a
 * tunnel the upstream would take requests that no gate has seen. Such a field is ignored, as RFC 9110 §7.8 allows.
 */
export function upgradeOf(head: RawHead, bodyLength: number | 'chunked'): string | undefined {
  if (head.method !== 'GET' || head.version !== '1.1' || bodyLength !== 0) return undefined
  const protocol = fieldValue(head.headers, 'upgrade')?.toLowerCase()
  if (protocol === undefined || !token.test(protocol) || /^(?:h2c?|h3|http|tls)/.test(protocol)) return undefined
  const options = fieldValue(head.headers, 'connection')?.toLowerCase().split(',') ?? []
  return options.some(option => option.trim() === 'upgrade') ? protocol : undefined
}

export interface Authority {
  readonly host: string
  readonly authority: string
}

/** What was read, by the whole value: a gateway has few names. */
const authorities = new Spellings<Authority | null>()

/** Reads `name[:port]`: no user, no list, no path, no empty port. The name in lower case, without the port. */
export function readAuthority(value: string): Authority | null {
  const known = authorities.get(value)
  if (known !== undefined) return known
  const read = parseAuthority(value)
  authorities.remember(value, read)
  return read
}

function parseAuthority(value: string): Authority | null {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::([0-9]{1,5}))?$/.exec(value)
  const host = match?.[1]?.toLowerCase()
  if (host === undefined || host.startsWith('.') || host.includes('..')) return null
  if (host.startsWith('[') && !isIPv6(host.slice(1, -1))) return null
  const port = match?.[2]
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535)) return null
  return { host, authority: value.toLowerCase() }
}

/** RFC 9110 §9 and the extensions that browsers, WebDAV and CalDAV clients use. TRACE echoes credentials, CONNECT opens a tunnel past every gate. */
const methods = new Set(
  (
    'GET HEAD POST PUT PATCH DELETE OPTIONS QUERY PROPFIND PROPPATCH MKCOL MKCALENDAR COPY MOVE LOCK UNLOCK SEARCH REPORT ' +
    'ACL BIND REBIND UNBIND LINK UNLINK MERGE CHECKOUT MKACTIVITY PURGE'
  ).split(' '),
)

/** Fields that two readers would read differently when they come twice. Those that frame come first. */
const singletons = [
  'content-length',
  'transfer-encoding',
  'host',
  'authorization',
  'content-type',
  'expect',
  'origin',
  'sec-websocket-key',
  'sec-websocket-version',
]

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// RFC 9110 §5.5: everything but CR, LF, NUL and the other controls; bytes over 0x7f are opaque.
const fieldContent = /^[\t\x20-\x7e\x80-\xff]*$/

function faultOf({ method, version, headers }: RawHead, fieldsMax: number): Fault | null {
  if (version !== '1.1' && version !== '1.0') return refusal('version', { detail: `HTTP/${version}` })
  if (method === 'TRACE' || method === 'CONNECT') return refusal('method-refused', { detail: method })
  if (!methods.has(method)) return refusal('method-unknown')
  if (headers.length > fieldsMax * 2) return refusal('head-fields', { detail: `more than ${fieldsMax}` })
  let seen = 0
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const mark = markOf(name)
    if (mark === malformed || !fieldContent.test(headers[i + 1] ?? '')) return refusal('field-line')
    if ((seen & mark) !== 0) return refusal(twice(mark), { detail: name.toLowerCase() })
    seen |= mark
  }
  return null
}

const malformed = -1
/** What is known of names as they were spelled: clients use few. */
const marks = new Spellings<number>()

/** Which rule it is that a field of this bit came twice: those that frame stand first among the singletons. */
function twice(mark: number): RefusalCause {
  return mark === 1 ? 'length-twice' : mark === 2 ? 'transfer-coding' : 'field-twice'
}

/** A bit for a field that may come once, 0 for all others, `malformed` for what is no name. */
function markOf(name: string): number {
  const known = marks.get(name)
  if (known !== undefined) return known
  if (!token.test(name)) return malformed
  const at = singletons.indexOf(name.toLowerCase())
  const mark = at < 0 ? 0 : 1 << at
  marks.remember(name, mark)
  return mark
}

/** RFC 9112 §6: exactly one Content-Length of digits, or exactly `chunked`; never both (§6.3, our stricter choice), never chunked from a 1.0 client. */
function readBodyLength({ version, headers }: RawHead): number | 'chunked' | { readonly refused: RefusalCause } {
  const length = fieldValue(headers, 'content-length')
  const coding = fieldValue(headers, 'transfer-encoding')
  if (coding !== undefined) {
    if (length !== undefined) return { refused: 'transfer-coding' }
    if (version !== '1.1') return { refused: 'coding-in-1.0' }
    return /^[\t ]*chunked[\t ]*$/i.test(coding) ? 'chunked' : { refused: 'transfer-coding' }
  }
  if (length === undefined) return 0
  // 15 digits stay below 2^53, and no body is a petabyte.
  return /^[\t ]*[0-9]{1,15}[\t ]*$/.test(length) ? Number(length) : { refused: 'content-length' }
}

function refused(cause: RefusalCause): FieldsReading {
  return { kind: 'refused', fault: refusal(cause) }
}
