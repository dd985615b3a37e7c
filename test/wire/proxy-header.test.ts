import { describe, expect, test } from 'vitest'
import { readProxyHeader } from '../../src/wire/proxy-header.ts'
import { checksum, crc32c, vector, version2 } from './proxy-headers.ts'

const bytesOf = (header: Buffer | string) => (Buffer.isBuffer(header) ? header : Buffer.from(header, 'latin1'))
const read = (header: Buffer | string) => readProxyHeader(bytesOf(header))
const clientOf = (bytes: Buffer | string) => {
  const header = read(bytes)
  if (header.kind !== 'read') return header.kind
  return typeof header.client === 'string' ? header.client : header.client.text
}

const v4 = version2({ family: 0x11, addresses: [203, 0, 113, 7, 10, 0, 0, 1, 0x12, 0x34, 1, 0xbb] })
const ipv6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]
const v6 = version2({ family: 0x21, addresses: [...ipv6, ...ipv6, 0x12, 0x34, 1, 0xbb] })

const good: [what: string, header: Buffer | string, client: string][] = [
  ['version 1 over IPv4', 'PROXY TCP4 203.0.113.7 10.0.0.1 4660 443\r\n', '203.0.113.7'],
  ['version 1 over IPv6', 'PROXY TCP6 2001:db8::7 2001:db8::1 4660 443\r\n', '2001:db8::7'],
  ['version 1 with an IPv4 address as IPv6', 'PROXY TCP6 ::ffff:203.0.113.7 ::1 0 65535\r\n', '203.0.113.7'],
  ['version 1 for somebody unknown', 'PROXY UNKNOWN\r\n', 'unknown'],
  ['what follows somebody unknown', 'PROXY UNKNOWN TCP4 192.0.2.66 anything\r\n', 'unknown'],
  ['version 2 over IPv4', v4, '203.0.113.7'],
  ['version 2 over IPv6', v6, '2001:db8::7'],
  ['version 2 on a Unix socket', version2({ family: 0x31, addresses: Array<number>(216).fill(47) }), 'unknown'],
  ['version 2 of no family', version2({ family: 0, addresses: [] }), 'unknown'],
  ['version 2 of the proxy itself', version2({ command: 0x20, family: 0, addresses: [] }), 'itself'],
  [
    'whatever a proxy leaves in a header of its own',
    version2({ command: 0x20, family: 0x99, addresses: [3, 255, 255] }),
    'itself',
  ],
  [
    'vectors that nobody needs',
    version2({ family: 0x11, addresses: [...v4.subarray(16), ...vector(4, [0, 0]), ...vector(0xee, [1])] }),
    '203.0.113.7',
  ],
  [
    'a checksum that is right',
    checksum(
      version2({ family: 0x11, addresses: [...v4.subarray(16), ...vector(3, [0, 0, 0, 0]), ...vector(4, [7])] }),
    ),
    '203.0.113.7',
  ],
]

