import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createReturnTo } from '../../src/http/return-to.ts'

const returnTo = createReturnTo({ ownOrigin: 'https://auth.example.com', listedOrigins: ['https://chat.example.com'] })

test.each([
  ['/', '/'],
  ['/a?b=c#d', '/a?b=c#d'],
  ['/a/../b', '/b'],
  ['https://chat.example.com/x', 'https://chat.example.com/x'],
  ['HTTPS://CHAT.example.com/x', 'https://chat.example.com/x'],
  ['https://auth.example.com/account', '/account'],
])('%s is followed as %s', (value, expected) => {
  expect(returnTo.parse(value)).toBe(expected)
})

test.each([
  undefined,
  '',
  'account',
  '//evil.test',
  '/\\evil.test',
  '/.//evil.test',
  '/a/..//evil.test',
  '/\t/evil.test',
  '/\n/evil.test',
  ' /a',
  'https://chat.example.com@evil.test/',
  'https://chat.example.com.evil.test/',
  'https://user@chat.example.com/',
  'http://chat.example.com/',
  'https://chat.example.com:444/',
  'https:/\\evil.test',
  'https:evil.test',
  'javascript:alert(1)',
  `/${'a'.repeat(3_000)}`,
])('%j is not followed', value => {
  expect(returnTo.parse(value)).toBeNull()
})

test('whatever comes, a browser that follows the answer stays on a listed origin', () => {
  const pieces = fc.constantFrom(
    '/',
    '\\',
    '//',
    '.',
    '..',
    '@',
    ':',
    '?',
    '#',
    '%2f',
    'https:',
    'evil.test',
    'chat.example.com',
    '\t',
    ' ',
    '[',
    '日',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 8 }), parts => {
      const location = returnTo.parse(parts.join(''))
      if (location === null) return
      expect(['https://auth.example.com', 'https://chat.example.com']).toContain(
        new URL(location, 'https://auth.example.com/sign-in').origin,
      )
      expect(location).toMatch(/^[\x21-\x7e]+$/)
    }),
    { numRuns: 5_000 },
  )
})
