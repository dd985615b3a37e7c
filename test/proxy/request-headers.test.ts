import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/lib/address.ts'
import { fieldValue, type RequestHead } from '../../src/lib/request-head.ts'
import type { Forwarding, Identity } from '../../src/proxy/forwarding.ts'
import { createOwnCookies } from '../../src/proxy/own-cookies.ts'
import { type HeaderRules, requestHeaders } from '../../src/proxy/request-headers.ts'
import { forwardedPrefix, identityFields, rebuiltFields, removedFields } from '../../src/proxy/reserved-fields.ts'
import { alice, testRoute } from './rooms.ts'

const rules: HeaderRules = {
  cookies: createOwnCookies(['__Host-sekisho']),
  tokenFields: new Set(['x-auth-token', 'x-gateway-jwt']),
  pseudonym: 'sekisho',
}

describe('what the client may not say', () => {
  test.each([...removedFields, `${forwardedPrefix}anything`, 'x-auth-', 'x-auth-anything', 'x-gateway-jwt'])(
    '%s is removed, however it is spelled',
    name => {
      for (const spelling of [name, name.toUpperCase(), name.replaceAll('-', '_'), name.replaceAll('-', '.')]) {
        expect(build([spelling, 'mallory']).join('\n')).not.toContain('mallory')
      }
    },
  )

  test.each([
    'Connection: keep-alive',
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'Proxy-Authorization: Basic x',
    'TE: trailers',
    'Trailer: X',
    'Transfer-Encoding: chunked',
    'Transfer_Encoding: chunked',
    'Content_Length: 5',
    'Upgrade: foo',
    'HTTP2-Settings: AA',
    'Expect: 100-continue',
    'Content.Length: 5',
  ])('%s belongs to this hop or to us', line => {
    const [name = '', value = ''] = line.split(': ')

    const fields = build([name, value])

    expect(fieldValue(fields, name.toLowerCase())).toBeUndefined()
  })

  test('what Connection names is the hop’s, unless the message would be another without it', () => {
    const fields = build([
      'Connection',
      'close, X-Hop,Cookie , host, content-type, X-Forwarded-For',
      'X-Hop',
      '1',
      'Cookie',
      'a=1',
      'Content-Type',
      'text/plain',
    ])

    expect(fieldValue(fields, 'x-hop')).toBeUndefined()
    expect(fieldValue(fields, 'cookie')).toBe('a=1')
    expect(fieldValue(fields, 'content-type')).toBe('text/plain')
    expect(fieldValue(fields, 'host')).toBe('gw.test')
    expect(fieldValue(fields, 'x-forwarded-for')).toBe('203.0.113.7')
  })

  test('Authorization goes on only where the route says so, and never beside a token of ours', () => {
    const client = ['Authorization', 'Bearer client']

    expect(fieldValue(build(client), 'authorization')).toBeUndefined()
    expect(fieldValue(build(client, { passAuthorization: true }), 'authorization')).toBe('Bearer client')
    expect(fieldValue(build(client, { passAuthorization: true, tokenField: 'Authorization' }), 'authorization')).toBe(
      'Bearer token',
    )
  })
})

describe('what goes on untouched', () => {
  test('everything else, in its order, case and repetition', () => {
    const headers = [
      'x-b',
      '1',
      'X-A',
      '\u00e9',
      'x-b',
      '2',
      'traceparent',
      '00-a-b-01',
      'X_Custom',
      '3',
      'Accept',
      '*/*',
    ]

    const fields = build(headers)

    expect(fields.slice(2, 2 + headers.length)).toEqual(headers)
  })

  test('the length of a body, and nothing about chunks', () => {
    expect(fieldValue(build([], {}, { bodyLength: 5 }), 'content-length')).toBe('5')
    expect(fieldValue(build([], {}, { bodyLength: 'chunked' }), 'content-length')).toBeUndefined()
    expect(fieldValue(build([], {}, { bodyLength: 0 }), 'content-length')).toBeUndefined()
    expect(fieldValue(build(['Content-Length', '0'], {}, { bodyLength: 0 }), 'content-length')).toBe('0')
  })
})

describe('what we say', () => {
  test('Host is the client’s or the upstream’s, as the route wants it', () => {
    expect(build([]).slice(0, 2)).toEqual(['Host', 'gw.test'])
    expect(build([], { preserveHost: false }).slice(0, 2)).toEqual(['Host', 'app.internal:3000'])
  })

  test('the forwarded family is rebuilt from what we know', () => {
    const address = parseAddress('2001:db8::1')
    if (address === null) throw new Error('no address')

    const fields = build([], {}, { client: { address, uncertain: false }, secure: true, authority: 'gw.test:8443' })

    expect(rebuiltFields.map(name => fieldValue(fields, name.toLowerCase()))).toEqual([
      '2001:db8::1',
      'https',
      'gw.test:8443',
      '8443',
      'for="[2001:db8::1]";host="gw.test:8443";proto=https',
    ])
  })

  test('identity fields are those that the route asks for', () => {
    const fields = build([], { identityFields: ['X-Auth-User', 'X-Auth-Roles'] })

    expect(fieldValue(fields, 'x-auth-user')).toBe('alice')
    expect(fieldValue(fields, 'x-auth-roles')).toBe('person,administrator')
    expect(fieldValue(fields, 'x-auth-email')).toBeUndefined()
    expect(Object.keys(identityFields)).toHaveLength(5)
  })

  test('a name can neither break the line nor be read in two ways', () => {
    const fields = build([], {}, {}, { ...alice, organization: '山田\r\nX-Auth-Roles: administrator 100%' })

    expect(fieldValue(fields, 'x-auth-org')).toBe('%E5%B1%B1%E7%94%B0%0D%0AX-Auth-Roles: administrator 100%25')
  })

  test('nobody is named where nobody is known', () => {
    const fields = build([], {}, {}, null)

    expect(fields.filter((_, i) => i % 2 === 0 && (fields[i] ?? '').toLowerCase().startsWith('x-auth-'))).toEqual([])
  })

  test('Via tells of us behind those before, and a loop is refused', () => {
    expect(fieldValue(build(['Via', '1.1 edge', 'Via', '1.0 cache (x)']), 'via')).toBe(
      '1.1 edge, 1.0 cache (x), 1.1 sekisho',
    )
    expect(fieldValue(build(['Via', '1.1 sekisho']), 'via')).toBe('1.1 sekisho, 1.1 sekisho')
    expect(() => build(['Via', '1.1 sekisho, 1.1 SEKISHO'])).toThrow('loop_detected')
  })
})

function build(
  headers: readonly string[],
  route: Partial<Forwarding> = {},
  head: Partial<RequestHead> = {},
  identity: Identity | null = { ...alice, roles: ['person', 'administrator'] },
): string[] {
  const address = parseAddress('203.0.113.7')
  if (address === null) throw new Error('no address')
  return requestHeaders(
    {
      head: {
        method: 'GET',
        target: '/',
        path: '/',
        host: 'gw.test',
        authority: 'gw.test',
        secure: false,
        headers: ['Host', 'gw.test', ...headers],
        client: { address, uncertain: false },
        bodyLength: 0,
        upgrade: undefined,
        ...head,
      },
      route: testRoute(route),
      identity,
      token: 'token',
      upstreamAuthority: 'app.internal:3000',
    },
    rules,
  )
}
