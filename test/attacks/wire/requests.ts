// The attacker's next hundred: requests whose bytes two readers could take in two ways, beyond the shared cases. Each one is refused with
// one of the statuses and nothing of it reaches the application, or it is forwarded with exactly this reading.

export interface Attack {
  readonly name: string
  readonly bytes: string
  /** Refused, with one of these; the connection ends. */
  readonly refused?: readonly number[]
  /** Forwarded: what the application reads, one request each. `without`: bytes that it must not see. */
  readonly reads?: readonly Read[]
  readonly without?: readonly string[]
}

export interface Read {
  readonly method?: string
  readonly target?: string
  readonly body?: string
}

const host = 'Host: gw.test\r\n'
/** What is smuggled when a body is read too short. */
const second = `GET /SMUGGLED HTTP/1.1\r\n${host}\r\n`

const line = (requestLine: string, fields = host, rest = '') => `${requestLine}\r\n${fields}\r\n${rest}`
const get = (fields = '', target = '/a') => line(`GET ${target} HTTP/1.1`, host + fields)
const post = (fields: string, body: string) => line('POST /a HTTP/1.1', host + fields, body)
const coding = (value: string) => post(`Transfer-Encoding:${value}\r\n`, `5\r\nhello\r\n0\r\n\r\n${second}`)
const length = (value: string) => post(`Content-Length:${value}\r\n`, `hello${second}`)
const chunks = (body: string) => post('Transfer-Encoding: chunked\r\n', body)

type Row = readonly [name: string, bytes: string]
const refuse = (statuses: readonly number[], rows: readonly Row[]): Attack[] =>
  rows.map(([name, bytes]) => ({ name, bytes, refused: statuses }))
const hello: readonly Read[] = [{ method: 'POST', target: '/a', body: 'hello' }]

