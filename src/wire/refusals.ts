import { Fault, faults } from '../lib/fault.ts'
import { http2Refusals } from './http2-refusals.ts'
import { answer, bad, cap, hostile, type MessageRule, target } from './message-rule.ts'

// Every reason for which a message is refused at the wire, in both directions: what the rule is, where it comes from, what the client
// is answered, and what an operator can do. The names stand in the journal, in `sekisho explain` and in the metric
// `sekisho_refused_messages_total`; docs/refusals.md is compared with this table, and test/wire/refusal-table.test.ts drives each row,
// those of HTTP/2 (http2-refusals.ts) test/wire/http2-refusal-table.test.ts.

export const refusals = {
  // Caps and deadlines.
  'connections-total': cap(
    'busy',
    'more connections at a time than the gateway takes',
    'CWE-770',
    'raise limits.connections.total where memory and open files allow (some 12 KiB each)',
  ),
  'connections-of-address': cap(
    'busy',
    'more connections at a time than one client address may have',
    'CWE-770',
    'raise limits.connections.perAddress; a proxy in front belongs into trustedProxies and is not counted',
  ),
  'head-bytes': cap(
    'head_too_large',
    'the head is longer than allowed',
    'RFC 6585 §5, CVE-2018-12121',
    'raise limits.heads.bytes; most often one site has set too many cookies',
  ),
  'head-fields': cap(
    'head_too_large',
    'the head has more fields than allowed',
    'RFC 6585 §5, CVE-2019-9516',
    'raise limits.heads.fields',
  ),
  'target-bytes': cap(
    'target_too_long',
    'the request target is longer than allowed',
    'RFC 9110 §15.5.15',
    'raise limits.heads.target, or send such a query as a body',
  ),
  'body-bytes': cap(
    'body_too_large',
    'the body is longer than its route allows',
    'RFC 9110 §15.5.14',
    'raise bodyLimit of the route',
  ),
  'body-overhead': cap(
    'body_too_large',
    'chunk extensions and trailers outweigh the body',
    'RFC 9112 §7.1.1, CVE-2024-22019',
    hostile,
  ),
  pipelined: cap(
    'busy',
    'more requests wait behind one that is being answered than allowed; the connection is cut',
    'RFC 9112 §9.3.2',
    'raise limits.connections.pipelined for a client that is honest',
  ),
  'tunnels-total': cap(
    'busy',
    'more tunnels (WebSockets) at a time than the gateway takes',
    'CWE-770',
    'raise limits.connections.tunnels where memory and open files allow (some 16 KiB each)',
  ),
  'tunnels-of-session': cap(
    'busy',
    'more tunnels (WebSockets) at a time than one session may have',
    'CWE-770',
    'raise limits.connections.tunnelsPerSession; a page that reconnects without closing looks like this',
  ),
  'tunnels-of-account': cap(
    'busy',
    'more tunnels (WebSockets) at a time than one account may have',
    'CWE-770',
    'raise limits.connections.tunnelsPerAccount, or sign out sessions that are not needed',
  ),
  'upstream-connections': cap(
    'busy',
    'all connections to the application stayed in use',
    'CWE-770',
    'raise connectionsMax of the upstream, or give it another address: the application is slow or too small',
  ),
  'head-deadline': cap(
    'request_timeout',
    'the head did not come in time',
    'RFC 9110 §15.5.9, CVE-2007-6750',
    'nothing here, unless it happens to many: then the network before the gateway loses packets',
  ),
  'body-deadline': cap(
    'request_timeout',
    'the body came too slowly, or not at all',
    'RFC 9110 §15.5.9, CVE-2007-6750',
    'nothing here, unless it happens to many: then the network before the gateway loses packets',
  ),
  'send-deadline': cap(
    'request_timeout',
    'the client took nothing of its answer; the connection is cut',
    'CVE-2009-5111',
    'nothing here: the client stopped reading',
  ),
  // Before the first byte of HTTP.
  'proxy-peer': cap(
    'bad_request',
    'a peer that is no proxy where proxies have to name the client; the connection is cut',
    'PROXY protocol §2',
    'name the proxy in trustedProxies; whoever else connects would be believed',
  ),
  'proxy-header': cap(
    'bad_request',
    'a PROXY header that is missing or malformed; the connection is cut',
    'PROXY protocol §2.1, §2.2',
    'switch the PROXY protocol on at the proxy, or off in trustedProxies.header',
  ),
  'plain-http': cap(
    'plain_http',
    'plain HTTP on the port of TLS',
    'RFC 9110 §4.2.2',
    'ask over https; plain HTTP needs a listener without certificates',
  ),
  'key-changes': cap(
    'busy',
    'TLS keys that are changed again and again; the connection is cut',
    'RFC 8446 §4.6.3, CWE-770',
    hostile,
  ),
  // What the parser refuses, by the part that it was reading.
  'request-line': bad('the request line is malformed', 'RFC 9112 §3'),
  'http2-preface': bad('HTTP/2 without TLS and without a switch', 'RFC 9113 §3.3'),
  'field-line': bad('a field line is malformed, folded, or ended by a bare CR or LF', 'RFC 9112 §2.2, §5.1, §5.2'),
  'chunk-framing': bad('a chunk is malformed', 'RFC 9112 §7.1, CVE-2022-32215'),
  'body-broken-off': bad('the client left in the middle of its body', 'RFC 9112 §8'),
  // What fields and request line say.
  version: bad('neither HTTP/1.1 nor HTTP/1.0', 'RFC 9112 §2.3'),
  'method-refused': bad('TRACE or CONNECT', 'RFC 9110 §9.3.6, §9.3.8', 'method_not_allowed'),
  'method-unknown': bad('a method that nobody here knows', 'RFC 9110 §15.6.2', 'not_implemented'),
  'length-twice': bad('more than one length', 'RFC 9112 §6.3, CVE-2026-1525'),
  'content-length': bad('a length of more or less than digits, or after a coding', 'RFC 9112 §6.3, RFC 9110 §8.6'),
  'transfer-coding': bad('a coding other than one chunked, or beside a length', 'RFC 9112 §6.1, CVE-2022-32213'),
  'coding-in-1.0': bad('a transfer coding in HTTP/1.0', 'RFC 9112 §6.1'),
  'field-twice': bad('a field came twice that may come once', 'RFC 9110 §5.3'),
  host: bad('Host is missing or malformed', 'RFC 9112 §3.2'),
  'host-not-served': {
    ...bad('no host of this name', 'RFC 9110 §15.5.20', 'misdirected'),
    helps: 'name the host in a route or as portal.host, when it is yours',
  },
  expectation: bad('an expectation other than 100-continue', 'RFC 9110 §10.1.1', 'expectation_failed'),
  'handshake-key': bad('the key of the WebSocket handshake is malformed', 'RFC 6455 §4.2.1'),
  'via-loop': {
    code: 'loop_detected',
    rule: 'the request came through this gateway before',
    source: 'RFC 9110 §7.6.3',
    helps: 'an address of the upstream leads back to the gateway: correct it',
  },
  // What the target says.
  'target-form': target('the target is not in origin-form', 'RFC 9112 §3.2, GHSA-c4j6-fc7j-m34r'),
  'target-bytes-forbidden': target('a byte that no target may hold', 'RFC 3986 §3.3, GHSA-pxq7-h93f-9jrg'),
  'target-escape': target('a broken escape', 'RFC 3986 §2.1'),
  'target-encoding': target('escapes that are no UTF-8, or nested too deep', 'RFC 3629 §10, CVE-2000-0884'),
  'target-control': target('a control byte or a backslash', 'CVE-2021-32779'),
  'target-slash': target('an encoded slash', 'CVE-2026-34908, GHSA-6jwx-7vp4-9847'),
  'target-segment': target('a dot segment or an empty segment', 'GHSA-p224-6x5r-fjpm, CVE-2026-3872'),
  ...http2Refusals,
  // What an upstream answers.
  'answer-syntax': answer('the head or a chunk of the answer is malformed', 'RFC 9112 §4, §5, §7.1'),
  'answer-head-bytes': answer('the head or the trailers of the answer are longer than 64 KiB', 'RFC 6585 §5'),
  'answer-version': answer('an answer in neither HTTP/1.1 nor HTTP/1.0', 'RFC 9112 §2.3'),
  'answer-status': answer('a status outside of 100 to 599', 'RFC 9110 §15'),
  'answer-coding-in-1.0': answer('a transfer coding in an answer in HTTP/1.0', 'RFC 9112 §6.1'),
  'answer-switch': answer('it switched protocols unasked, to another one, or with a body', 'RFC 9110 §7.8'),
  'answer-interims': answer('interim answers without end', 'RFC 9110 §15.2'),
  'answer-field': answer('a malformed field in the answer', 'RFC 9110 §5.5, CWE-113'),
  'answer-length': answer('more than one length, or one that is not a number', 'RFC 9112 §6.3, CVE-2026-1525'),
  'answer-coding': answer('a coding other than one chunked, or beside a length', 'RFC 9112 §6.1, §6.3'),
} as const satisfies Readonly<Record<string, MessageRule>>

