import { pickOne as pick, type Seeded } from '../support/seeded.ts'

// Bytes with something wrong in them, and the pieces that they come in. One character is one byte.

const bytes = [
  '\r\n',
  '\r',
  '\n',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '=',
  '"',
  '\x7f',
  '\xff',
  '0',
  '1',
  'g',
  '\r\n\r\n',
  '\x0b',
  '%',
]
const numbers = [
  '-1',
  '+5',
  '0x5',
  '05',
  '5 5',
  '5,5',
  '5, 5',
  '1e1',
  '99999999999999999999',
  '18446744073709551617',
  '',
  '5;',
  '٣',
]
const fields = [
  ...[
    'Content-Length: 3',
    'Content-Length: 5',
    'Content-Length : 5',
    'content_length: 5',
    'Content-Length:',
    'Content-Length: 5\r\n 1',
  ],
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: x',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding: identity',
  ],
  ...[
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding:\tchunked',
    'Transfer-Encoding: Chunked',
    'Transfer-Encoding:\x0bchunked',
  ],
  ...[
    'Transfer-Encoding : chunked',
    ' Transfer-Encoding: chunked',
    'Transfer-Encoding:',
    'Transfer-Encoding: chunked;q=1',
    'TE: trailers',
  ],
  ...[
    'Connection: close',
    'Connection: keep-alive',
    'Connection: content-length',
    'Connection: transfer-encoding',
    'Keep-Alive: timeout=5',
  ],
  ...[
    'Connection: Upgrade\r\nUpgrade: websocket',
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c',
    'Upgrade: websocket',
  ],
  ...[
    'Trailer: X-Auth-User',
    'X-Auth-User: admin',
    ' folded',
    '\tfolded',
    ': nameless',
    'no colon',
    'X-\0: 1',
    'X: \0',
    'X: \x01',
  ],
]
const onlyRequests = [
  'Host: evil.test',
  'Host: gw.test',
  'Expect: 100-continue',
  'Expect: x',
  'Expect: 100-continue, 100-continue',
]

/** One to three changes. Half of them are lines that say something about the framing: the others find what no list has. */
export function mutate(text: string, random: Seeded, isRequest: boolean): string {
  let changed = text
  for (let left = random.whole(1, 3); left > 0; left--) changed = change(changed, random, isRequest)
  return changed
}

function change(text: string, random: Seeded, isRequest: boolean): string {
  const at = random.whole(0, text.length)
  const to = Math.min(text.length, at + random.whole(1, 8))
  switch (random.whole(0, 9)) {
    case 0:
      return text.slice(0, at) + pick(random, bytes) + text.slice(at)
    case 1:
      return text.slice(0, at) + text.slice(to)
    case 2:
      return text.slice(0, to) + text.slice(at)
    case 3:
      return text.slice(0, at) + String.fromCharCode(random.whole(0, 255)) + text.slice(at + 1)
    case 4:
      return replaceSome(text, /[0-9]+/g, () => pick(random, numbers), random)
    case 5:
      return replaceSome(
        text,
        /\r\n/g,
        () => pick(random, ['\n', '\r', '\r\r\n', ' \r\n', '\r\n ', '\r\n\r\n', '']),
        random,
      )
    default: {
      const line = pick(random, isRequest ? [...fields, ...onlyRequests] : fields)
      return replaceSome(text, /\r\n/g, () => `\r\n${line}\r\n`, random)
    }
  }
}

function replaceSome(text: string, pattern: RegExp, by: () => string, random: Seeded): string {
  const places = [...text.matchAll(pattern)]
  if (places.length === 0) return text
  const place = pick(random, places)
  return text.slice(0, place.index) + by() + text.slice(place.index + place[0].length)
}

/** All at once, in a few pieces, or byte by byte. */
export function piecesOf(text: string, random: Seeded): string[] {
  const manner = random.whole(0, 9)
  if (manner < 4) return [text]
  if (manner === 9 && text.length < 400) return [...text]
  const cuts = Array.from({ length: random.whole(1, 4) }, () => random.whole(0, text.length)).sort((a, b) => a - b)
  return [0, ...cuts].map((from, i) => text.slice(from, cuts[i])).filter(piece => piece !== '')
}
