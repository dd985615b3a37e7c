import { describe, expect, test } from 'vitest'
import { type Address, parseAddress } from '../../src/lib/address.ts'
import { compileNetworks, type Network, parseNetwork } from '../../src/lib/cidr.ts'
import type { RecordedRequest } from '../support/recording-upstream.ts'
import { everybodyBut } from './deny-list.ts'
import { forwardFailures } from './forwarded.ts'
import { changedIdentity, foldName } from './identity-fields.ts'
import { readForms } from './page.ts'
import { leavesOpenPaths } from './path-oracle.ts'
import { byteText, fillPlaceholders, sessionsWanted } from './placeholders.ts'
import { neighboursOf } from './rate-limit-neighbours.ts'
import { judge, readCaseFiles } from './suite.ts'

// The judges themselves: a harness that cannot see a hole proves nothing.

describe('placeholders', () => {
  const sessions = new Map([
    ['alice', { name: '__Host-sekisho', value: 'aaa' }],
    ['bob', { name: '__Host-sekisho', value: 'bbb' }],
  ])

  test.each([
    ['X: {{REPEAT 3 ab}}.', 'X: ababab.'],
    ['{{REPEAT 2 a b\r\n}}', 'a b\r\na b\r\n'],
    ['Cookie: {{SESSION}}', 'Cookie: __Host-sekisho=aaa'],
    ['Cookie: x={{SESSION}}; y=1', 'Cookie: x=aaa; y=1'],
    ['{{SESSION_NAME}}={{SESSION_VALUE:bob}}', '__Host-sekisho=bbb'],
  ])('%j becomes %j', (text, filled) => {
    expect(fillPlaceholders(text, sessions)).toBe(filled)
  })

  test('one that nobody knows fails its case instead of being sent', () => {
    expect(() => fillPlaceholders('{{MOON}}', sessions)).toThrow('nobody knows')
    expect(() => fillPlaceholders('{{SESSION:carol}}', sessions)).toThrow('no session')
  })

  test('characters that are no bytes go out as UTF-8, bytes as they are', () => {
    expect(byteText('\u00ff')).toBe('\u00ff')
    expect(Buffer.from(byteText('日'), 'latin1').toString('utf8')).toBe('日')
  })

  test('the people whose sessions a case needs are found in its text', () => {
    expect(sessionsWanted('{{SESSION}} {{SESSION:bob}} {{REPEAT 2 x}} {{SESSION_NAME}}')).toEqual(['alice', 'bob'])
  })
})

describe('the path oracle', () => {
  const open = { prefixes: ['/public/'], exact: ['/healthz'] }

  test.each(['/public/', '/public/a.css?x=/../admin', '/healthz', '/public/%E3%83%81', '/public/...', '/public/a%20b'])(
    '%s stays inside under every reading',
    target => {
      expect(leavesOpenPaths(target, open)).toEqual([])
    },
  )

  test.each([
    '/publicity',
    '/public/../admin',
    '/public/%2e%2e/admin',
    '/public/..%2fadmin',
    '/public/%252e%252e/admin',
    '/public/..%5cadmin',
    '/public/..;/admin',
    '/public/.%00./admin',
    '/PUBLIC/x',
  ])('%s is seen to leave', target => {
    expect(leavesOpenPaths(target, open)).not.toEqual([])
  })
})

