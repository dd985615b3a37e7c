import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  codes,
  dataFrame,
  type Field,
  type FrameClient,
  flags,
  frame,
  frameTypes,
  headerBlock,
  headersFrame,
  requestFields,
  resetFrame,
} from '../support/http2-frames.ts'
import { type Http2Rig, startHttp2Rooms } from '../support/http2-rooms.ts'

// What HTTP/2 can say and HTTP/1.1 would read otherwise. Other gateways turned such heads into two requests (H2.CL, H2.TE, line breaks and
// spaces in what became the request line): nothing of them may reach an application but the one request that was judged.

let rig: Http2Rig
let client: FrameClient

beforeAll(async () => {
  rig = await startHttp2Rooms()
})
afterAll(() => rig[Symbol.asyncDispose]())
afterEach(() => client[Symbol.asyncDispose]())
beforeEach(async () => {
  rig.upstream.forget()
  rig.rooms.forget()
  client = await rig.connect()
})

const smuggled = 'GET /admin HTTP/1.1\r\nHost: gw.test\r\n\r\n'
const get = requestFields()
const post = requestFields({ ':method': 'POST' })
const without = (name: string) => get.filter(([other]) => other !== name)

/** A head that is sent with END_STREAM. */
const heads: [title: string, fields: readonly Field[]][] = [
  ['a name in upper case', [...get, ['X-A', 'b']]],
  ['white space before a value', [...get, ['x-a', ' b']]],
  ['white space behind a value', [...get, ['x-a', 'b\t']]],
  ['a path with a space', requestFields({ ':path': '/ HTTP/1.1' })],
  ['a path with a line break', requestFields({ ':path': `/ HTTP/1.1\r\nHost: gw.test\r\n\r\n${smuggled}` })],
  ['a path with a tab', requestFields({ ':path': '/\tHTTP/1.1' })],
  ['a path that is empty', requestFields({ ':path': '' })],
  ['a path without a slash', requestFields({ ':path': 'admin' })],
  ['a path with a host', requestFields({ ':path': 'http://evil.test/' })],
  ['a path with a fragment', requestFields({ ':path': '/a#/../admin' })],
  ['a path with a dot segment', requestFields({ ':path': '/public/../admin' })],
  ['a method with a space', requestFields({ ':method': 'GET /admin HTTP/1.1\r\nX:' })],
  ['a method with a space alone', requestFields({ ':method': 'GET /admin' })],
  ['a method that is empty', requestFields({ ':method': '' })],
  ['a method in lower case', requestFields({ ':method': 'get' })],
  ['TRACE', requestFields({ ':method': 'TRACE' })],
  [
    'CONNECT',
    [
      [':method', 'CONNECT'],
      [':authority', 'gw.test:443'],
    ],
  ],
  ['extended CONNECT', [...requestFields({ ':method': 'CONNECT' }), [':protocol', 'websocket']]],
  ['a scheme of another kind', requestFields({ ':scheme': 'http' })],
  ['a scheme with a host', requestFields({ ':scheme': 'https://evil.test/?' })],
  ['a scheme that is empty', requestFields({ ':scheme': '' })],
  ['no method', without(':method')],
  ['no scheme', without(':scheme')],
  ['no path', without(':path')],
  ['no authority', without(':authority')],
  ['no authority, but a host', [...without(':authority'), ['host', 'gw.test']]],
  ['two methods', [...get, [':method', 'POST']]],
  ['two paths', [...get, [':path', '/admin']]],
  ['two schemes', [...get, [':scheme', 'https']]],
  ['two authorities', [...get, [':authority', 'evil.test']]],
  ['two equal authorities', [...get, [':authority', 'gw.test']]],
  ['a pseudo field behind a field', [...without(':path'), ['x-a', 'b'], [':path', '/admin']]],
  ['an unknown pseudo field', [...get, [':admin', '1']]],
  ['the status of an answer', [...get, [':status', '200']]],
  ['an authority with a user', requestFields({ ':authority': 'gw.test@evil.test' })],
  ['an authority with a path', requestFields({ ':authority': 'gw.test/admin' })],
  ['an authority with a space', requestFields({ ':authority': 'gw.test evil.test' })],
  ['an authority with a line break', requestFields({ ':authority': 'gw.test\r\nX-A: b' })],
  ['an authority that is not served', requestFields({ ':authority': 'evil.test' })],
  ['a host beside another authority', [...get, ['host', 'evil.test']]],
  ['two hosts', [...get, ['host', 'gw.test'], ['host', 'gw.test']]],
  ['Connection', [...get, ['connection', 'keep-alive']]],
  ['Connection that names a field', [...get, ['connection', 'x-auth-user']]],
  ['Keep-Alive', [...get, ['keep-alive', 'timeout=5']]],
  ['Proxy-Connection', [...get, ['proxy-connection', 'keep-alive']]],
  ['Transfer-Encoding', [...get, ['transfer-encoding', 'chunked']]],
  ['Upgrade', [...get, ['upgrade', 'websocket']]],
  ['TE with anything but trailers', [...get, ['te', 'trailers, deflate']]],
  ['a length without a body', [...post, ['content-length', '5']]],
  ['two lengths', [...post, ['content-length', '0'], ['content-length', '0']]],
  ['a length that is no number', [...post, ['content-length', '+0']]],
  ['a length with a list', [...post, ['content-length', '0, 0']]],
]

