import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/lib/address.ts'
import type { ConnectionFacts } from '../../src/wire/connection-host.ts'
import { readHttp2Head } from '../../src/wire/http2-head.ts'
import { networks } from '../proxy/rooms.ts'

// The same rules once more without the library in front: whatever it lets through one day is refused here.

const peer = parseAddress('192.0.2.1')
if (peer === null) throw new Error('no address')
const about: ConnectionFacts = { peer, secure: true, named: null, transport: new Socket() }
const rules = {
  proxies: { trusted: networks([]), mode: 'x-forwarded-for' as const },
  targetBytesMax: 8192,
  fieldsMax: 100,
  serves: (host: string) => host === 'gw.test',
}
const pseudo = [':method', 'GET', ':scheme', 'https', ':authority', 'gw.test', ':path', '/a?b']
const without = (name: string) => pseudo.filter((_, i) => pseudo[i - (i % 2)] !== name)
const read = (fields: readonly string[], endsStream = true) =>
  readHttp2Head(fields, { endsStream, headBytesMax: 16 * 1024 }, about, rules)

test('a head becomes the one that HTTP/1.1 would have given', () => {
  const fields = [...pseudo, 'cookie', 'a=1', 'x-a', 'b', 'cookie', 'c=2', 'te', 'trailers', 'host', 'gw.test']
  expect(read(fields)).toMatchObject({
    kind: 'read',
    expectsContinue: false,
    head: {
      method: 'GET',
      target: '/a?b',
      path: '/a',
      host: 'gw.test',
      authority: 'gw.test',
      secure: true,
      headers: ['host', 'gw.test', 'cookie', 'a=1; c=2', 'x-a', 'b', 'te', 'trailers'],
      bodyLength: 0,
      upgrade: undefined,
    },
  })
})

test.each([
  ['without a length', [], 'chunked'],
  ['with one', ['content-length', '5'], 5],
  ['of nothing', ['content-length', '0'], 0],
  ['whose fields only look like one', ['x-a', 'content-length'], 'chunked'],
])('a body %s', (_, fields, bodyLength) => {
  expect(read([...pseudo, ...fields], false)).toMatchObject({ kind: 'read', head: { bodyLength } })
})

test('an expectation counts where a body comes', () => {
  expect(read([...pseudo, 'expect', '100-continue'], false)).toMatchObject({ expectsContinue: true })
  expect(read([...pseudo, 'expect', '100-continue'])).toMatchObject({ expectsContinue: false })
  expect(read([...pseudo, 'x-a', 'expect'], false)).toMatchObject({ expectsContinue: false })
})

test.each([':method', ':scheme', ':authority', ':path'])('a head without %s is refused as that', name => {
  expect(read(without(name))).toMatchObject({
    fault: { rule: 'http2-pseudo-field', message: expect.stringContaining(`(no ${name})`) },
  })
})

describe('refused is', () => {
  test.each([
    ['a missing method', without(':method')],
    ['a missing scheme', without(':scheme')],
    ['a missing authority', without(':authority')],
    ['a missing path', without(':path')],
    ['an authority that only Host names', [...without(':authority'), 'host', 'gw.test']],
    ['a repeated path', [...pseudo, ':path', '/a']],
    ['an unknown pseudo field', [...pseudo, ':protocol', 'websocket']],
    ['a pseudo field behind a field', [...without(':path'), 'x-a', 'b', ':path', '/']],
    ['a pseudo field behind Host', [...without(':path'), 'host', 'gw.test', ':path', '/']],
    ['another scheme', [...without(':scheme'), ':scheme', 'http']],
    ['another host', [...pseudo, 'host', 'evil.test']],
    ['another port in the host', [...pseudo, 'host', 'gw.test:443']],
    ['two hosts', [...pseudo, 'host', 'gw.test', 'host', 'gw.test']],
    ['a name in upper case', [...pseudo, 'X-A', 'b']],
    ['a name with a space', [...pseudo, 'x a', 'b']],
    ['a name with a colon', [...pseudo, 'x:', 'b']],
    ['a name with a line break', [...pseudo, 'x\r\ny', 'b']],
    ['an empty name', [...pseudo, '', 'b']],
    ['CR LF in a value', [...pseudo, 'x-a', 'b\r\nx-b: c']],
    ['CR in a value', [...pseudo, 'x-a', 'b\rc']],
    ['LF in a value', [...pseudo, 'x-a', 'b\nc']],
    ['NUL in a value', [...pseudo, 'x-a', 'b\0c']],
    ['a line break in a crumb', [...pseudo, 'cookie', 'a=1', 'cookie', 'b=2\r\nx: y']],
    ['a space before a value', [...pseudo, 'x-a', ' b']],
    ['a tab behind a value', [...pseudo, 'x-a', 'b\t']],
    ['Connection', [...pseudo, 'connection', 'close']],
    ['Keep-Alive', [...pseudo, 'keep-alive', '5']],
    ['Proxy-Connection', [...pseudo, 'proxy-connection', 'close']],
    ['Transfer-Encoding', [...pseudo, 'transfer-encoding', 'chunked']],
    ['Upgrade', [...pseudo, 'upgrade', 'websocket']],
    ['TE with more than trailers', [...pseudo, 'te', 'gzip']],
    ['a length without a body', [...pseudo, 'content-length', '1']],
    ['two lengths', [...pseudo, 'content-length', '0', 'content-length', '0']],
    ['a method with a line break', [...without(':method'), ':method', 'GET / HTTP/1.1\r\nx:']],
    ['a path with a space', [...without(':path'), ':path', '/ HTTP/1.1']],
    ['a path with a line break', [...without(':path'), ':path', '/\r\nx: y']],
    ['CONNECT', [':method', 'CONNECT', ':authority', 'gw.test:443']],
  ])('%s', (_, fields) => {
    expect(read(fields)).toMatchObject({ kind: 'refused' })
  })
})