const codings = refuse(
  [400],
  [
    ['coding: a list with chunked first', coding(' chunked, gzip')],
    ['coding: chunked twice in one list', coding(' chunked, chunked')],
    ['coding: identity, chunked', coding(' identity, chunked')],
    ['coding: deflate, chunked', coding(' deflate, chunked')],
    ['coding: an empty element before', coding(' ,chunked')],
    ['coding: an empty element after', coding(' chunked,')],
    ['coding: a parameter', coding(' chunked;q=1')],
    ['coding: an empty parameter', coding(' chunked;')],
    ['coding: x-chunked', coding(' x-chunked')],
    ['coding: chunked-x', coding(' chunked-x')],
    ['coding: chunkedchunked', coding(' chunkedchunked')],
    ['coding: single quotes', coding(" 'chunked'")],
    ['coding: in brackets', coding(' [chunked]')],
    ['coding: a form feed before', coding('\fchunked')],
    ['coding: NEL before', coding('\x85chunked')],
    ['coding: NBSP after', coding(' chunked\xa0')],
    ['coding: NUL after', coding(' chunked\0')],
    ['coding: DEL after', coding(' chunked\x7f')],
    ['coding: backspace', coding(' chunked\b')],
    ['coding: a dotted i would be enough for some', coding(' chun\u00aaked')],
    ['coding: folded in the middle', coding(' chunked,\r\n identity')],
    ['coding: folded before the value by a tab', coding('\r\n\tchunked')],
    ['coding: a folded empty line', coding(' chunked\r\n ')],
    ['coding: bare CR before the value', coding('\rchunked')],
    ['coding: bare CR after the value', coding(' chunked\r')],
    ['coding: name with a colon twice', post('Transfer-Encoding:: chunked\r\n', '0\r\n\r\n')],
    ['coding: name behind NUL', post('\0Transfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    ['coding: name behind a backspace', post('\bTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    ['coding: name in quotes', post('"Transfer-Encoding": chunked\r\n', '0\r\n\r\n')],
    ['coding: name with a high byte', post('Transfer-Encoding\xa0: chunked\r\n', '0\r\n\r\n')],
    [
      'coding: two lines, the second in another case',
      post('Transfer-Encoding: chunked\r\ntransfer-encoding: identity\r\n', '0\r\n\r\n'),
    ],
    [
      'coding: two lines around another field',
      post('Transfer-Encoding: chunked\r\nX: y\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    ],
    ['coding: a GET with an unknown one', get('Transfer-Encoding: chunke\r\n')],
    ['coding: beside a length of 0 in a GET', get('Content-Length: 0\r\nTransfer-Encoding: chunked\r\n')],
    [
      'coding: HTTP/1.0 with Connection: keep-alive',
      line('POST /a HTTP/1.0', `${host}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n`, '0\r\n\r\n'),
    ],
  ],
)

const lengths = refuse(
  [400],
  [
    ['length: white space inside', length(' 5 5')],
    ['length: two in a list, the second empty', length(' 5,')],
    ['length: a list that begins empty', length(' ,5')],
    ['length: three equal ones', length(' 5\r\nContent-Length: 5\r\nContent-Length: 5')],
    ['length: 5 and 05', length(' 5\r\ncontent-length: 05')],
    ['length: a decimal point', length(' 5.0')],
    ['length: an exponent', length(' 5e0')],
    ['length: an octal', length(' 0o5')],
    ['length: an underscore', length(' 0_5')],
    ['length: a full-width digit', length(' \xef\xbc\x95')],
    ['length: quoted', length(' "5"')],
    ['length: a parameter', length(' 5;a=b')],
    ['length: NUL after', length(' 5\0')],
    ['length: a vertical tab', length('\v5')],
    ['length: folded', length('\r\n 5')],
    ['length: above 2^63', length(' 9223372036854775808')],
    ['length: above 2^64, and 5 by overflow', length(' 18446744073709551621')],
    ['length: sixteen nines', length(' 9999999999999999')],
    ['length: minus zero', length(' -0')],
    ['length: a HEAD with two', line('HEAD /a HTTP/1.1', `${host}Content-Length: 0\r\nContent-Length: 5\r\n`)],
    ['length: name with white space before the colon', post('Content-Length\t: 5\r\n', 'hello')],
    ['length: name with white space inside', post('Content- Length: 5\r\n', 'hello')],
  ],
)

const chunkings = refuse(
  [400, 413],
  [
    ['chunk: a tab before the size', chunks('\t5\r\nhello\r\n0\r\n\r\n')],
    ['chunk: white space after the size', chunks(`5 \x0b\r\nhello\r\n0\r\n\r\n${second}`)],
    ['chunk: a size in quotes', chunks('"5"\r\nhello\r\n0\r\n\r\n')],
    ['chunk: a comma', chunks('5,5\r\nhello\r\n0\r\n\r\n')],
    ['chunk: h after the size', chunks('5h\r\nhello\r\n0\r\n\r\n')],
    ['chunk: 0x0', chunks(`0x0\r\n\r\n${second}`)],
    ['chunk: minus zero', chunks(`-0\r\n\r\n${second}`)],
    [
      'chunk: sixteen digits too many',
      chunks('00000000000000000000000000000000f5\r\nhello\r\n0\r\n\r\n'.replace(/^0+f/, 'fffffffffffffffff')),
    ],
    ['chunk: NUL after the size', chunks('5\0\r\nhello\r\n0\r\n\r\n')],
    ['chunk: an extension with a bare LF', chunks(`5;a\nhello\r\n0\r\n\r\n${second}`)],
    ['chunk: an extension with a bare CR', chunks('5;a\rb\r\nhello\r\n0\r\n\r\n')],
    ['chunk: an extension with NUL', chunks('5;a\0\r\nhello\r\n0\r\n\r\n')],
    ['chunk: an extension without end', chunks(`5;${'a'.repeat(80_000)}\r\nhello\r\n0\r\n\r\n`)],
    ['chunk: extensions that outweigh the body', chunks(`1;${'a'.repeat(600)}\r\nx\r\n`.repeat(100))],
    ['chunk: shorter data than the size', chunks('6\r\nhello\r\n0\r\n\r\n')],
    ['chunk: CR CR LF after the data', chunks('5\r\nhello\r\r\n0\r\n\r\n')],
    ['chunk: LF CR after the data', chunks('5\r\nhello\n\r0\r\n\r\n')],
    ['chunk: the last one with LF LF', chunks(`0\n\n${second}`)],
    ['chunk: the last one with CR CR', chunks(`0\r\r${second}`)],
    ['chunk: a negative last one', chunks(`5\r\nhello\r\n-1\r\n\r\n`)],
    ['chunk: a trailer without a colon', chunks('0\r\nX-A\r\n\r\n')],
    ['chunk: a trailer with white space before the colon', chunks('0\r\nX-A : 1\r\n\r\n')],
    ['chunk: a folded trailer', chunks('0\r\nX-A: 1\r\n b\r\n\r\n')],
    ['chunk: a trailer with a bare LF', chunks(`0\r\nX-A: 1\n\r\n${second}`)],
    ['chunk: a length among the trailers', chunks(`5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n${second}`)],
    ['chunk: a coding among the trailers', chunks(`5\r\nhello\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n${second}`)],
    ['chunk: trailers without end', chunks(`0\r\n${'X-A: bbbbbbbbbbbbbbbb\r\n'.repeat(2000)}\r\n`)],
  ],
)

const lines = refuse(
  [400, 405, 501, 505],
  [
    ['line: HTTP/0.9', 'GET /a\r\n\r\n'],
    ['line: HTTP/1.2', line('GET /a HTTP/1.2')],
    ['line: HTTP/1.01', line('GET /a HTTP/1.01')],
    ['line: HTTP/11', line('GET /a HTTP/11')],
    ['line: HTTP/3', line('GET /a HTTP/3')],
    ['line: HTTPS/1.1', line('GET /a HTTPS/1.1')],
    ['line: white space inside the version', line('GET /a HTTP/1 .1')],
    ['line: white space after the version', line('GET /a HTTP/1.1 ')],
    ['line: ICE/1.0', line('SOURCE /a ICE/1.0')],
    ['line: RTSP/1.0', line('DESCRIBE /a RTSP/1.0')],
    ['line: the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['line: the HTTP/2 preface as 1.1', line('PRI * HTTP/1.1')],
    ['line: get in lower case', line('get /a HTTP/1.1')],
    ['line: GeT', line('GeT /a HTTP/1.1')],
    ['line: GET with a colon', line('GET: /a HTTP/1.1')],
    ['line: GETGET', line('GETGET /a HTTP/1.1')],
    ['line: a space before', ` ${get()}`],
    ['line: bare CR inside', line('GET /a\rb HTTP/1.1')],
    ['line: NUL inside', line('GET /a\0b HTTP/1.1')],
    ['line: a vertical tab between', line('GET\v/a HTTP/1.1')],
    ['line: ended by a bare CR', `GET /a HTTP/1.1\r${host}\r\n`],
    ['line: CONNECT in authority-form', line('CONNECT gw.test:443 HTTP/1.1', 'Host: gw.test:443\r\n')],
    ['line: CONNECT in origin-form', line('CONNECT /a HTTP/1.1')],
    ['line: TRACE', line('TRACE /a HTTP/1.1')],
    ['line: TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ['line: PROXY protocol from anybody', `PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\n${get()}`],
  ],
)

const fields = refuse(
  [400, 431],
  [
    ['field: bare CR at the end of a value', get('X-A: b\r\r\n')],
    ['field: bare LF as the empty line', `GET /a HTTP/1.1\r\n${host}\n`],
    ['field: LF CR as a line end', `GET /a HTTP/1.1\r\n${host}X-A: b\n\r\r\n`],
    ['field: NUL in a name', get('X\0A: b\r\n')],
    ['field: a name of white space', get(' : b\r\n')],
    ['field: a name with @', get('X@A: b\r\n')],
    ['field: a name with (', get('X(A: b\r\n')],
    ['field: a name with a high byte', get('X-\xc3\xa9: b\r\n')],
    ['field: DEL in a value', get('X-A: b\x7f\r\n')],
    ['field: ESC in a value', get('X-A: \x1b[31m\r\n')],
    ['field: folded onto Host', `GET /a HTTP/1.1\r\nHost: gw.test\r\n .evil.test\r\n\r\n`],
    ['field: folded by a tab', get('X-A: b\r\n\tX-Auth-User: mallory\r\n')],
    ['field: white space first', `GET /a HTTP/1.1\r\n X-A: b\r\n${host}\r\n`],
    ['field: two Content-Type', post('Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 5\r\n', 'hello')],
    ['field: two Origin', get('Origin: https://gw.test\r\nOrigin: https://evil.test\r\n')],
    ['field: two Sec-WebSocket-Key', get('Sec-WebSocket-Key: a\r\nSec-WebSocket-Key: b\r\n')],
  ],
)

const hosts = refuse(
  [400, 421],
  [
    ['host: empty', line('GET /a HTTP/1.1', 'Host:\r\n')],
    ['host: white space', line('GET /a HTTP/1.1', 'Host:   \r\n')],
    ['host: none in 1.0', line('GET /a HTTP/1.0', '')],
    ['host: two in 1.0', line('GET /a HTTP/1.0', `${host}Host: evil.test\r\n`)],
    ['host: two, the second in lower case', line('GET /a HTTP/1.1', `${host}host: evil.test\r\n`)],
    ['host: a trailing dot', line('GET /a HTTP/1.1', 'Host: gw.test.\r\n')],
    ['host: a leading dot', line('GET /a HTTP/1.1', 'Host: .gw.test\r\n')],
    ['host: an empty port', line('GET /a HTTP/1.1', 'Host: gw.test:\r\n')],
    ['host: port 0', line('GET /a HTTP/1.1', 'Host: gw.test:0\r\n')],
    ['host: port 65536', line('GET /a HTTP/1.1', 'Host: gw.test:65536\r\n')],
    ['host: port 99999999999', line('GET /a HTTP/1.1', 'Host: gw.test:99999999999\r\n')],
    ['host: a negative port', line('GET /a HTTP/1.1', 'Host: gw.test:-1\r\n')],
    ['host: two ports', line('GET /a HTTP/1.1', 'Host: gw.test:80:80\r\n')],
    ['host: userinfo', line('GET /a HTTP/1.1', 'Host: evil.test@gw.test\r\n')],
    ['host: userinfo with a port', line('GET /a HTTP/1.1', 'Host: gw.test:80@evil.test\r\n')],
    ['host: a fragment', line('GET /a HTTP/1.1', 'Host: gw.test#evil.test\r\n')],
    ['host: a query', line('GET /a HTTP/1.1', 'Host: gw.test?evil.test\r\n')],
    ['host: a backslash', line('GET /a HTTP/1.1', 'Host: gw.test\\evil.test\r\n')],
    ['host: a scheme', line('GET /a HTTP/1.1', 'Host: http://gw.test\r\n')],
    ['host: percent-encoded', line('GET /a HTTP/1.1', 'Host: gw%2etest\r\n')],
    ['host: NUL', line('GET /a HTTP/1.1', 'Host: gw.test\0.evil.test\r\n')],
    ['host: a high byte', line('GET /a HTTP/1.1', 'Host: gw.test\xad\r\n')],
    ['host: white space inside', line('GET /a HTTP/1.1', 'Host: gw.test\tevil.test\r\n')],
    ['host: a list by a semicolon', line('GET /a HTTP/1.1', 'Host: gw.test;evil.test\r\n')],
    ['host: an IPv6 zone', line('GET /a HTTP/1.1', 'Host: [fe80::1%25eth0]\r\n')],
    ['host: a bare IPv6 zone', line('GET /a HTTP/1.1', 'Host: [fe80::1%eth0]\r\n')],
    ['host: IPv6 without brackets', line('GET /a HTTP/1.1', 'Host: ::1\r\n')],
    ['host: open brackets', line('GET /a HTTP/1.1', 'Host: [::1\r\n')],
    ['host: brackets round a name', line('GET /a HTTP/1.1', 'Host: [gw.test]\r\n')],
    ['host: IPvFuture', line('GET /a HTTP/1.1', 'Host: [v1.gw.test]\r\n')],
    ['host: another one that is not served', line('GET /a HTTP/1.1', 'Host: gw.test.evil.test\r\n')],
    ['host: a shorter name', line('GET /a HTTP/1.1', 'Host: test\r\n')],
  ],
)

const targets = refuse(
  [400, 414, 431],
  [
    ['target: absolute-form, the same host', line('GET http://gw.test/a HTTP/1.1')],
    ['target: absolute-form, another host', line('GET http://evil.test/a HTTP/1.1')],
    ['target: absolute-form, userinfo', line('GET http://gw.test@evil.test/a HTTP/1.1')],
    ['target: absolute-form, https', line('GET https://gw.test/a HTTP/1.1')],
    ['target: absolute-form in upper case', line('GET HTTP://gw.test/a HTTP/1.1')],
    ['target: absolute-form without a path', line('GET http://gw.test HTTP/1.1')],
    ['target: another scheme', line('GET file:///etc/passwd HTTP/1.1')],
    ['target: asterisk-form in a GET', line('GET * HTTP/1.1')],
    ['target: asterisk-form in OPTIONS', line('OPTIONS * HTTP/1.1')],
    ['target: authority-form', line('GET gw.test:80 HTTP/1.1')],
    ['target: a name alone', line('GET a HTTP/1.1')],
    ['target: a query alone', line('GET ?a HTTP/1.1')],
    ['target: two slashes first', get('', '//evil.test/a')],
    ['target: slash and backslash', get('', '/\\evil.test/a')],
    ['target: a backslash', get('', '/a\\..\\b')],
    ['target: an encoded slash', get('', '/a%2fb')],
    ['target: an encoded slash, twice', get('', '/a%252fb')],
    ['target: an encoded backslash', get('', '/a%5cb')],
    ['target: dot dot', get('', '/a/../b')],
    ['target: dot dot, encoded', get('', '/a/%2e%2e/b')],
    ['target: dot dot, half encoded', get('', '/a/.%2E/b')],
    ['target: dot dot, encoded twice', get('', '/a/%252e%252e/b')],
    ['target: dot dot at the end', get('', '/a/..')],
    ['target: dot dot semicolon', get('', '/a/..;/b')],
    ['target: dot dot semicolon with a name', get('', '/a/..;jsessionid=1/b')],
    ['target: one dot', get('', '/a/./b')],
    ['target: a semicolon for a segment', get('', '/a/;/b')],
    ['target: an empty segment', get('', '/a//b')],
    ['target: an overlong slash', get('', '/a%c0%afb')],
    ['target: an overlong dot', get('', '/a/%c0%ae%c0%ae/b')],
    ['target: %00', get('', '/a%00.html')],
    ['target: %00 in the middle of a name, encoded twice', get('', '/a%2500')],
    ['target: %0d%0a', get('', '/a%0d%0aX-Auth-User:%20mallory')],
    ['target: %0a', get('', '/a%0ab')],
    ['target: %7f', get('', '/a%7f')],
    ['target: a broken escape', get('', '/a%')],
    ['target: half an escape', get('', '/a%2')],
    ['target: an escape of no digits', get('', '/a%u002e')],
    ['target: nested escapes', get('', '/a%25252525252f')],
    ['target: a fragment', get('', '/a#b')],
    ['target: a fragment in the query', get('', '/a?b#/c')],
    ['target: a high byte', get('', '/\xe9')],
    ['target: a tab', get('', '/a\tb')],
    ['target: a quote', get('', '/a"b')],
    ['target: brackets of a tag', get('', '/<script>')],
    ['target: a brace', get('', '/{a}')],
    ['target: 9,000 bytes', get('', `/${'a'.repeat(9000)}`)],
    ['target: a query of 9,000 bytes', get('', `/?${'a'.repeat(9000)}`)],
  ],
)

const expectations = refuse(
  [400, 417],
  [
    ['expect: another one', post('Expect: 200-ok\r\nContent-Length: 5\r\n', 'hello')],
    ['expect: a list', post('Expect: 100-continue, 100-continue\r\nContent-Length: 5\r\n', 'hello')],
    ['expect: twice', post('Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 5\r\n', 'hello')],
    ['expect: with a parameter', post('Expect: 100-continue;a=b\r\nContent-Length: 5\r\n', 'hello')],
  ],
)

/** What is honest, or harmless when it is read as we read it. */
const forwarded: Attack[] = [
  {
    name: 'read: chunk sizes in both cases, with leading zeros',
    bytes: chunks('0005\r\nhello\r\n0\r\n\r\n'),
    reads: hello,
  },
  {
    name: 'read: a chunk extension',
    bytes: chunks('5;a=b;c="d"\r\nhello\r\n0;x\r\n\r\n'),
    reads: hello,
    without: ['a=b', ';x'],
  },
  {
    name: 'read: trailers that would name a host or a person',
    bytes: chunks('5\r\nhello\r\n0\r\nHost: evil.test\r\nX-Auth-User: mallory\r\nAuthorization: mallory\r\n\r\n'),
    reads: hello,
    without: ['mallory', 'evil.test'],
  },
  {
    name: 'read: a coding after tabs',
    bytes: post('Transfer-Encoding:\t \tchunked\r\n', '5\r\nhello\r\n0\r\n\r\n'),
    reads: hello,
  },
  { name: 'read: a length with white space around', bytes: post('Content-Length: \t5 \r\n', 'hello'), reads: hello },
  {
    name: 'read: a length of a GET',
    bytes: get('Content-Length: 5\r\n').concat('hello'),
    reads: [{ method: 'GET', target: '/a', body: 'hello' }],
  },
  {
    name: 'read: a GET in chunks, and what follows it',
    bytes: `${get('Transfer-Encoding: chunked\r\n')}5\r\nhello\r\n0\r\n\r\n${get('', '/b')}`,
    reads: [
      { method: 'GET', target: '/a', body: 'hello' },
      { method: 'GET', target: '/b', body: '' },
    ],
  },
  {
    name: 'read: a DELETE without a body',
    bytes: line('DELETE /a HTTP/1.1'),
    reads: [{ method: 'DELETE', target: '/a', body: '' }],
  },
  {
    name: 'read: a look-alike of Transfer-Encoding',
    bytes: post('Transfer_Encoding: chunked\r\nContent-Length: 5\r\n', 'hello'),
    reads: hello,
    without: ['ransfer_'],
  },
  {
    name: 'read: a look-alike of Content-Length',
    bytes: post('Content.Length: 99\r\nContent-Length: 5\r\n', 'hello'),
    reads: hello,
    without: ['99'],
  },
  {
    name: 'read: Connection names the length',
    bytes: post('Connection: Content-Length\r\nContent-Length: 5\r\n', 'hello'),
    reads: hello,
  },
  {
    name: 'read: Connection names the coding',
    bytes: post('Connection: close, Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n'),
    reads: hello,
  },
  { name: 'read: Connection names Host', bytes: get('Connection: Host\r\n'), reads: [{ target: '/a' }] },
  {
    name: 'read: Connection names identity fields',
    bytes: get('Connection: X-Auth-User, X-Forwarded-For, Cookie\r\nX-Auth-User: mallory\r\n'),
    reads: [{ target: '/a' }],
    without: ['mallory'],
  },
  {
    name: 'read: Upgrade to h2c',
    bytes: get('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'),
    reads: [{ target: '/a' }],
    without: ['h2c', 'AAMAAABk'],
  },
  {
    name: 'read: Upgrade to TLS',
    bytes: get('Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n'),
    reads: [{ target: '/a' }],
    without: ['TLS/1.0'],
  },
  {
    name: 'read: Upgrade without Connection',
    bytes: get('Upgrade: websocket\r\n'),
    reads: [{ target: '/a' }],
    without: ['pgrade'],
  },
  {
    name: 'read: Upgrade to two protocols',
    bytes: get('Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n'),
    reads: [{ target: '/a' }],
    without: ['pgrade'],
  },
  {
    name: 'read: Upgrade in a POST',
    bytes: post('Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n', 'hello'),
    reads: hello,
    without: ['websocket'],
  },
  {
    name: 'read: TE and Trailer',
    bytes: get('TE: trailers\r\nTrailer: X-Auth-User\r\nConnection: TE\r\n'),
    reads: [{ target: '/a' }],
    without: ['trailers', 'Trailer'],
  },
  {
    name: 'read: Proxy-Connection and Keep-Alive',
    bytes: get('Proxy-Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n'),
    reads: [{ target: '/a' }],
    without: ['timeout=5', 'Proxy-'],
  },
  {
    name: 'read: Proxy-Authorization',
    bytes: get('Proxy-Authorization: Basic c2VjcmV0\r\n'),
    reads: [{ target: '/a' }],
    without: ['c2VjcmV0'],
  },
  { name: 'read: Max-Forwards', bytes: get('Max-Forwards: 0\r\n'), reads: [{ target: '/a' }] },
  {
    name: 'read: a method override',
    bytes: get('X-HTTP-Method-Override: DELETE\r\nX-Http-Method: DELETE\r\nX_Method_Override: DELETE\r\n'),
    reads: [{ method: 'GET' }],
    without: ['DELETE'],
  },
  {
    name: 'read: another address in a field',
    bytes: get('X-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\nX-Forwarded-Uri: /admin\r\n'),
    reads: [{ target: '/a' }],
    without: ['/admin'],
  },
  {
    name: 'read: another host in a field',
    bytes: get(
      'X-Forwarded-Host: evil.test\r\nForwarded: host=evil.test\r\nX-Host: evil.test\r\nX-Host_: evil.test\r\n_X_Host: evil.test\r\nX-Original-Host: evil.test\r\n',
    ),
    reads: [{ target: '/a' }],
    without: ['evil.test'],
  },
  {
    name: 'read: identity in every spelling',
    bytes: get(
      [
        'X-Auth-User',
        'x-auth-user',
        'X_Auth_User',
        'X.Auth.User',
        'X-Auth_User',
        'x-AUTH.user',
        'X--Auth--User',
        'X~Auth~User',
        'X-Auth-User_',
        '_X-Auth-User',
        'X!Auth!User',
        '-X-Auth-User',
        '_X_Auth_User_',
        'X_AUTH_TOKEN',
        'X-Auth-Roles',
        'X-Auth-Anything',
      ]
        .map(name => `${name}: mallory\r\n`)
        .join(''),
    ),
    reads: [{ target: '/a' }],
    without: ['mallory'],
  },
  {
    name: 'read: our cookie in other spellings',
    bytes: get(
      'Cookie: __Host-sekisho=mallory; a=1; %5f%5fHost-sekisho=mallory; __host-sekisho=mallory; __Secure-sekisho=mallory\r\n',
    ),
    reads: [{ target: '/a' }],
    without: ['mallory'],
  },
  { name: 'read: HTTP/1.0 closes', bytes: line('GET /a HTTP/1.0', host), reads: [{ target: '/a' }] },
  {
    name: 'read: nothing after Connection: close',
    bytes: get('Connection: close\r\n') + second,
    reads: [{ target: '/a' }],
    without: ['SMUGGLED'],
  },
  {
    name: 'read: nothing after HTTP/1.0',
    bytes: line('GET /a HTTP/1.0', host) + second,
    reads: [{ target: '/a' }],
    without: ['SMUGGLED'],
  },
  {
    name: 'read: what comes before an error, and nothing after it',
    bytes: `${get()}GET /b HTTP/9.9\r\n${host}\r\n${second}`,
    reads: [{ target: '/a' }],
    without: ['SMUGGLED', '/b'],
  },
  {
    name: 'read: Expect in another case',
    bytes: post('Expect: 100-Continue\r\nContent-Length: 5\r\n', 'hello'),
    reads: hello,
    without: ['xpect'],
  },
  {
    name: 'read: Expect from a 1.0 client',
    bytes: line('POST /a HTTP/1.0', `${host}Expect: 100-continue\r\nContent-Length: 5\r\n`, 'hello'),
    reads: hello,
    without: ['xpect'],
  },
  {
    name: 'read: __proto__ and constructor as fields',
    bytes: get('__proto__: a\r\nconstructor: b\r\ntoString: c\r\n'),
    reads: [{ target: '/a' }],
  },
  {
    name: 'read: a host in upper case with its port',
    bytes: line('GET /a HTTP/1.1', 'Host: GW.TEST:8080\r\n'),
    reads: [{ target: '/a' }],
  },
  { name: 'read: an empty query', bytes: get('', '/a?'), reads: [{ target: '/a?' }] },
  { name: 'read: dot dot in the query', bytes: get('', '/a?b=/../c'), reads: [{ target: '/a?b=/../c' }] },
  { name: 'read: many fields of one name', bytes: get('X-A: b\r\n'.repeat(90)), reads: [{ target: '/a' }] },
]

export const attacks: readonly Attack[] = [
  ...codings,
  ...lengths,
  ...chunkings,
  ...lines,
  ...fields,
  ...hosts,
  ...targets,
  ...expectations,
  ...forwarded,
]
