import { describe, expect, test } from 'vitest'
import { judgeResponse } from '../../src/sso/judge-response.ts'
import { readResponse } from '../../src/sso/read-response.ts'
import { createXmlPool } from '../../src/sso/xml-pool.ts'
import { encode, makeProvider, questionOf, signedResponse } from '../support/saml-messages.ts'
import { createTestClock } from '../support/test-clock.ts'

// Cost is bounded by what a message may hold: what could cost more than its length is counted and refused before it is worked on.

const provider = makeProvider()
const genuine = signedResponse(provider, { sign: 'both' })
const holding = (more: string) =>
  genuine.replace('<samlp:Status>', () => `<samlp:Extensions>${more}</samlp:Extensions><samlp:Status>`)
const cause = (xml: string) => {
  const reading = readResponse(questionOf(encode(xml), provider))
  return reading.kind === 'refused' ? reading.cause : reading.kind
}
const list = (length: number, each: (index: number) => string) =>
  Array.from({ length }, (_, index) => each(index)).join('')
const nested = (depth: number, inner = '') => '<e>'.repeat(depth) + inner + '</e>'.repeat(depth)

describe('is refused for its size', () => {
  test.each([
    ['200,000 characters of text', holding('x'.repeat(200_000))],
    ['3,000 elements', holding('<e/>'.repeat(3_000))],
    ['190,000 opening brackets', '<'.repeat(190_000)],
    ['50 elements in each other', holding(nested(50))],
    ['3,000 elements in each other', holding(nested(3_000))],
    ['33 attributes of one element', holding(`<e${list(33, i => ` a${i}=""`)}/>`)],
    ['6,000 attributes of many', holding(list(300, () => `<e${list(20, i => ` a${i}=""`)}/>`))],
    ['100,000 attributes', `<e${list(16_000, i => ` a${i}=""`)}/>`],
    ['50 namespaces of one element', holding(`<e${list(50, i => ` xmlns:n${i}="urn:${i}"`)}/>`)],
    [
      'a namespace more for each of 48 elements in each other',
      holding(list(46, i => `<e xmlns:n${i}="urn:${i}" xmlns:m${i}="urn:${i}">`) + '</e>'.repeat(46)),
    ],
    [
      '3,000 transforms',
      genuine.replace(/<ds:Transform .*?(?=<\/ds:Transforms>)/s, '<ds:Transform Algorithm="x"/>'.repeat(3_000)),
    ],
    [
      '3,000 references',
      genuine.replace(/<ds:Reference .*?<\/ds:Reference>/s, '<ds:Reference URI="#x"/>'.repeat(3_000)),
    ],
  ])('a message with %s', (_, xml) => expect(['too_large', 'unreadable']).toContain(cause(xml)))

  test('a message of more characters than 256 Ki is not even decoded', () => {
    const reading = readResponse(questionOf('A'.repeat(256 * 1024 + 4), provider))
    expect(reading).toMatchObject({ cause: 'too_large', detail: expect.stringContaining('characters') })
  })
})

test('eight hundred groups are no attack', () => {
  const groups = Array.from({ length: 800 }, (_, i) => `g${i}`)
  const xml = signedResponse(provider, { attributes: { groups } })
  expect(cause(xml)).toBe('accepted')
})

test('no regular expression of ours goes back and forth: long texts are read in one go', () => {
  for (const text of [
    ' '.repeat(90_000),
    '\n'.repeat(90_000),
    '@'.repeat(90_000),
    'a@'.repeat(45_000),
    '=A'.repeat(45_000),
  ]) {
    expect(cause(signedResponse(provider, { nameId: `a${text}b` }))).toBe('name_id')
    expect(cause(genuine.replace(/(<ds:DigestValue>)[^<]+/, `$1${text}`))).not.toBe('accepted')
    expect(cause(genuine.replace(/(IssueInstant=")[^"]+/, `$1${text.replaceAll('\n', ' ')}`))).not.toBe('accepted')
  }
})

describe('in a thread', () => {
  test('a genuine message is read, a hostile one refused, and what it has is given back', async () => {
    await using pool = createXmlPool({ clock: createTestClock(), threads: 1 })
    const large = holding(`<e>${'&amp;'.repeat(25_000)}</e>`)
    for (let round = 0; round < 20; round++) {
      expect(await judgeResponse(pool, questionOf(encode(genuine), provider))).toMatchObject({ kind: 'accepted' })
      expect(await judgeResponse(pool, questionOf(encode(large), provider))).toMatchObject({ cause: 'signature_wrong' })
    }
  })

  test('attributes inherit nothing on the way out of it either', async () => {
    await using pool = createXmlPool({ clock: createTestClock() })
    const reading = await judgeResponse(pool, questionOf(encode(genuine), provider))
    expect(reading.kind === 'accepted' && reading.assertion.attributes['constructor']).toBe(undefined)
  })
})

test('who comes when too many wait, or when the work was given up, is refused like anybody else', async () => {
  const pool = createXmlPool({ clock: createTestClock() })
  await pool.close()
  expect(await judgeResponse(pool, questionOf('', provider))).toMatchObject({ kind: 'refused', cause: 'busy' })
  await using failing = createXmlPool({
    clock: createTestClock(),
    program: new URL('data:text/javascript,process.exit(1)'),
  })
  expect(await judgeResponse(failing, questionOf('', provider))).toMatchObject({ kind: 'refused', cause: 'unreadable' })
})
