import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseEmail } from '../../src/people/email.ts'

interface Case {
  readonly id: string
  readonly kind: 'pair' | 'single'
  readonly expect: string
  readonly why: string
  readonly a?: string
  readonly b?: string
  readonly value?: unknown
}

const file = new URL('../cases/shared/email-identity.shared.json', import.meta.url)
const cases: readonly Case[] = JSON.parse(readFileSync(file, 'utf8')).cases
const keyOf = (text: unknown) => parseEmail(text)?.key ?? null

describe('the shared cases of e-mail identity', () => {
  test.each(cases.filter(one => one.kind === 'pair'))('$id $expect: $why', one => {
    const [a, b] = [keyOf(one.a), keyOf(one.b)]
    expect(a).not.toBeNull()
    if (one.expect === 'same-account') expect(b).toBe(a)
    if (one.expect === 'different-accounts') expect(b).not.toBe(a)
    if (one.expect === 'second-refused') expect(b).toBeNull()
  })

  test.each(cases.filter(one => one.kind === 'single'))('$id $expect: $why', one => {
    const key = keyOf(one.value)
    if (one.expect === 'accepted' || one.expect === 'mail-goes-to-stored-spelling') expect(key).not.toBeNull()
    else expect(key).toBeNull()
  })
})

describe('one account is one canonical address', () => {
  test.each([
    ['letter case of A-Z', 'Alice@EXAMPLE.com', 'alice@example.com'],
    ['outer tabs and spaces', '\t alice@example.com \t', 'alice@example.com'],
    ['a domain in its own letters and in A-labels', 'alice@bücher.example', 'alice@xn--bcher-kva.example'],
    ['a Japanese domain', 'alice@例え.jp', 'alice@xn--r8jz45g.jp'],
    ['an A-label in capitals', 'alice@XN--BCHER-KVA.example', 'alice@xn--bcher-kva.example'],
  ])('%s', (_what, text, key) => {
    expect(keyOf(text)).toBe(key)
  })

  test('what its owner wrote is kept for mail, outer space aside', () => {
    expect(parseEmail(' O.Brien+x@Example.COM ')?.email).toBe('O.Brien+x@Example.COM')
  })

  test.each([
    ['ß is a letter of its own since IDNA 2008', 'a@faß.example', 'a@fass.example'],
    ['plus tags', 'a+b@example.com', 'a@example.com'],
    ['dots in the local part', 'a.b@gmail.com', 'ab@gmail.com'],
  ])('%s: two accounts', (_what, one, other) => {
    expect(keyOf(one)).not.toBeNull()
    expect(keyOf(one)).not.toBe(keyOf(other))
  })
})

describe('what could pass for another address is refused', () => {
  test.each([
    ['full-width letters in the domain', 'a@ｅｘａｍｐｌｅ.com'],
    ['an ideographic full stop', 'a@example。com'],
    ['a soft hyphen in the domain', 'a@exam\u00adple.com'],
    ['a zero-width space in the domain', 'a@exam\u200bple.com'],
    ['a zero-width joiner in the domain', 'a@exam\u200dple.com'],
    ['the Kelvin sign in the domain', 'a@\u212aexample.com'],
    ['a decomposed letter', 'a@bu\u0308cher.example'],
    ['a capital that only a mapping lowers', 'a@BÜCHER.example'],
    ['Latin mixed with Cyrillic', 'a@ex\u0430mple.com'],
    ['Latin mixed with Greek', 'a@examplε.com'],
    ['Cyrillic look-alikes only', 'a@аррӏе.com'],
    ['the same as an A-label', 'a@xn--80ak6aa92e.com'],
    ['a dotless i outside Turkish', 'a@gıthub.com'],
    ['a script g', 'a@ɡithub.com'],
    ['i with a dot as a mark of its own', 'a@mi\u0307ke.com'],
    ['an A-label that is none', 'a@xn--a.com'],
    ['percent-encoding', 'a@ex%61mple.com'],
    ['a no-break space around', '\u00a0alice@example.com'],
    ['a form feed around', '\falice@example.com'],
  ])('%s', (_what, text) => {
    expect(keyOf(text)).toBeNull()
  })

  test.each([
    ['a second address behind the first', 'a@example.com@evil.test'],
    ['a trailing dot', 'a@example.com.'],
    ['an underscore in the domain', 'a@ex_ample.com'],
    ['a port', 'a@example.com:25'],
    ['a path', 'a@example.com/x'],
    ['an IPv4 address', 'a@192.0.2.1'],
    ['an address in hexadecimal', 'a@0x7f.0.0.1'],
    ['a reserved label', 'a@ab--cd.com'],
    ['a label of 64', `a@${'a'.repeat(64)}.com`],
    ['a local part of 65', `${'a'.repeat(65)}@example.com`],
    ['255 bytes', `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(59)}.jp`],
    ['a quoted local part', '"a b"@example.com'],
    ['a comment', 'a(b)@example.com'],
    ['a leading dot', '.a@example.com'],
    ['a double dot', 'a..b@example.com'],
    ['NUL', 'a\0@example.com'],
    ['a megabyte', `${'a'.repeat(1_000_000)}@example.com`],
  ])('%s', (_what, text) => {
    expect(keyOf(text)).toBeNull()
  })

  test.each([undefined, null, 7, true, ['a@example.com'], { email: 'a@example.com' }, Object('a@example.com')])(
    'a value that is no text: %j',
    value => {
      expect(keyOf(value)).toBeNull()
    },
  )

  test('a dotless i where it is a letter of the language is an address', () => {
    expect(keyOf('a@ışık.com.tr')).not.toBeNull()
  })

  test('254 bytes are the most', () => {
    expect(keyOf(`${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(58)}.jp`)).not.toBeNull()
  })
})
