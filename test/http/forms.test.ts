import { describe, expect, test } from 'vitest'
import { parseFields, readForm } from '../../src/http/forms.ts'
import { Fault } from '../../src/lib/fault.ts'

const codeOf = (act: () => unknown): string => {
  try {
    act()
  } catch (cause) {
    return cause instanceof Fault ? cause.code : 'other'
  }
  return 'none'
}

describe('fields', () => {
  test('are read once each, as text', () => {
    expect([...parseFields('email=a%2Bb%40x.example&password=+p+%E5%90%8D')]).toEqual([
      ['email', 'a+b@x.example'],
      ['password', ' p 名'],
    ])
  })

  test.each(['a=1&a=2', 'a=1&a=1', 'a[]=1', 'a%5B0%5D=1', 'A=1', '__proto__=1', '=1', 'a.b=1'])(
    '%s is refused',
    text => {
      expect(codeOf(() => parseFields(text))).toBe('invalid_input')
    },
  )

  test('named like properties of every object are just fields', () => {
    expect(parseFields('constructor=1').get('constructor')).toBe('1')
    expect(parseFields('').get('constructor')).toBeUndefined()
  })

  test('have a bound in number and length', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz'
    const many = Array.from({ length: 41 }, (_, i) => `${letters[i % 26]}_${i >= 26 ? 'x' : 'y'}=1`).join('&')
    expect(codeOf(() => parseFields(many))).toBe('body_too_large')
    expect(codeOf(() => parseFields(`a=${'x'.repeat(8_193)}`))).toBe('body_too_large')
  })
})

describe('a form', () => {
  const request = (type: string | null, body: string) =>
    new Request('http://x/', { method: 'POST', body, headers: type === null ? {} : { 'Content-Type': type } })

  test.each([
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded; charset=shift_jis',
  ])('sent as %s is not read', async type => {
    await expect(readForm(request(type, 'a=1'))).rejects.toMatchObject({ code: 'unsupported_media_type' })
  })

  test('sent as one is', async () => {
    expect((await readForm(request('application/x-www-form-urlencoded;charset=UTF-8', 'a=1'))).get('a')).toBe('1')
  })
})
