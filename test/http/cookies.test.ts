import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCookieJar, createCookieNames } from '../../src/http/cookies.ts'
import type { RequestHead } from '../../src/lib/request-head.ts'

const jar = createCookieJar({ secure: true })

describe('reading', () => {
  test.each([
    ['one of ours among others', 'a=1; __Host-sekisho=abc; b=2', 'abc'],
    ['twice', '__Host-sekisho=abc; __Host-sekisho=abc', undefined],
    ['twice with another value', '__Host-sekisho=abc; __Host-sekisho=def', undefined],
    ['empty', '__Host-sekisho=', undefined],
    ['quoted', '__Host-sekisho="abc"', undefined],
    ['with a percent sign', '__Host-sekisho=a%62c', undefined],
    ['in another case', '__host-sekisho=abc', undefined],
    ['without its prefix', 'sekisho=abc', undefined],
    ['behind a no-break space', '\u00a0__Host-sekisho=abc', undefined],
    ['too long', `__Host-sekisho=${'a'.repeat(257)}`, undefined],
    ['without a value', '__Host-sekisho', undefined],
    ['with spaces and tabs around', ' \t__Host-sekisho=abc \t', 'abc'],
  ])('a session cookie %s', (_, line, expected) => {
    expect(jar.read(['Host', 'x', 'Cookie', line]).session).toBe(expected)
  })

  test('sees two cookies of one name also when they come in two fields', () => {
    expect(jar.read(['Cookie', '__Host-sekisho=abc', 'cookie', '__Host-sekisho=def']).session).toBeUndefined()
    expect(jar.read(['Cookie', 'x=1', 'cookie', '__Host-sekisho=def']).session).toBe('def')
  })

  test('never throws and never yields what was not written by us, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        for (const value of Object.values(jar.read(['Cookie', text]))) expect(value).toMatch(/^[\w.-]{1,256}$/)
      }),
    )
  })
})

describe('writing', () => {
  test('names carry the host prefix where there is TLS, and only there', () => {
    expect(createCookieNames({ secure: true }).session).toBe('__Host-sekisho')
    expect(createCookieNames({ secure: false }).session).toBe('sekisho')
    expect(createCookieJar({ secure: false }).write('session', 'a', 60)).toBe(
      'sekisho=a; Path=/; Max-Age=60; HttpOnly; SameSite=Lax',
    )
  })

  test('a value that could add an attribute is not written', () => {
    for (const value of ['a; Domain=evil.test', 'a\r\nSet-Cookie: b=c', 'a b', '"a"', 'é'])
      expect(() => jar.write('session', value)).toThrow()
  })

  test('clearing takes the cookie away under the same name and path', () => {
    expect(jar.clear('session')).toBe('__Host-sekisho=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure')
  })
})

describe('the head as the browser will send it', () => {
  const head = (cookie: string) =>
    ({ headers: ['Host', 'x', 'Cookie', cookie, 'Accept', '*/*'] }) as unknown as RequestHead

  test('holds the new cookies in place of the old ones, and keeps the others', () => {
    const changed = jar.withCookies(head('a=1; __Host-sekisho=old; __Host-sekisho=twice'), { session: 'new' })
    expect(jar.read(changed.headers).session).toBe('new')
    expect(changed.headers.join(' ')).toContain('a=1')
    expect(changed.headers.slice(0, 4)).toEqual(['Host', 'x', 'Accept', '*/*'])
  })

  test('lacks those that are taken away', () => {
    expect(jar.read(jar.withCookies(head('__Host-sekisho=old'), { session: '' }).headers).session).toBeUndefined()
  })
})
