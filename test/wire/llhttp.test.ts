import { describe, expect, test } from 'vitest'
import { HttpParser, type ParsedHead } from '../../src/wire/llhttp.ts'

/** What a parser reads from these pieces, one after the other: heads, bodies as text, the end, the error. */
function readAll(type: 'request' | 'response', pieces: readonly Buffer[]): readonly unknown[] {
  const parser = new HttpParser(type)
  const told: unknown[] = []
  let body = ''
  for (const piece of pieces) {
    for (let rest = piece; ; ) {
      const reading = parser.read(rest)
      if (reading.head !== null) told.push(plain(reading.head))
      body += Buffer.concat(reading.body).toString('latin1')
      if (reading.ended) {
        told.push({ body })
        body = ''
      }
      if (reading.error !== null) return [...told, reading.error]
      rest = rest.subarray(reading.consumed)
      // The end of a message without a body may want a call of its own.
      if (rest.length === 0 && reading.head === null) break
    }
  }
  parser.close()
  return told
}

function plain({ method, target, status, version, headers, keepAlive }: ParsedHead) {
  return { method, target, status, version, headers, keepAlive }
}

const messages: readonly (readonly ['request' | 'response', string, string])[] = [
  [
    'request',
    'empty values, and two requests',
    'GET /a HTTP/1.1\r\nHost: a\r\nA:\r\nB: 1\r\nC: \r\nD:\r\n\r\nGET /b HTTP/1.0\r\n\r\n',
  ],
  ['request', 'a length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n'],
  ['request', 'a length of nothing', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nGET / HTTP/1.1\r\n\r\n'],
  [
    'request',
    'chunks with trailers',
    'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\nGET / HTTP/1.1\r\n\r\n',
  ],
  [
    'request',
    'a wish to switch that is not granted',
    'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nGET /b HTTP/1.1\r\n\r\n',
  ],
  ['request', 'a bad chunk', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabX'],
  ['request', 'two lengths', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  [
    'response',
    'an interim one before',
    'HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 204 No\r\n\r\n',
  ],
  ['response', 'a switch of protocols', 'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
  [
    'response',
    'a length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
]

describe('what is read does not depend on how it arrives', () => {
  test.each(messages)('%s: %s, split at every byte', (type, _, text) => {
    const bytes = Buffer.from(text, 'latin1')
    const whole = readAll(type, [bytes])

    for (let at = 1; at < bytes.length; at++)
      expect(JSON.stringify(readAll(type, [bytes.subarray(0, at), bytes.subarray(at)]))).toBe(JSON.stringify(whole))
  })

  test.each(messages)('%s: %s, byte by byte', (type, _, text) => {
    const bytes = Buffer.from(text, 'latin1')

    const single = readAll(
      type,
      Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1)),
    )

    expect(single).toEqual(readAll(type, [bytes]))
  })
})

test('fields over the bound are refused, those of trailers too', () => {
  for (const text of [
    `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(2000)}\r\n\r\n`,
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${'T: 1\r\n'.repeat(500)}\r\n`,
  ]) {
    const parser = new HttpParser('response')
    parser.fieldBytesMax = 1000
    let rest = Buffer.from(text)
    let error: string | null = null
    while (rest.length > 0 && error === null) {
      const reading = parser.read(rest)
      rest = rest.subarray(reading.consumed)
      error = reading.error
    }
    expect(error).toBe('HPE_USER')
    parser.close()
  }
})

describe('a trailer says nothing about the message behind it', () => {
  for (const trailer of [
    'X: y',
    'Connection: close',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: x',
    'Upgrade: x',
  ])
    test(trailer, () => {
      const first = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n${trailer}\r\n\r\n`
      const second = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

      for (const cut of [first.length, 40, first.length - 3]) {
        const bytes = Buffer.from(first + second, 'latin1')
        const told = readAll('response', [bytes.subarray(0, cut), bytes.subarray(cut)])
        expect(told.at(-1)).toEqual({ body: 'ok' })
      }
    })
})
