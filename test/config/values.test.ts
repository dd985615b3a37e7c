import { describe, expect, test } from 'vitest'
import type * as z from 'zod'
import { nearest } from '../../src/config/nearest.ts'
import {
  duration,
  durationOrNever,
  emailAddress,
  hostName,
  hostPattern,
  origin,
  readRate,
  size,
  slug,
} from '../../src/config/values.ts'

describe('small values', () => {
  test.each([
    ['1ms', 1],
    ['250ms', 250],
    ['30s', 30_000],
    ['10m', 600_000],
    ['24h', 86_400_000],
    ['30d', 2_592_000_000],
  ])('the duration %s is %d milliseconds', (text, ms) => {
    expect(read(duration('1ms', '365d'), text)).toBe(ms)
  })

  test.each(['', '0s', '-1s', '1.5h', '1 h', '1H', '1w', 'h', '1h30m', '01s', '٣s', '9999999999s', '1s\n'])(
    '%j is no duration',
    text => {
      expect(read(duration('1ms', '365d'), text)).toBeUndefined()
    },
  )

  test('a duration stays within its bounds', () => {
    expect(read(duration('1m', '90d'), '59s')).toBeUndefined()
    expect(read(duration('1m', '90d'), '91d')).toBeUndefined()
    expect([read(durationOrNever('1h'), 'never'), read(durationOrNever('1h'), '61m')]).toEqual([0, undefined])
  })

  test.each([
    ['512B', 512],
    ['16KiB', 16_384],
    ['100MiB', 104_857_600],
    ['1GiB', 1_073_741_824],
    ['65GiB', undefined],
    ['1kb', undefined],
    ['1 KiB', undefined],
    ['0B', undefined],
  ])('the size %s is %s bytes', (text, bytes) => {
    expect(read(size('64GiB'), text)).toBe(bytes)
  })

  test.each([
    ['600/1m', { count: 600, windowMs: 60_000 }],
    ['20/1h', { count: 20, windowMs: 3_600_000 }],
    ['600', null],
    ['600/m', null],
    ['0/1m', null],
    ['600 / 1m', null],
    ['1/1m/1m', null],
  ])('the rate %s is read', (text, rate) => {
    expect(readRate(text)).toEqual(rate)
  })

  test.each(['chat.example.com', 'localhost', 'a', 'auth.localhost', 'xn--fsq.example', '127.0.0.1'])(
    '%s is a host',
    text => {
      expect(read(hostName, text)).toBe(text)
    },
  )

  test.each([
    '',
    'Chat.example.com',
    'a..b',
    '.a',
    'a.',
    '-a.b',
    'a-.b',
    'a_b',
    'a:80',
    'http://a',
    '*.a',
    'a b',
    'é.com',
    `${'a'.repeat(64)}.b`,
    'a.'.repeat(130),
  ])('%j is no host', text => {
    expect(read(hostName, text)).toBeUndefined()
  })

  test('a wildcard stands at the front and alone', () => {
    expect(read(hostPattern, '*.example.com')).toBe('*.example.com')
    for (const text of ['*', '*.', '**.a', '*a.b', 'a.*', '*.*.a']) expect(read(hostPattern, text)).toBeUndefined()
  })

  test.each(['https://auth.example.com', 'http://localhost:8080', 'https://a.example.com:8443'])(
    '%s is an origin',
    text => {
      expect(read(origin, text)).toBe(text)
    },
  )

  test.each([
    'https://a/',
    'https://a?x',
    'https://a#x',
    'https://A',
    'https://a:443',
    'http://a:80',
    'ftp://a',
    'null',
    'https://',
    '//a',
    'https://a_b',
    'https:\\\\a',
    'https://a b',
    'https://user@a',
  ])('%j is no origin', text => {
    expect(read(origin, text)).toBeUndefined()
  })

  test('an address of one mailbox, and no trick with two', () => {
    expect(read(emailAddress, 'a.b+c@example.com')).toBe('a.b+c@example.com')
    for (const text of ['a', '@a', 'a@', 'a@b@c', '"a@b"@c', 'a@b, c@d', 'a b@c', 'a@b\nbcc: x@y', '<a@b>'])
      expect(read(emailAddress, text)).toBeUndefined()
  })

  test('a slug is part of addresses', () => {
    expect(read(slug, 'a-1')).toBe('a-1')
    for (const text of ['', '-a', 'a-', 'A', 'a_b', 'a/b', 'a'.repeat(64)]) expect(read(slug, text)).toBeUndefined()
  })
})

describe('the word that was meant', () => {
  test.each([
    ['sesions', 'sessions'],
    ['Portal', 'portal'],
    ['limts', 'limits'],
    ['lmiits', 'limits'],
    ['prtal', 'portal'],
    ['banana', null],
    ['', null],
    ['x'.repeat(100_000), null],
  ])('%.20s -> %s', (word, meant) => {
    expect(nearest(word, ['sessions', 'portal', 'limits', 'listen'])).toBe(meant)
  })

  test('is not looked for where there is none', () => {
    expect(nearest('a', [])).toBeNull()
  })
})

function read(schema: z.ZodType, text: string): unknown {
  return schema.safeParse(text).data
}
