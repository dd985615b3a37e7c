import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/lib/address.ts'
import { leadingPage, navigationOf } from '../../src/lib/navigation.ts'
import type { RequestHead } from '../../src/lib/request-head.ts'

function head(method: string, fields: Record<string, string>): RequestHead {
  const address = parseAddress('192.0.2.1')
  if (address === null) throw new Error('the address cannot be read')
  return {
    method,
    target: '/',
    path: '/',
    host: 'app.test',
    authority: 'app.test',
    secure: true,
    headers: Object.entries(fields).flat(),
    client: { address, uncertain: false },
    bodyLength: 0,
    upgrade: undefined,
  }
}

const html = 'text/html,application/xhtml+xml,*/*;q=0.8'
const relayed = {
  'Sec-Fetch-Mode': 'same-origin',
  'Sec-Fetch-Dest': 'empty',
  'Upgrade-Insecure-Requests': '1',
  Accept: html,
}

describe('a person waits for a page', () => {
  test.each([
    ['when the browser says that it navigates', 'GET', { 'Sec-Fetch-Mode': 'navigate', Accept: html }, 'direct'],
    ['when a form is posted', 'POST', { 'Sec-Fetch-Mode': 'navigate', Accept: html }, 'direct'],
    ['when an older browser asks for HTML', 'GET', { Accept: html }, 'direct'],
    ['when a service worker asks in its stead', 'GET', relayed, 'relayed'],
    ['but not when a script fetches', 'GET', { 'Sec-Fetch-Mode': 'cors', Accept: '*/*' }, 'none'],
    ['but not when a script fetches HTML', 'GET', { ...relayed, 'Upgrade-Insecure-Requests': '0' }, 'none'],
    ['but not when a worker asks for an image', 'GET', { ...relayed, Accept: 'image/*' }, 'none'],
    ['but not when a worker posts', 'POST', relayed, 'none'],
    ['but not when an older library says who it is', 'GET', { Accept: html, 'X-Requested-With': 'x' }, 'none'],
    ['but not when a program asks for anything', 'GET', { Accept: '*/*' }, 'none'],
    ['but not when an older script posts', 'POST', { Accept: html }, 'none'],
  ] as const)('%s', (_when, method, fields, expected) => {
    expect(navigationOf(head(method, fields))).toBe(expected)
  })
})

test('a page that leads on carries its address as text, whatever it holds', () => {
  const page = leadingPage('/x"><script>alert(1)</script>')

  expect(page).not.toContain('<script>')
  expect(page).toContain('content="0;url=/x&#34;&#62;')
})
