// Answers by which an application, or somebody who writes into one, would speak to the next client, or about who is signed in.

export interface AnswerAttack {
  readonly name: string
  /** What the upstream sends; `close` ends the connection after it. */
  readonly bytes: string
  readonly close?: true
  /** 502, and nothing of it. */
  readonly refused?: true
  /** The head is out: the client sees a broken answer, never a whole one. */
  readonly broken?: true
  /** What the client reads. */
  readonly reads?: { readonly status: number; readonly body?: string }
  /** Bytes that the client must not see. */
  readonly without?: readonly string[]
  /** The connection to the upstream is not used again. */
  readonly dropped?: true
  readonly method?: string
}

const ok = (fields: string, body = 'ok') => `HTTP/1.1 200 OK\r\n${fields}\r\n${body}`
const two = 'Content-Length: 2\r\n'
const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'
const chunks = (body: string) => ok('Transfer-Encoding: chunked\r\n', body)

type Row = readonly [name: string, bytes: string]

const refused: AnswerAttack[] = (
  [
    ['two equal lengths', ok(two + two)],
    ['two lengths in two cases', ok(`${two}content-length: 6\r\n`)],
    ['a list of lengths', ok('Content-Length: 2, 2\r\n')],
    ['a signed length', ok('Content-Length: +2\r\n')],
    ['a negative length', ok('Content-Length: -2\r\n')],
    ['a hexadecimal length', ok('Content-Length: 0x2\r\n')],
    ['a length with a letter', ok('Content-Length: 2a\r\n')],
    ['an empty length', ok('Content-Length:\r\n')],
    ['a length above 2^64', ok('Content-Length: 18446744073709551618\r\n')],
    ['a length, then a coding', ok(`${two}Transfer-Encoding: chunked\r\n`, '2\r\nok\r\n0\r\n\r\n')],
    ['a coding, then a length', ok(`Transfer-Encoding: chunked\r\n${two}`, '2\r\nok\r\n0\r\n\r\n')],
    ['an unknown coding', ok('Transfer-Encoding: cow\r\n')],
    ['gzip, chunked', ok('Transfer-Encoding: gzip, chunked\r\n', '2\r\nok\r\n0\r\n\r\n')],
    ['chunked, identity', ok('Transfer-Encoding: chunked, identity\r\n', '2\r\nok\r\n0\r\n\r\n')],
    ['two codings', ok('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '2\r\nok\r\n0\r\n\r\n')],
    ['a coding in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
    ['white space before a colon', ok(`Content-Length : 2\r\n${two}`)],
    ['a folded field', ok(`X-A: b\r\n c\r\n${two}`)],
    ['a bare CR in a value', ok(`X-A: b\rSet-Cookie: a=b\r\n${two}`)],
    ['a bare LF in a value', ok(`X-A: b\nSet-Cookie: a=b\r\n${two}`)],
    ['NUL in a value', ok(`X-A: b\0c\r\n${two}`)],
    ['a control byte in a value', ok(`X-A: b\x01\r\n${two}`)],
    ['NUL in a name', ok(`X\0A: b\r\n${two}`)],
    ['a high byte in a name', ok(`X-\xe9: b\r\n${two}`)],
    ['a field without a colon', ok(`X-A\r\n${two}`)],
    ['a field without a name', ok(`: b\r\n${two}`)],
    ['HTTP/2.0', `HTTP/2.0 200 OK\r\n${two}\r\nok`],
    ['HTTP/1.2', `HTTP/1.2 200 OK\r\n${two}\r\nok`],
    ['http/1.1', `http/1.1 200 OK\r\n${two}\r\nok`],
    ['ICY 200', `ICY 200 OK\r\n${two}\r\nok`],
    ['status 099', `HTTP/1.1 099 Odd\r\n${two}\r\nok`],
    ['status 000', `HTTP/1.1 000 Odd\r\n${two}\r\nok`],
    ['status 20', `HTTP/1.1 20 Odd\r\n${two}\r\nok`],
    ['status 2000', `HTTP/1.1 2000 Odd\r\n${two}\r\nok`],
    ['status 600', `HTTP/1.1 600 Odd\r\n${two}\r\nok`],
    ['status 999', `HTTP/1.1 999 Odd\r\n${two}\r\nok`],
    ['a negative status', `HTTP/1.1 -200 OK\r\n${two}\r\nok`],
    ['101 unasked', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['a thousand interim answers', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(1000)],
    ['a head of 70 KB', ok(`X-A: ${'a'.repeat(70_000)}\r\n${two}`)],
    ['a head of 20,000 fields', ok('A: b\r\n'.repeat(20_000) + two)],
    ['a reason of 70 KB', `HTTP/1.1 200 ${'O'.repeat(70_000)}\r\n${two}\r\nok`],
    ['a body without a head', '<html>no head</html>\r\n\r\n'],
  ] satisfies Row[]
).map(([name, bytes]) => ({ name, bytes, refused: true, without: ['poison', 'a=b'] }))

const broken: AnswerAttack[] = [
  { name: 'a body shorter than its length', bytes: ok('Content-Length: 100\r\n', 'part'), close: true, broken: true },
  { name: 'chunks without an end', bytes: chunks('4\r\npart\r\n'), close: true, broken: true },
  { name: 'a chunk cut in its middle', bytes: chunks('9\r\npart'), close: true, broken: true },
  { name: 'a chunk of a malformed size', bytes: chunks('4\r\npart\r\n0x4\r\npart\r\n0\r\n\r\n'), broken: true },
  { name: 'a chunk longer than its size', bytes: chunks('4\r\nparts\r\n0\r\n\r\n'), broken: true },
  {
    name: 'a chunk size that overflows',
    bytes: chunks('4\r\npart\r\nfffffffffffffffff4\r\npart\r\n0\r\n\r\n'),
    broken: true,
  },
  { name: 'trailers without end', bytes: chunks(`4\r\npart\r\n0\r\n${'A: b\r\n'.repeat(20_000)}`), broken: true },
]

const whole: AnswerAttack[] = [
  {
    name: 'bytes after its length',
    bytes: ok(two) + poison,
    reads: { status: 200, body: 'ok' },
    without: ['poison'],
    dropped: true,
  },
  {
    name: 'a second answer after chunks',
    bytes: chunks('2\r\nok\r\n0\r\n\r\n') + poison,
    reads: { status: 200, body: 'ok' },
    without: ['poison'],
    dropped: true,
  },
  {
    name: '204 with a body',
    bytes: `HTTP/1.1 204 No Content\r\n\r\n${poison}`,
    reads: { status: 204, body: '' },
    without: ['poison'],
    dropped: true,
  },
  {
    name: '204 with a length',
    bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\npoison',
    reads: { status: 204, body: '' },
    without: ['poison', 'ontent-Length'],
    dropped: true,
  },
  {
    name: '204 in chunks',
    bytes: 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n',
    reads: { status: 204, body: '' },
    without: ['poison', 'chunked'],
    dropped: true,
  },
  {
    name: '304 with a length and no body',
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 600\r\nETag: "a"\r\n\r\n',
    reads: { status: 304, body: '' },
  },
  {
    name: '304 with a body',
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\npoison',
    reads: { status: 304, body: '' },
    without: ['poison'],
    dropped: true,
  },
  {
    name: 'HEAD with a body',
    method: 'HEAD',
    bytes: `${ok('Content-Length: 6\r\n', '')}poison`,
    reads: { status: 200, body: '' },
    without: ['poison'],
    dropped: true,
  },
  { name: 'HEAD in chunks', method: 'HEAD', bytes: chunks(''), reads: { status: 200, body: '' } },
  {
    name: 'a body to the end of the connection',
    bytes: ok('', 'ok'),
    close: true,
    reads: { status: 200, body: 'ok' },
    dropped: true,
  },
  {
    name: 'Connection: close',
    bytes: ok(`Connection: close\r\n${two}`),
    reads: { status: 200, body: 'ok' },
    dropped: true,
    without: ['lose'],
  },
  {
    name: 'interim answers before the final one',
    bytes: `HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${ok(two)}`,
    reads: { status: 200, body: 'ok' },
  },
  {
    name: 'an interim answer that says who is signed in',
    bytes: `HTTP/1.1 103 Early Hints\r\nSet-Cookie: __Host-sekisho=mallory\r\nX-Auth-User: mallory\r\n\r\n${ok(two)}`,
    reads: { status: 200, body: 'ok' },
    without: ['mallory'],
  },
  {
    name: 'our cookie',
    bytes: ok(`Set-Cookie: __Host-sekisho=mallory; Path=/; Secure\r\n${two}`),
    reads: { status: 200, body: 'ok' },
    without: ['mallory'],
  },
  {
    name: 'our cookie in other spellings',
    bytes: ok(
      [
        '__host-sekisho',
        'sekisho',
        '__Secure-sekisho',
        ' __Host-sekisho',
        '%5f%5fHost-sekisho',
        '=__Host-sekisho',
        '__Host-sekisho-attempt',
        '\t__HOST-SEKISHO',
      ]
        .map(name => `Set-Cookie: ${name}=mallory\r\n`)
        .join('') + two,
    ),
    reads: { status: 200, body: 'ok' },
    without: ['mallory'],
  },
  {
    name: 'all cookies cleared',
    bytes: ok(`Clear-Site-Data: "cookies"\r\n${two}`),
    reads: { status: 200, body: 'ok' },
    without: ['cookies'],
  },
  {
    name: 'everything cleared',
    bytes: ok(`Clear-Site-Data: "*"\r\n${two}`),
    reads: { status: 200, body: 'ok' },
    without: ['"*"'],
  },
  {
    name: 'identity fields',
    bytes: ok(`X-Auth-Token: mallory\r\nx_auth_user: mallory\r\nX.Auth.Roles: mallory\r\n${two}`),
    reads: { status: 200, body: 'ok' },
    without: ['mallory'],
  },
  {
    name: 'Connection that names a field',
    bytes: ok(`Connection: X-Secret\r\nX-Secret: mallory\r\n${two}`),
    reads: { status: 200, body: 'ok' },
    without: ['mallory'],
  },
  {
    name: 'Connection that names the length',
    bytes: ok(`Connection: Content-Length\r\n${two}`),
    reads: { status: 200, body: 'ok' },
  },
  {
    name: 'another way to come back',
    bytes: ok(`Alt-Svc: h3="evil.test:443"\r\n${two}`),
    reads: { status: 200, body: 'ok' },
    without: ['evil.test'],
  },
  {
    name: 'hop-by-hop fields',
    bytes: ok(`Keep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nTrailer: X-A\r\nUpgrade: h2c\r\n${two}`),
    reads: { status: 200, body: 'ok' },
    without: ['timeout=5', 'Proxy-', 'Trailer', 'h2c'],
  },
  {
    name: 'trailers',
    bytes: chunks('2\r\nok\r\n0\r\nX-Auth-User: mallory\r\n\r\n'),
    reads: { status: 200, body: 'ok' },
    without: ['mallory'],
  },
  {
    name: 'chunk extensions',
    bytes: chunks('2;mallory=1\r\nok\r\n0;mallory\r\n\r\n'),
    reads: { status: 200, body: 'ok' },
    without: ['mallory'],
  },
  {
    name: 'HTTP/1.0 with a length',
    bytes: `HTTP/1.0 200 OK\r\n${two}\r\nok`,
    reads: { status: 200, body: 'ok' },
    dropped: true,
  },
  {
    name: 'an odd status within the hundreds',
    bytes: `HTTP/1.1 299 Odd\r\n${two}\r\nok`,
    reads: { status: 299, body: 'ok' },
  },
  {
    name: 'a reason of high bytes',
    bytes: `HTTP/1.1 200 \xe9\x80\r\n${two}\r\nok`,
    reads: { status: 200, body: 'ok' },
    without: ['\xe9'],
  },
  { name: 'no reason', bytes: `HTTP/1.1 200\r\n${two}\r\nok`, reads: { status: 200, body: 'ok' } },
]

export const answerAttacks: readonly AnswerAttack[] = [...refused, ...broken, ...whole]
