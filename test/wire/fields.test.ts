import { describe, expect, test } from 'vitest'
import { type RawHead, readAuthority, readFields, upgradeOf } from '../../src/wire/fields.ts'

describe('a head that two readers could frame differently is refused', () => {
  test.each([
    ['two lengths', ['Content-Length', '5', 'content-length', '5']],
    ['a list of lengths', ['Content-Length', '5, 5']],
    ['a signed length', ['Content-Length', '+5']],
    ['an empty length', ['Content-Length', '']],
    ['a length beyond a petabyte', ['Content-Length', '9999999999999999']],
    ['a length and a coding', ['Content-Length', '5', 'Transfer-Encoding', 'chunked']],
    ['two codings', ['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked']],
    ['another coding first', ['Transfer-Encoding', 'gzip, chunked']],
    ['an unknown coding', ['Transfer-Encoding', 'xchunked']],
    ['an empty coding', ['Transfer-Encoding', '']],
    ['a coding with NBSP', ['Transfer-Encoding', '\u00a0chunked']],
    ['two hosts', ['Host', 'gw.test']],
    ['two Authorization fields', ['Authorization', 'a', 'Authorization', 'b']],
    ['two origins', ['Origin', 'https://a.test', 'Origin', 'https://b.test']],
    ['a name that is no token', ['X Y', '1']],
    ['a line break in a value', ['X-A', 'a\r\nX-Auth-User: mallory']],
    ['a NUL in a value', ['X-A', 'a\u0000']],
  ])('%s', (_, headers) => {
    expect(read({ headers: ['Host', 'gw.test', ...headers] })).toBe(400)
  })

  test.each([
    ['TRACE', 405],
    ['CONNECT', 405],
    ['BREW', 501],
    ['get', 501],
  ])('%s is answered %i', (method, status) => {
    expect(read({ method })).toBe(status)
  })

  test.each(['0.9', '2.0', '1.2'])('HTTP/%s', version => {
    expect(read({ version })).toBe(400)
  })

  test('chunks from a 1.0 client', () => {
    expect(read({ version: '1.0', headers: ['Host', 'gw.test', 'Transfer-Encoding', 'chunked'] })).toBe(400)
  })

  test('more than a hundred fields', () => {
    const headers = ['Host', 'gw.test', ...Array.from({ length: 100 }, () => ['X-A', '1']).flat()]

    expect(read({ headers })).toBe(431)
    expect(read({ headers: headers.slice(0, 200) })).toBe('read')
  })

  test('an expectation that nobody knows', () => {
    expect(read({ headers: ['Host', 'gw.test', 'Expect', 'the-unexpected'] })).toBe(417)
  })
})

test.each([
  ['gw.test', 'gw.test'],
  ['GW.test:8080', 'gw.test'],
  ['[2001:db8::1]:80', '[2001:db8::1]'],
  ['127.0.0.1', '127.0.0.1'],
])('%s names the host %s', (value, host) => {
  expect(readAuthority(value)).toEqual({ host, authority: value.toLowerCase() })
})

test.each([
  '',
  'a@b',
  'a, b',
  'a/b',
  'a b',
  'gw.test:',
  'gw.test:80x',
  'gw.test:0',
  'gw.test:70000',
  '[::1',
  '[zz]',
  'a..b',
  '.a',
  'a%41',
])('%j names no host', value => {
  expect(readAuthority(value)).toBeNull()
})

describe('a wish to switch protocols', () => {
  const wish = (protocol: string) => ['Host', 'gw.test', 'Connection', 'keep-alive, Upgrade', 'Upgrade', protocol]

  test('is heard for one protocol', () => {
    expect(upgradeOf(head({ headers: wish('WebSocket') }), 0)).toBe('websocket')
  })

  test.each(['h2c', 'h2', 'HTTP/2.0', 'TLS/1.0', 'websocket, h2c', ''])('is not heard for %j', protocol => {
    expect(upgradeOf(head({ headers: wish(protocol) }), 0)).toBeUndefined()
  })

  test('is not heard without Connection, with a body, from another method or from 1.0', () => {
    expect(upgradeOf(head({ headers: ['Host', 'gw.test', 'Upgrade', 'websocket'] }), 0)).toBeUndefined()
    expect(upgradeOf(head({ headers: wish('websocket') }), 5)).toBeUndefined()
    expect(upgradeOf(head({ method: 'POST', headers: wish('websocket') }), 0)).toBeUndefined()
    expect(upgradeOf(head({ version: '1.0', headers: wish('websocket') }), 0)).toBeUndefined()
  })
})

function head(raw: Partial<RawHead>): RawHead {
  return { method: 'GET', target: '/x', version: '1.1', headers: ['Host', 'gw.test'], ...raw }
}

function read(raw: Partial<RawHead>): number | 'read' {
  const reading = readFields(head(raw), 100)
  return reading.kind === 'refused' ? reading.fault.status : 'read'
}
