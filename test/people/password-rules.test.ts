import { describe, expect, test } from 'vitest'
import { judgePassword, type PasswordProblem } from '../../src/people/password-rules.ts'

const words = [
  'alice.tanaka@example.com',
  'alice.tanaka',
  'example',
  'Alice Tanaka',
  'alice',
  'tanaka',
  'Northwind',
  '田中',
  'Sekisho',
]
const judge = (password: string, hasFactor = false) => judgePassword(password, { hasFactor, words })

describe('what is accepted', () => {
  test.each([
    ['fifteen letters of one kind', 'plumorbitladder'],
    ['a phrase with spaces', 'plum orbit ladder 92'],
    ['a leading and a trailing space', '  plum orbit ladder  '],
    ['a Japanese phrase', '朝ごはんにみそ汁と焼き魚を食べる日'],
    ['a phrase whose words come twice', 'quiet harbour, quiet harbour lamps'],
    ['64 random characters', 'kq3V9zPf2mXw7RbT4nLc8YdH5sJg6AeU1tKiOoQpBvNxMyZrWhDjFlGaScEu0-_'],
    ['256 characters', 'plum orbit ladder '.repeat(15).slice(0, 256)],
    ['a phrase that holds the name beside enough else', 'tanaka plum orbit ladder'],
    ['emoji', '🦊🐟🚲🌋🎻🧵🪁🥝🗝️🐢🌵🛶🎲🍋🧊🪴'],
  ])('%s', (_what, password) => {
    expect(judge(password)).toEqual([])
  })

  test('eight characters, for an account with a second factor', () => {
    expect(judge('plum-o7x', true)).toEqual([])
    expect(judge('plum-o7x')).toEqual(['too_short'])
  })
})

describe('what is refused, and why', () => {
  test.each<[string, string, PasswordProblem]>([
    ['fourteen characters', 'plumorbitladde', 'too_short'],
    ['fourteen characters of two units each', '𠮷野家🦊🐟🚲🌋🎻🧵🪁🥝🐢🌵', 'too_short'],
    ['fifteen decomposed units that are fewer letters', 'e\u0301a\u0301i\u0301o\u0301u\u0301y\u0301abc', 'too_short'],
    ['257 characters', 'plum orbit ladder '.repeat(15).slice(0, 257), 'too_long'],
    ['more than 1 KiB', '𠮷'.repeat(257), 'too_long'],
    ['half of a surrogate pair', 'plum orbit ladder \ud842', 'not_text'],
    ['one letter', 'a'.repeat(30), 'repeated'],
    ['a short piece over and over', 'abcabcabcabcabcabc', 'repeated'],
    ['a word over and over', 'ladderladderladder', 'repeated'],
    ['the e-mail', 'alice.tanaka@example.com', 'contains_words'],
    ['the e-mail in capitals with a bit of more', 'ALICE.TANAKA@EXAMPLE.COM1!', 'contains_words'],
    ['the name in leet', '4l1c3-t4n4k4-99', 'contains_words'],
    ['the name in full width', 'ａｌｉｃｅｔａｎａｋａ２０２４', 'contains_words'],
    ['a Japanese name over and over among digits', '田中1田中2田中3田中4田中5', 'contains_words'],
    ['the organization and the product', 'northwind-sekisho', 'contains_words'],
    ['the most common one, twice', 'passwordpassword', 'common'],
    ['the most common one in leet', 'P4$$w0rdP@ssw0rd!', 'common'],
    ['a common Japanese one', 'パスワードひみつ秘密暗証番号2024', 'common'],
    ['a phrase that everybody knows', 'CorrectHorseBatteryStaple', 'common'],
    ['the alphabet', 'abcdefghijklmnopqr', 'sequence'],
    ['digits downwards', '9876543210 98765', 'sequence'],
    ['rows of the keyboard', 'qwertyuiopasdfgh', 'sequence'],
    ['rows of the kana table', 'あいうえおかきくけこさしすせそ', 'sequence'],
    ['the iroha', 'いろはにほへとちりぬるをわかよたれそ', 'sequence'],
    ['a common one with digits behind', 'letmein123456789', 'sequence'],
  ])('%s', (_what, password, problem) => {
    expect(judge(password)).toEqual([problem])
  })
})

test('a hostile text of a megabyte is refused at once', () => {
  const start = performance.now()
  expect(judge('a'.repeat(1_000_000))).toEqual(['too_long'])
  expect(judge('abcd'.repeat(64))).toEqual(['repeated'])
  expect(performance.now() - start).toBeLessThan(500)
})
