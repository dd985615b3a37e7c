import { describe, expect, test } from 'vitest'
import { createOwnCookies } from '../../src/proxy/own-cookies.ts'
import { responseHeaders } from '../../src/proxy/response-headers.ts'

const cookies = createOwnCookies(['__Host-sekisho', '__Host-sekisho-attempt'])
const rules = { cookies, tokenFields: new Set(['x-auth-token']), pseudonym: 'sekisho' }

describe('what a backend may not say to the client', () => {
  test.each([
    ['X-Auth-Token', 'secret'],
    ['x_auth_user', 'alice'],
    ['X-Auth-Anything', '1'],
    ['Alt-Svc', 'h3=":443"'],
    ['Connection', 'close'],
    ['Keep-Alive', 'timeout=5'],
    ['Proxy-Authenticate', 'Basic'],
    ['Upgrade', 'h2c'],
    ['Trailer', 'X'],
    ['Clear-Site-Data', '"cookies"'],
  ])('%s: %s', (name, value) => {
    expect(pass([name, value])).toEqual([])
  })

  test('what its Connection names', () => {
    expect(pass(['Connection', 'X-Hop', 'X-Hop', '1', 'X-B', '2'])).toEqual(['X-B', '2'])
  })

  test('that all cookies of the site are to be cleared; the rest it may', () => {
    expect(pass(['Clear-Site-Data', '"cache", "cookies"'])).toEqual(['Clear-Site-Data', '"cache"'])
    expect(pass(['Clear-Site-Data', '"*"'])).toEqual(['Clear-Site-Data', '"cache", "storage", "executionContexts"'])
  })
})

describe('our cookies', () => {
  test.each([
    '__Host-sekisho=x; Path=/; Secure',
    '__Host-sekisho=; Max-Age=0',
    '__host-SEKISHO=x',
    'sekisho=x; Domain=gw.test',
    '__Secure-sekisho=x',
    '__Host-sekisho-attempt=x',
    'sekisho-anything=x',
    ' __Host-sekisho=x',
    '\u00a0__Host-sekisho=x',
    '__Host-sekisho =x',
    '=__Host-sekisho=x',
    '==sekisho=x',
    '__Host-sekisho',
    '%5f_Host-sekisho=x',
    '"__Host-sekisho"=x',
  ])('cannot be set by a backend as %j', value => {
    expect(pass(['Set-Cookie', value])).toEqual([])
  })

  test.each(['theme=dark', 'x=__Host-sekisho', 'mysekisho=1', '__Host-app=1'])('%j is the application’s own', value => {
    expect(pass(['Set-Cookie', value])).toEqual(['Set-Cookie', value])
  })

  test.each([
    ['__Host-sekisho=secret', null],
    ['a=1; __Host-sekisho=secret; b=2', 'a=1; b=2'],
    ['a=1;__Host-sekisho=secret', 'a=1'],
    ['__HOST-Sekisho=secret; a=1', 'a=1'],
    ['sekisho=secret; __Host-sekisho-attempt=secret', null],
    ['a=1; \u00a0__Host-sekisho=secret', 'a=1'],
    ['__Host-sekisho\u00a0=secret', null],
    ['a=1; =__Host-sekisho=secret; b=2', 'a=1; b=2'],
    ['a=1; __Host-sekisho; b', 'a=1'],
    ['a=1; b c=2; d\u0000=3; e=4', 'a=1; e=4'],
    ['a="x y"; b=c=d; \u0065=\u00e9', 'a="x y"; b=c=d; e=\u00e9'],
  ])('never go upstream: %j', (field, kept) => {
    expect(cookies.strip(field)).toBe(kept)
  })
})

describe('an answer that two readers could frame differently is none', () => {
  test.each([
    [['Content-Length', '2', 'Content-Length', '2']],
    [['Content-Length', '2, 2']],
    [['Content-Length', '-1']],
    [['Content-Length', '2', 'Transfer-Encoding', 'chunked']],
    [['Transfer-Encoding', 'gzip, chunked']],
    [['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked']],
    [['X-A', 'a\r\nSet-Cookie: evil=1']],
    [['X A', '1']],
  ])('%j', headers => {
    expect(() => pass(headers)).toThrow('upstream_broken')
  })

  test('a length is told, but not where no body can be', () => {
    expect(pass(['Content-Length', '2'])).toEqual(['Content-Length', '2'])
    expect(responseHeaders(['Content-Length', '2'], 204, rules)).toEqual([])
    expect(responseHeaders(['Link', '</a>', 'Content-Length', '2'], 103, rules)).toEqual(['Link', '</a>'])
  })
})

test('everything else goes through as it came', () => {
  const headers = [
    'Server',
    'x',
    'set-cookie',
    'a=1',
    'Set-Cookie',
    'b=2',
    'X-Frame-Options',
    'DENY',
    'ETag',
    '"\u00e9"',
  ]

  expect(pass(headers)).toEqual(headers)
})

function pass(headers: readonly string[]): string[] {
  return responseHeaders(headers, 200, rules)
}