export type RefusalCause = keyof typeof refusals

/** Refuses a message: the client gets the public sentence of the code, the journal everything else. */
export function refusal(
  rule: RefusalCause,
  more: { readonly cause?: unknown; readonly detail?: string; readonly retryAfterSeconds?: number } = {},
): Fault {
  const { code, rule: words }: MessageRule = refusals[rule]
  const detail = more.detail === undefined ? `${rule}: ${words}` : `${rule}: ${words} (${more.detail})`
  return new Fault(code, { ...more, detail, rule })
}

export function isRefusalCause(text: string): text is RefusalCause {
  return Object.hasOwn(refusals, text)
}

export function statusOf(rule: RefusalCause): number {
  return faults[refusals[rule].code].status
}

/** The rule that a parser's error stands for. `inBody`: the head was whole already. */
export function ruleOfParserError(name: string, inBody: boolean): RefusalCause {
  if (inBody) return 'chunk-framing'
  return headErrors[name] ?? 'field-line'
}

const headErrors: Readonly<Record<string, RefusalCause>> = {
  HPE_INVALID_METHOD: 'request-line',
  HPE_INVALID_URL: 'request-line',
  HPE_INVALID_CONSTANT: 'request-line',
  HPE_INVALID_VERSION: 'version',
  HPE_PAUSED_H2_UPGRADE: 'http2-preface',
  HPE_INVALID_CONTENT_LENGTH: 'content-length',
  HPE_UNEXPECTED_CONTENT_LENGTH: 'length-twice',
  HPE_INVALID_TRANSFER_ENCODING: 'transfer-coding',
}

/** The same for an answer. */
export function ruleOfAnswerError(name: string): RefusalCause {
  return answerErrors[name] ?? 'answer-syntax'
}

const answerErrors: Readonly<Record<string, RefusalCause>> = {
  HPE_USER: 'answer-head-bytes',
  HPE_INVALID_VERSION: 'answer-version',
  HPE_INVALID_STATUS: 'answer-status',
  HPE_INVALID_HEADER_TOKEN: 'answer-field',
  HPE_INVALID_CONTENT_LENGTH: 'answer-length',
  HPE_UNEXPECTED_CONTENT_LENGTH: 'answer-length',
  HPE_INVALID_TRANSFER_ENCODING: 'answer-coding',
}