/** Node drops such a field before anybody can see it; readHttp2Head refuses it, should that change. */
const dropped: [title: string, fields: readonly Field[]][] = [
  ['a line break in a value', [...get, ['x-a', `b\r\n\r\n${smuggled}`]]],
  ['a bare CR in a value', [...get, ['x-a', 'b\rX-B: c']]],
  ['a bare LF in a value', [...get, ['x-a', 'b\nX-B: c']]],
  ['a NUL in a value', [...get, ['x-a', 'b\0c']]],
  ['a line break in a name', [...get, ['x-a: b\r\nx-b', 'c']]],
  ['a colon in a name', [...get, ['x-a: b', 'c']]],
  ['a space in a name', [...get, ['x a', 'b']]],
  ['an empty name', [...get, ['', 'b']]],
]

describe('a head that HTTP/1.1 could read otherwise', () => {
  test.each(heads)('is refused on its stream alone: %s', async (_, fields) => {
    await client.send(headersFrame(1, fields), headersFrame(3, requestFields({ ':path': '/alive' })))

    expect(await client.status(3)).toBe(200)
    const status = await client.status(1)
    expect(status === null || (status >= 400 && status < 502)).toBe(true)
    expect(rig.arrived().map(({ target }) => target)).toEqual(['/alive'])
  })
})

test.each(dropped)('%s reaches nobody, whole or in part', async (_, fields) => {
  await client.send(headersFrame(1, fields), headersFrame(3, requestFields({ ':path': '/alive' })))

  expect(await client.status(3)).toBe(200)
  await client.status(1)
  expect(rig.arrived().length).toBeLessThanOrEqual(2)
  for (const { head, faults } of rig.arrived()) {
    expect(head).not.toMatch(/x-a|x-b|x a|admin|b: c/i)
    expect(faults).toEqual([])
  }
})

const smuggledBody = `0\r\n\r\n${smuggled}`

/** A head without END_STREAM, and what follows; whether the application sees a whole request of it, null: one of no body, before the rest comes. */
const bodies: [title: string, fields: readonly Field[], rest: readonly Buffer[], whole: boolean | null][] = [
  [
    'a body that is longer than its length (H2.CL)',
    [...post, ['content-length', '1']],
    [dataFrame(1, smuggledBody)],
    false,
  ],
  ['a body where none was announced (H2.CL)', [...post, ['content-length', '0']], [dataFrame(1, smuggled)], null],
  ['a body that is shorter than its length', [...post, ['content-length', '500']], [dataFrame(1, smuggled)], false],
  ['a body with chunks in it (H2.TE)', post, [dataFrame(1, smuggledBody)], true],
  ['a body that is broken off by a reset', post, [dataFrame(1, 'half', { end: false }), resetFrame(1)], false],
  [
    'a body that is broken off without an error',
    post,
    [dataFrame(1, 'half', { end: false }), resetFrame(1, codes.noError)],
    false,
  ],
  [
    'a body of a HEAD that is broken off without an error',
    requestFields({ ':method': 'HEAD' }),
    [dataFrame(1, 'half', { end: false }), resetFrame(1, codes.noError)],
    false,
  ],
  [
    'trailers',
    post,
    [
      dataFrame(1, 'body', { end: false }),
      headersFrame(1, [
        ['x-trailer', 'a'],
        ['x-auth-user', 'admin'],
      ]),
    ],
    true,
  ],
  [
    'trailers with framing in them',
    post,
    [dataFrame(1, 'body', { end: false }), headersFrame(1, [['content-length', '0']])],
    false,
  ],
  [
    'trailers with pseudo fields',
    post,
    [dataFrame(1, 'body', { end: false }), headersFrame(1, requestFields({ ':path': '/admin' }))],
    false,
  ],
  [
    'a second head without an end',
    post,
    [frame(frameTypes.headers, flags.endHeaders, 1, headerBlock([['x-a', 'b']])), dataFrame(1, 'body')],
    false,
  ],
]

describe('a body', () => {
  test.each(bodies)('reaches the application as one message or not at all: %s', async (_, fields, rest, whole) => {
    await client.send(headersFrame(1, fields, { body: true }), ...rest)
    if (whole === true) await client.status(1)
    await client.settle()
    // Some of them end their connection, too.
    await using other = await rig.connect()
    await other.send(headersFrame(1, requestFields({ ':path': '/alive' })))
    expect(await other.status(1)).toBe(200)

    const targets = rig.arrived().map(({ target }) => target)
    expect(targets.filter(target => target !== '/' && target !== '/alive')).toEqual([])
    const complete = rig.upstream.requests.filter(request => request.target === '/' && request.complete)
    if (whole === null) expect(complete.map(({ body }) => body.length)).toEqual(complete.map(() => 0))
    else expect(complete.length).toBe(whole ? 1 : 0)
    expect(complete.flatMap(({ faults }) => faults)).toEqual([])
    expect(complete.map(({ head, trailers }) => head + trailers).join('')).not.toMatch(/admin|x-trailer/i)
  })
})