describe('a PROXY header', () => {
  test.each(good)('is read: %s', (_what, header, client) => {
    expect(clientOf(header)).toBe(client)
  })

  test.each(good)('says more has to come wherever it is cut, and takes none of what follows: %s', (_what, header) => {
    const bytes = bytesOf(header)
    for (let end = 0; end < bytes.length; end++) expect(read(bytes.subarray(0, end))).toEqual({ kind: 'more' })
    expect(read(Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1')]))).toMatchObject({ length: bytes.length })
  })

  test('is checked with CRC-32C', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
  })

  test('tells that the client spoke TLS with the proxy, and only then', () => {
    const withTls = (flags: number) =>
      read(version2({ family: 0x11, addresses: [...v4.subarray(16), ...vector(0x20, [flags, 0, 0, 0, 0])] }))
    expect([withTls(1), withTls(0), withTls(6), read(v4)]).toMatchObject([
      { secure: true },
      { secure: false },
      { secure: false },
      { secure: false },
    ])
  })

  test.each<[what: string, header: Buffer | string]>([
    ['none at all', 'GET / HTTP/1.1\r\n'],
    ['lower case', 'proxy TCP4 203.0.113.7 10.0.0.1 1 2\r\n'],
    ['a zero in front of a number of an address', 'PROXY TCP4 203.0.113.07 10.0.0.1 1 2\r\n'],
    ['an octal address', 'PROXY TCP4 0313.0.113.7 10.0.0.1 1 2\r\n'],
    ['a zero in front of a port', 'PROXY TCP4 203.0.113.7 10.0.0.1 01 2\r\n'],
    ['a port out of range', 'PROXY TCP4 203.0.113.7 10.0.0.1 1 65536\r\n'],
    ['a port with a sign', 'PROXY TCP4 203.0.113.7 10.0.0.1 +1 2\r\n'],
    ['two spaces', 'PROXY TCP4  203.0.113.7 10.0.0.1 1 2\r\n'],
    ['a tab', 'PROXY TCP4\t203.0.113.7 10.0.0.1 1 2\r\n'],
    ['a space at the end', 'PROXY TCP4 203.0.113.7 10.0.0.1 1 2 \r\n'],
    ['a second address', 'PROXY TCP4 203.0.113.7 10.0.0.1 1 2 192.0.2.66\r\n'],
    ['a second line in the first', 'PROXY TCP4 203.0.113.7 10.0.0.1 1 2\nPROXY TCP4 192.0.2.66 10.0.0.1 1 2\r\n'],
    ['a line that ends in LF alone', `PROXY TCP4 203.0.113.7 10.0.0.1 1 2\n${' '.repeat(100)}`],
    ['a name', 'PROXY TCP4 localhost 10.0.0.1 1 2\r\n'],
    ['a zone', 'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n'],
    ['IPv6 as IPv4', 'PROXY TCP4 2001:db8::7 10.0.0.1 1 2\r\n'],
    ['IPv4 as IPv6', 'PROXY TCP6 203.0.113.7 10.0.0.1 1 2\r\n'],
    ['a destination of another family', 'PROXY TCP4 203.0.113.7 ::1 1 2\r\n'],
    ['another protocol', 'PROXY UDP4 203.0.113.7 10.0.0.1 1 2\r\n'],
    ['something that begins like UNKNOWN', 'PROXY UNKNOWNS\r\n'],
    ['a line of 108 bytes', `PROXY UNKNOWN ${'x'.repeat(92)}\r\n`],
    ['a line without end', `PROXY UNKNOWN ${'x'.repeat(93)}`],
    ['version 1 in version 2', version2({ versionCommand: 0x11, family: 0x11, addresses: [...v4.subarray(16)] })],
    ['version 3', version2({ versionCommand: 0x31, family: 0x11, addresses: [...v4.subarray(16)] })],
    ['another command', version2({ command: 0x22, family: 0x11, addresses: [...v4.subarray(16)] })],
    ['datagrams', version2({ family: 0x12, addresses: [...v4.subarray(16)] })],
    ['another family', version2({ family: 0x41, addresses: [...v4.subarray(16)] })],
    ['a length too small for its addresses', version2({ family: 0x21, addresses: [...v4.subarray(16)] })],
    ['a length over the bound', version2({ family: 0, addresses: Array<number>(4097).fill(0) })],
    ['a vector past the end', version2({ family: 0x11, addresses: [...v4.subarray(16), 4, 0, 2, 0] })],
    ['half a vector', version2({ family: 0x11, addresses: [...v4.subarray(16), 4, 0] })],
    [
      'a checksum that is wrong',
      version2({ family: 0x11, addresses: [...v4.subarray(16), ...vector(3, [1, 2, 3, 4])] }),
    ],
    ['a checksum of three bytes', version2({ family: 0x11, addresses: [...v4.subarray(16), ...vector(3, [1, 2, 3])] })],
    [
      'two checksums',
      checksum(
        version2({
          family: 0x11,
          addresses: [...v4.subarray(16), ...vector(3, [0, 0, 0, 0]), ...vector(3, [0, 0, 0, 0])],
        }),
      ),
    ],
  ])('is refused: %s', (_what, header) => {
    expect(read(header).kind).toBe('bad')
  })
})
