import type { Fault } from '../lib/fault.ts'
import { fieldValue, type RawHeaders } from '../lib/request-head.ts'
import type { ConnectionFacts } from './connection-host.ts'
import { type RawHead, readAuthority } from './fields.ts'
import { type HeadReading, type HeadRules, readHead } from './head.ts'
import { headBytesOf } from './http2-options.ts'
import type { Http2RefusalCause } from './http2-refusals.ts'
import { refusal } from './refusals.ts'

// The head of an HTTP/2 request, turned into what an HTTP/1.1 parser gives, and judged by the same rules from there on. Whatever HTTP/1.1
// could read as more than one head, field or body is refused here (H2.CL, H2.TE, line breaks in values, spaces in `:method` and `:path`),
// whether or not the library refused it already.

export interface Http2HeadAbout {
  /** END_STREAM stood on the head: there is no body. */
  readonly endsStream: boolean
  readonly headBytesMax: number
}

/** Reads pseudo fields and fields as they came. */
export function readHttp2Head(
  fields: RawHeaders,
  { endsStream, headBytesMax }: Http2HeadAbout,
  about: ConnectionFacts,
  rules: HeadRules,
): HeadReading {
  if (headBytesOf(fields) > headBytesMax) return { kind: 'refused', fault: refusal('head-bytes') }
  const parts = sort(fields)
  const fault = faultOf(parts, about.secure)
  if (fault !== null) return { kind: 'refused', fault }
  const reading = readHead(rawHeadOf(parts), about, rules)
  return reading.kind === 'refused' ? reading : frame(reading, parts, endsStream)
}

interface Parts {
  readonly pseudo: ReadonlyMap<string, string>
  /** Pairs as HTTP/1.1 would have them: Host first, the crumbs of a cookie together. */
  readonly headers: readonly string[]
  readonly hosts: readonly string[]
  readonly fault: Fault | null
}

/** Pseudo fields apart from fields; what cannot be told apart is a fault. */
function sort(fields: RawHeaders): Parts {
  const pseudo = new Map<string, string>()
  const headers: string[] = []
  const hosts: string[] = []
  let fault: Fault | null = null
  let cookieAt = -1
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? ''
    const value = fields[i + 1] ?? ''
    if (name.startsWith(':')) {
      if (!pseudoNames.has(name)) fault ??= bad('http2-pseudo-field', name)
      else if (pseudo.has(name)) fault ??= bad('http2-pseudo-field', `${name} twice`)
      else if (headers.length + hosts.length > 0) fault ??= bad('http2-pseudo-field', `${name} behind a field`)
      else pseudo.set(name, value)
      continue
    }
    if (!fieldName.test(name)) fault ??= bad('http2-field', 'its name')
    else if (paddedValue.test(value)) fault ??= bad('http2-field', `white space around ${name}`)
    else if (isOfConnection(name, value)) fault ??= bad('http2-connection-field', name)
    if (name === 'host') hosts.push(value)
    else if (name === 'cookie' && cookieAt >= 0) headers[cookieAt + 1] += `; ${value}`
    else {
      if (name === 'cookie') cookieAt = headers.length
      headers.push(name, value)
    }
  }
  return { pseudo, headers: ['host', pseudo.get(':authority') ?? '', ...headers], hosts, fault }
}

function rawHeadOf({ pseudo, headers }: Parts): RawHead {
  return { method: pseudo.get(':method') ?? '', target: pseudo.get(':path') ?? '', version: '1.1', headers }
}

function faultOf({ pseudo, hosts, fault }: Parts, secure: boolean): Fault | null {
  // RFC 9113 §8.5: it has no :scheme and no :path, and no way through a gateway.
  if (pseudo.get(':method') === 'CONNECT') return refusal('method-refused')
  if (fault !== null) return fault
  for (const name of pseudoNames) if ((pseudo.get(name) ?? '') === '') return bad('http2-pseudo-field', `no ${name}`)
  if (pseudo.get(':scheme') !== (secure ? 'https' : 'http')) return bad('http2-scheme')
  const authority = pseudo.get(':authority') ?? ''
  if (readAuthority(authority) === null) return bad('http2-authority', 'malformed')
  // RFC 9113 §8.3.1: one must not contradict the other; which of them an upstream would believe is not ours to guess.
  if (hosts.some(host => host.toLowerCase() !== authority.toLowerCase()) || hosts.length > 1)
    return bad('http2-authority', 'Host is another')
  return null
}

/** RFC 9113 §8.2.2: what speaks about a connection has no meaning here, and another one upstream. */
function isOfConnection(name: string, value: string): boolean {
  return ofConnection.has(name) || (name === 'te' && value !== 'trailers')
}

/** What HTTP/1.1 says by Transfer-Encoding is said by END_STREAM here (RFC 9113 §8.1). */
function frame(reading: HeadReading & { kind: 'read' }, { headers }: Parts, endsStream: boolean): HeadReading {
  const { head } = reading
  if (endsStream) {
    if (head.bodyLength !== 0) return { kind: 'refused', fault: bad('http2-length') }
    return { ...reading, expectsContinue: false }
  }
  return {
    kind: 'read',
    expectsContinue: fieldValue(headers, 'expect') !== undefined,
    head: { ...head, bodyLength: fieldValue(headers, 'content-length') === undefined ? 'chunked' : head.bodyLength },
  }
}

function bad(rule: Http2RefusalCause, detail?: string): Fault {
  return refusal(rule, detail === undefined ? {} : { detail })
}

const pseudoNames: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path'])
const ofConnection: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])
const fieldName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
const paddedValue = /^[\t ]|[\t ]$/
