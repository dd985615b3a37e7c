import { bad, cap, hostile, type MessageRule } from './message-rule.ts'

// What only HTTP/2 can break: rows of the table in refusals.ts. Some are judged by us, some by nghttp2 in front of us, which ends the
// connection and tells us why; what it refuses stream by stream, without a word to us, stands in docs/refusals.md below the table.

/** One that ends streams or the connection instead of being answered. */
function ended(frame: string, row: MessageRule): MessageRule {
  return { ...row, frame }
}

const calm = 'GOAWAY ENHANCE_YOUR_CALM'
const internal = 'GOAWAY INTERNAL_ERROR'

export const http2Refusals = {
  // What a head says, answered on its stream.
  'http2-pseudo-field': bad(
    'a pseudo field is missing, unknown, repeated, or stands behind a field',
    'RFC 9113 §8.3, §8.3.1',
  ),
  'http2-scheme': bad('the scheme is not that of the connection', 'RFC 9113 §8.3.1'),
  'http2-authority': bad('the authority is malformed, or Host says another one', 'RFC 9113 §8.3.1'),
  'http2-field': bad('a field that HTTP/1.1 could read as another one', 'RFC 9113 §8.2.1'),
  'http2-connection-field': bad('a field that speaks about a connection', 'RFC 9113 §8.2.2'),
  'http2-length': bad('a length without a body', 'RFC 9113 §8.1.1'),
  'http2-streams-total': cap(
    'busy',
    'more streams in progress than the gateway takes; each weighs as much as a connection',
    'CWE-770',
    'raise limits.connections.total where memory and open files allow (some 12 KiB each)',
  ),
  'http2-streams-of-address': cap(
    'busy',
    'more streams in progress than one client address may have',
    'CWE-770',
    'raise limits.connections.perAddress; a proxy in front belongs into trustedProxies and is not counted',
  ),
  // What costs the client little and us much.
  'http2-opened': ended(
    calm,
    cap(
      'busy',
      'one connection opens more streams than any page needs',
      'CVE-2023-44487, CWE-770',
      'raise limits.http2.opened and limits.http2.openedPerSecond for a client that is honest',
    ),
  ),
  'http2-broken': ended(
    calm,
    cap(
      'busy',
      'too many streams of one connection were reset or refused (rapid reset)',
      'CVE-2023-44487, CVE-2025-8671',
      'raise limits.http2.broken and limits.http2.brokenPerSecond for a client that is honest',
    ),
  ),
  'http2-idle-frames': ended(
    calm,
    cap(
      'busy',
      'too many bytes that bring nothing: PING, SETTINGS, PRIORITY, WINDOW_UPDATE, padding, empty and unknown frames, heads blown up by a table',
      'CVE-2019-9511, CVE-2019-9512, CVE-2019-9513, CVE-2019-9515, CVE-2019-9516',
      hostile,
    ),
  ),
  'http2-unread': ended(
    'RST_STREAM INTERNAL_ERROR',
    cap(
      'busy',
      'more bytes of bodies wait for their readers than allowed',
      'CWE-770',
      'raise limits.http2.unread and limits.http2.unreadPerAddress where memory allows, or see why applications do not read',
    ),
  ),
  // What nghttp2 ends the connection for.
  'http2-continuation': ended(
    internal,
    bad('a head in more than eight CONTINUATION frames', 'CVE-2024-27316, CVE-2024-28182, CVE-2019-9518'),
  ),
  'http2-invalid-frames': ended(
    internal,
    bad('a hundred malformed heads, trailers or empty frames of a body', 'RFC 9113 §5.4.2, CVE-2019-9518'),
  ),
  'http2-rejected-streams': ended(
    internal,
    bad('again and again more streams in one breath than may be in progress', 'CVE-2023-44487'),
  ),
  'http2-window': ended(
    'GOAWAY FLOW_CONTROL_ERROR',
    bad('a window that is larger than any', 'RFC 9113 §6.9.1, CVE-2025-8671, CVE-2026-21714'),
  ),
  'http2-protocol': ended(
    'GOAWAY, with the code of the error',
    bad(
      'frames that are no HTTP/2, or in no order of it: more streams in progress than SETTINGS allow, a window of nothing, a body behind its end, fields that cannot be unpacked',
      'RFC 9113 §5.4.1, §5.1.2, §6.9, §4.3, CVE-2025-8671',
    ),
  ),
} as const satisfies Readonly<Record<string, MessageRule>>

export type Http2RefusalCause = keyof typeof http2Refusals

/** The rule that an error of the library stands for; null: the client ended the connection itself, and said why. */
export function ruleOfHttp2Error(error: Error): Http2RefusalCause | null {
  const code = 'code' in error ? error.code : null
  const errno = 'errno' in error ? error.errno : null
  if (code === 'ERR_HTTP2_SESSION_ERROR') return null
  if (code === 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES') return 'http2-invalid-frames'
  return (typeof errno === 'number' ? libraryErrors.get(errno) : undefined) ?? 'http2-protocol'
}

/** Numbers of nghttp2.h: FLOW_CONTROL, CALLBACK_FAILURE, FLOODED, TOO_MANY_CONTINUATIONS. */
const libraryErrors: ReadonlyMap<number, Http2RefusalCause> = new Map([
  [-524, 'http2-window'],
  [-902, 'http2-rejected-streams'],
  [-904, 'http2-idle-frames'],
  [-905, 'http2-continuation'],
])
