import { expect, test } from 'vitest'
import { formatAgo, formatInstant, isoInstant } from '../../src/lib/instant.ts'

const at = Date.UTC(2026, 10, 22, 0, 50, 7, 900)
const minute = 60_000

test('programs read a moment in whole seconds of UTC', () => {
  expect(isoInstant(at)).toBe('2026-11-22T00:50:07Z')
})

test('people read a moment in their language, with the zone named', () => {
  expect(formatInstant(at, 'en')).toMatch(/^Nov 22, 2026, 12:50\sAM UTC$/)
  expect(formatInstant(at, 'ja')).toBe('2026年11月22日 0:50 UTC')
  expect(formatInstant(at, 'ja', 'Asia/Tokyo')).toContain('9:50')
})

test.each([
  [0, 'now', '今'],
  [59_000, 'now', '今'],
  [3 * minute, '3 minutes ago', '3 分前'],
  [59 * minute, '59 minutes ago', '59 分前'],
  [2 * 60 * minute, '2 hours ago', '2 時間前'],
  [24 * 60 * minute, 'yesterday', '昨日'],
  [40 * 24 * 60 * minute, 'last month', '先月'],
  [-5 * minute, 'now', '今'],
])('%i milliseconds ago are said in the coarsest unit that fits', (age, en, ja) => {
  expect(formatAgo(at - age, at, 'en')).toBe(en)
  expect(formatAgo(at - age, at, 'ja')).toBe(ja)
})
