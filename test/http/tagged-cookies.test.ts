import { describe, expect, test } from 'vitest'
import { createTaggedCookies } from '../../src/http/tagged-cookies.ts'
import { createOwnCookies } from '../../src/proxy/own-cookies.ts'

const cookies = createTaggedCookies({ secure: true, family: 'saml' })
const name = '__Host-sekisho-saml-AAAAAAAAAAA'

describe('reading', () => {
  test.each([
    ['one among others', `a=1; ${name}=abc; b=2`, ['abc']],
    ['twice with one name', `${name}=abc; ${name}=def`, []],
    ['twice, one of them unreadable', `${name}=abc; ${name}="def"`, []],
    ['with a tag that is too short', '__Host-sekisho-saml-AAAA=abc', []],
    ['with a tag of other letters', '__Host-sekisho-saml-AAAAAAAAA.A=abc', []],
    ['without the prefix', 'sekisho-saml-AAAAAAAAAAA=abc', []],
    ['too long', `${name}=${'a'.repeat(3_801)}`, []],
    ['empty', `${name}=`, []],
  ])('%s', (_, line, expected) => {
    expect(cookies.read(['Cookie', line]).map(({ value }) => value)).toEqual(expected)
  })
})

describe('writing', () => {
  test('travels with a form of another site, over TLS alone, and to no script', () => {
    expect(cookies.write('AAAAAAAAAAA', 'abc', 600)).toBe(
      `${name}=abc; Path=/; Max-Age=600; HttpOnly; SameSite=None; Secure`,
    )
    expect(cookies.clear('AAAAAAAAAAA')).toBe(`${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=None; Secure`)
  })

  test('nothing that could add an attribute', () => {
    for (const value of ['a; Domain=evil.test', 'a\r\nb', '', 'a'.repeat(3_801)])
      expect(() => cookies.write('AAAAAAAAAAA', value, 600)).toThrow()
    expect(() => cookies.write('A=B; C', 'abc', 600)).toThrow()
  })
})

test('an application sees none of them', () => {
  const own = createOwnCookies(['__Host-sekisho'])
  expect(own.strip(`a=1; ${name}=abc`)).toBe('a=1')
  expect(own.isSet(`${name}=abc; Path=/`)).toBe(true)
})