describe('identity fields', () => {
  const baseline = {
    request: requestWith(['X-Auth-User', 'alice'], ['X-Forwarded-For', '127.0.0.1']),
    reserved: ['X-Auth-User'],
  }

  test('the same person seen the same way is no finding', () => {
    const request = requestWith(['x-forwarded-for', '127.0.0.1'], ['X-Other', 'mallory'], ['X-Auth-User', 'alice'])

    expect(changedIdentity(request, baseline)).toEqual([])
  })

  test.each([
    ['another value', requestWith(['X-Auth-User', 'mallory'], ['X-Forwarded-For', '127.0.0.1'])],
    [
      'a second line',
      requestWith(['X-Auth-User', 'alice'], ['X_Auth.User', 'mallory'], ['X-Forwarded-For', '127.0.0.1']),
    ],
    ['none at all', requestWith(['X-Forwarded-For', '127.0.0.1'])],
    ['a forwarded address', requestWith(['X-Auth-User', 'alice'], ['X-Forwarded-For', '6.6.6.6'])],
    [
      'a new member of the family',
      requestWith(['X-Auth-User', 'alice'], ['X-Forwarded-For', '127.0.0.1'], ['X_Real_IP', '6.6.6.6']),
    ],
  ])('%s is seen', (_what, request) => {
    expect(changedIdentity(request, baseline)).toHaveLength(1)
  })

  test('two signed tokens that say the same are the same', () => {
    const token = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`
    const before = { request: requestWith(['X-Auth-Token', token({ sub: 'a', jti: '1' })]), reserved: ['X-Auth-Token'] }

    expect(changedIdentity(requestWith(['X-Auth-Token', token({ sub: 'a', jti: '2' })]), before)).toEqual([])
    expect(changedIdentity(requestWith(['X-Auth-Token', token({ sub: 'b', jti: '2' })]), before)).toHaveLength(1)
  })

  test('names fold as the most careless reader folds them', () => {
    expect(['X_Auth__User', 'x.auth-user', 'X-AUTH-USER'].map(foldName)).toEqual(Array(3).fill('x-auth-user'))
  })
})

describe('what was forwarded', () => {
  const request = { ...requestWith(['X-A', '1']), target: '/a', method: 'POST', body: Buffer.from('hello') }

  test('a request that is as it should be is no finding', () => {
    expect(
      forwardFailures({ count: 1, method: 'POST', path: '/a', body: 'hello', header_list: { 'x-a': '1' } }, [request]),
    ).toEqual([])
  })

  test.each([
    ['twice', { count: 2 }],
    ['elsewhere', { path: '/b' }],
    ['with another body', { body: 'hell' }],
    ['with a field that should be gone', { absent_headers: ['X-A'] }],
    ['with another value', { header_list: { 'x-a': '2' } }],
  ])('%s is seen', (_what, forward) => {
    expect(forwardFailures(forward, [request])).toHaveLength(1)
  })

  test('an unfinished request does not count', () => {
    expect(forwardFailures({ count: 0 }, [{ ...request, complete: false }])).toEqual([])
  })
})

describe('a list of who may not come', () => {
  test('becomes the list of everybody else, in both families', () => {
    const allowed = compileNetworks(
      (everybodyBut(['203.0.113.0/24', '2001:db8::/32', '::ffff:10.0.0.1']) ?? []).map(networkOf),
    )
    const may = (text: string) => allowed.find(addressOf(text)) >= 0

    expect(['203.0.113.0', '203.0.113.255', '10.0.0.1', '2001:db8::', '2001:db8:ffff::1'].map(may)).toEqual(
      Array(5).fill(false),
    )
    expect(['203.0.112.255', '203.0.114.0', '10.0.0.0', '10.0.0.2', '2001:db7::', '2001:db9::'].map(may)).toEqual(
      Array(6).fill(true),
    )
  })

  test('that names nobody admits everybody, and one with a rule that is none becomes no list at all', () => {
    expect(everybodyBut([])).toEqual(['0.0.0.0/0', '0:0:0:0:0:0:0:0/0'])
    expect(everybodyBut(['0.0.0.0/0', '::/0'])).toEqual([])
    expect(everybodyBut(['10.0.0.0/33'])).toBeNull()
  })
})

test.each([
  ['203.0.113.7', ['203.0.113.7', '203.0.113.7'], ['203.0.113.8', '203.0.113.6']],
  ['10.0.0.0/24', ['10.0.0.0', '10.0.0.255'], ['10.0.1.0', '10.0.1.0']],
  [
    '2001:db8:0:1::/64',
    ['2001:db8:0:1:0:0:0:0', '2001:db8:0:1:ffff:ffff:ffff:ffff'],
    ['2001:db8:0:2:0:0:0:0', '2001:db8:0:0:0:0:0:0'],
  ],
])('the neighbours of bucket %s are found', (bucket, inside, outside) => {
  expect(neighboursOf(bucket)).toEqual({ inside, outside })
})

test('forms are read as a browser without scripts would send them', () => {
  const html = `<form method="post" action="/x?a=1&amp;b=2"><input type=hidden name="csrf" value="&quot;t&#39;">
    <input name=email><input type=checkbox name=keep value=1><input type="radio" name="how" value="app" checked>
    <button name=act value=go>Go</button><button name=act value=stop>Stop</button></form>`

  expect(readForms(html)).toEqual([
    {
      method: 'POST',
      action: '/x?a=1&b=2',
      fields: [
        ['csrf', `"t'`],
        ['email', ''],
        ['how', 'app'],
        ['act', 'go'],
      ],
    },
  ])
})

test('the shared case files are all there, each of a kind of its own', async () => {
  const files = await readCaseFiles(new URL('shared', import.meta.url).pathname)

  expect(files.map(file => file.kind)).toEqual([
    'email-identity',
    'header-spoof',
    'http-smuggling',
    'ip-cidr',
    'path-bypass',
    'redirect',
    'xff',
  ])
})

test('a case that cannot be run has failed', async () => {
  const result = await judge('id', 'title', () => Promise.reject(new Error('the gateway is gone')))

  expect(result.failures).toEqual(['could not be run: the gateway is gone'])
})

function networkOf(text: string): Network {
  const network = parseNetwork(text)
  if (network === null) throw new Error(`no network: ${text}`)
  return network
}

function addressOf(text: string): Address {
  const address = parseAddress(text)
  if (address === null) throw new Error(`no address: ${text}`)
  return address
}

function requestWith(...headers: [string, string][]): RecordedRequest {
  const head = ['GET /a HTTP/1.1', ...headers.map(([name, value]) => `${name}: ${value}`)].join('\r\n')
  return {
    startLine: 'GET /a HTTP/1.1',
    head,
    headers,
    body: Buffer.alloc(0),
    trailers: '',
    complete: true,
    faults: [],
    method: 'GET',
    target: '/a',
    connection: 1,
  }
}
