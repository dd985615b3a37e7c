import { expect, test } from 'vitest'
import type { RequestHead } from '../../src/lib/request-head.ts'
import { countAutomationSigns } from '../../src/portal/automation-signs.ts'

const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.0 Mobile/15E148 Safari/604.1'
const html = 'text/html,application/xhtml+xml'

function signsOf(fields: Readonly<Record<string, string>>): number {
  const headers = Object.entries(fields).flat()
  return countAutomationSigns({ headers } as unknown as RequestHead) // because nothing but the headers is read
}

test.each<[string, Readonly<Record<string, string>>, number]>([
  [
    'a browser of today',
    { 'User-Agent': chrome, 'Accept-Language': 'ja', Accept: html, 'Sec-Fetch-Site': 'same-origin' },
    0,
  ],
  ['an old telephone', { 'user-agent': safari, 'accept-language': 'en', accept: html }, 1],
  ['curl', { 'User-Agent': 'curl/8.5.0', Accept: '*/*' }, 5],
  ['a library that says nothing', { Accept: '*/*' }, 4],
  [
    'a browser without a window',
    {
      'User-Agent': chrome.replace('Chrome/', 'HeadlessChrome/'),
      'Accept-Language': 'en',
      Accept: html,
      'Sec-Fetch-Mode': 'navigate',
    },
    1,
  ],
  ['a script in a browser’s clothes', { 'User-Agent': chrome, Accept: html }, 2],
])('%s bears that many signs of a program', (_, fields, count) => {
  expect(signsOf(fields)).toBe(count)
})

test('an endless agent costs no more than its first half kilobyte', () => {
  const agent = `${'python'.padStart(600, 'x ')}`

  expect(signsOf({ 'User-Agent': agent, 'Accept-Language': 'en', Accept: html, 'Sec-Fetch-Site': 'none' })).toBe(1)
})
