import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createListedOrigins } from '../../src/http/listed-origins.ts'
import { createReturnTo } from '../../src/http/return-to.ts'

const listedOrigins = ['https://chat.example.com', 'https://*.apps.example.com', 'http://*.localhost:8080']
const listed = createListedOrigins(listedOrigins)
const returnTo = createReturnTo({ ownOrigin: 'https://auth.example.com', listedOrigins })

describe('a wildcard lists hosts that are one label longer', () => {
  test.each([
    'https://one.apps.example.com/x',
    'https://xn--wgv71a.apps.example.com/',
    'https://a.apps.example.com/',
    'https://ONE.apps.example.com/',
    'http://app.localhost:8080/',
    // The parser that browsers use reads it as the portless form.
    'https://one.apps.example.com:443/',
  ])('%s', address => {
    expect(returnTo.parse(address)).toBe(new URL(address).href)
  })

  test.each([
    'https://apps.example.com/',
    'https://.apps.example.com/',
    'https://one.two.apps.example.com/',
    'https://one.apps.example.com./',
    'https://oneapps.example.com/',
    'https://one.apps.example.com.evil.test/',
    'https://evil.test/.apps.example.com',
    'https://evil.test#.apps.example.com',
    'https://evil.test?.apps.example.com',
    'https://evil.test%2f.apps.example.com/',
    'https://one@apps.example.com/',
    'https://*.apps.example.com/',
    'https://one_two.apps.example.com/',
    'https://-one.apps.example.com/',
    'https://one-.apps.example.com/',
    `https://${'a'.repeat(64)}.apps.example.com/`,
    'http://one.apps.example.com/',
    'https://one.apps.example.com:8443/',
    'http://app.localhost/',
    'http://app.localhost:8081/',
    'https://app.localhost:8080/',
    '//one.apps.example.com/',
  ])('and not %s', address => {
    expect(returnTo.parse(address)).toBeNull()
  })

  test('whatever stands in front, a browser that follows the answer stays below the listed name', () => {
    const pieces = fc.constantFrom(
      '.',
      '..',
      '/',
      '\\',
      '@',
      ':',
      '#',
      '?',
      '%2e',
      '%00',
      'evil.test',
      'a',
      '日',
      '-',
      '*',
      '[',
      '。',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 6 }), parts => {
        const parsed = returnTo.parse(`https://${parts.join('')}.apps.example.com/`)
        if (parsed === null) return
        const { origin } = new URL(parsed)
        expect(origin).toMatch(/^https:\/\/[a-z0-9-]+\.apps\.example\.com$/)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the origin of a host that was asked for', () => {
  test.each([
    ['chat.example.com', 'https://chat.example.com'],
    ['chat.example.com:4711', 'https://chat.example.com'],
    ['one.apps.example.com', 'https://one.apps.example.com'],
    ['one.apps.example.com:4711', 'https://one.apps.example.com'],
    ['app.localhost:9999', 'http://app.localhost:8080'],
    ['apps.example.com', undefined],
    ['one.two.apps.example.com', undefined],
    ['evil.test', undefined],
    ['a/b.apps.example.com', undefined],
  ])('%s is %s: of the request only the label is taken', (authority, origin) => {
    expect(listed.ofHost({ host: authority.split(':')[0] ?? '', authority })).toBe(origin)
  })

  test('a host that is named goes before the wildcard that holds it', () => {
    const both = createListedOrigins(['https://*.example.com', 'https://chat.example.com:8443'])

    expect(both.ofHost({ host: 'chat.example.com', authority: 'chat.example.com' })).toBe(
      'https://chat.example.com:8443',
    )
  })
})
