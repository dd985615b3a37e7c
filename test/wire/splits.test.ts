import { expect, test } from 'vitest'
import { HttpParser } from '../../src/wire/llhttp.ts'

// However the bytes are cut, the same messages are read from them.

const messages: readonly (readonly ['request' | 'response', string, string])[] = [
  ['request', 'fields with empty values', 'GET /a HTTP/1.1\r\nHost: gw.test\r\nA:\r\nB: \r\nC:  x \r\nA: y\r\n\r\n'],
  ['request', 'a length', 'POST /a HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 5\r\n\r\nhello'],
  [
    'request',
    'chunks, extensions and trailers',
    'POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x="y"\r\nabc\r\n0a\r\n0123456789\r\n0\r\nT: 1\r\nU:\r\n\r\n',
  ],
  ['request', 'an upgrade', 'GET /a HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
  [
    'request',
    'a pipeline',
    'GET /a HTTP/1.1\r\nA:\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /c HTTP/1.1\r\n\r\n',
  ],
  ['response', 'a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX:\r\n\r\nhello'],
  ['response', 'no reason', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n'],
  [
    'response',
    'interim answers and chunks',
    'HTTP/1.1 103 Early\r\nLink: <a>\r\n\r\nHTTP/1.1 200 Fine so\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nT: 1\r\n\r\n',
  ],
  [
    'response',
    'answers without bodies',
    'HTTP/1.1 204 None\r\n\r\nHTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
  ],
  ['response', 'until the end', 'HTTP/1.1 200 OK\r\n\r\nall of it'],
]

function readAll(type: 'request' | 'response', pieces: readonly string[]): unknown[] {
  const parser = new HttpParser(type)
  const read: unknown[] = []
  let body = ''
  for (const piece of pieces) {
    for (let rest = Buffer.from(piece, 'latin1'), moved = true; moved; ) {
      const reading = parser.read(rest)
      if (reading.error !== null) throw new Error(reading.error)
      if (reading.head !== null) read.push({ ...reading.head, headers: [...reading.head.headers] })
      body += Buffer.concat(reading.body).toString('latin1')
      if (reading.ended) {
        read.push(body)
        body = ''
      }
      rest = rest.subarray(reading.consumed)
      moved = rest.length > 0
    }
  }
  read.push(parser.read(Buffer.alloc(0)).ended, parser.finish(), body)
  parser.close()
  return read
}

test.each(messages)('%s, %s: cut anywhere, twice, or byte by byte', (type, _, text) => {
  const whole = readAll(type, [text])

  expect(whole.length).toBeGreaterThan(3)
  // An empty body may end in a call of its own: then the end is told there.
  const comparable = (read: readonly unknown[]) => JSON.stringify(read)
  expect(comparable(readAll(type, [...text]))).toBe(comparable(whole))
  for (let first = 0; first <= text.length; first++) {
    expect(comparable(readAll(type, [text.slice(0, first), text.slice(first)]))).toBe(comparable(whole))
    for (let second = first + 1; second <= text.length; second += 7)
      expect(comparable(readAll(type, [text.slice(0, first), text.slice(first, second), text.slice(second)]))).toBe(
        comparable(whole),
      )
  }
})
