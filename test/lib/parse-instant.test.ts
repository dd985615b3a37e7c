import { expect, test } from 'vitest'
import { parseInstant } from '../../src/lib/instant.ts'

test.each([
  ['2026-12-01T00:00:00Z', Date.UTC(2026, 11, 1)],
  ['2026-12-01T09:00:00+09:00', Date.UTC(2026, 11, 1)],
  ['2026-12-01T00:30-05:30', Date.UTC(2026, 11, 1, 6)],
  ['2028-02-29T23:59:59Z', Date.UTC(2028, 1, 29, 23, 59, 59)],
  ['1970-01-01T00:00Z', 0],
])('the moment %s is read', (text, at) => {
  expect(parseInstant(text)).toBe(at)
})

test.each([
  '2026-02-30T00:00:00Z',
  '2026-02-29T00:00:00+09:00',
  '2026-13-01T00:00:00Z',
  '2026-12-01T24:00:00Z',
  '2026-12-01T00:60:00Z',
  '2026-12-01T00:00:00',
  '2026-12-01',
  '2026-12-01 00:00:00Z',
  '2026-12-01T00:00:00+99:00',
  '2026-12-01T00:00:00Z\n',
  'Tue, 01 Dec 2026 00:00:00 GMT',
  '1796083200000',
  '',
])('%j is no moment', text => {
  expect(parseInstant(text)).toBeNaN()
})
