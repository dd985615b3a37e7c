import { expect, test } from 'vitest'
import { chooseLanguage } from '../../src/http/language.ts'

test.each([
  ['ja', undefined, 'ja'],
  ['ja-JP,ja;q=0.9,en;q=0.8', undefined, 'ja'],
  ['en-GB,en;q=0.9,ja;q=0.95', undefined, 'en'],
  ['fr, ja;q=0.3', undefined, 'ja'],
  ['fr', undefined, 'en'],
  ['ja;q=0, en;q=0.1', undefined, 'en'],
  ['*', undefined, 'en'],
  ['', undefined, 'en'],
  ['garbage;;q=zz,,ja', undefined, 'ja'],
  ['en', 'ja', 'ja'],
  ['ja', 'xx', 'ja'],
])('Accept-Language "%s" with the choice %s is answered in %s', (field, chosen, expected) => {
  expect(chooseLanguage(['Accept-Language', field], chosen, ['en', 'ja'])).toBe(expected)
})

test('a list without end costs no more than its beginning', () => {
  expect(chooseLanguage(['Accept-Language', `${'x,'.repeat(100_000)}ja`], undefined, ['en', 'ja'])).toBe('en')
})
