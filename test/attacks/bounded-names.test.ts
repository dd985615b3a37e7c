import { expect, test } from 'vitest'
import { parseAddress } from '../../src/lib/address.ts'
import type { RequestHead } from '../../src/lib/request-head.ts'
import { createOwnCookies } from '../../src/proxy/own-cookies.ts'
import { type HeaderRules, requestHeaders } from '../../src/proxy/request-headers.ts'
import { responseHeaders } from '../../src/proxy/response-headers.ts'
import { keepFromSharedCaches } from '../../src/proxy/shared-caches.ts'
import { readAuthority, readFields } from '../../src/wire/fields.ts'
import { testRoute } from '../proxy/rooms.ts'
import { keptBytes } from '../support/kept-memory.ts'

// What was judged once is remembered by its spelling. A client that never spells a thing twice must not make us remember all of them.

const spellings = 20_000
/** A thousand of each are remembered, of some 200 bytes; all of them would take 4 MB and more. */
const mostBytes = 1_500_000
const rules: HeaderRules = {
  cookies: createOwnCookies(['__Host-sekisho']),
  tokenFields: new Set(['x-auth-token']),
  pseudonym: 'sekisho',
}

test.each<[string, (spelling: string) => unknown]>([
  [
    'fields of requests',
    name => readFields({ method: 'GET', target: '/', version: '1.1', headers: ['Host', 'a', name, ''] }, 10),
  ],
  ['fields that are handed on', name => forwarded([name, ''])],
  ['fields of answers', name => responseHeaders([name, ''], 200, rules)],
  ['cookies', name => rules.cookies.strip(`${name}=1`)],
  ['cookies of answers', name => rules.cookies.isSet(`${name}=1`)],
  ['words about caching', name => keepFromSharedCaches(['Cache-Control', name])],
  ['hosts', name => readAuthority(`${name}.example`)],
])('%s that are spelled anew each time fill no memory', async (_, judge) => {
  for (let i = 0; i < spellings; i++) judge(`x-warm-${i}`)

  const bytes = await keptBytes(() => {
    for (let i = 0; i < spellings; i++) judge(`x-never-seen-before-${i}`)
    return judge
  })

  expect(bytes).toBeLessThan(mostBytes)
})

function forwarded(headers: readonly string[]): string[] {
  const address = parseAddress('203.0.113.7')
  if (address === null) throw new Error('no address')
  const head: RequestHead = {
    method: 'GET',
    target: '/',
    path: '/',
    host: 'gw.test',
    authority: 'gw.test',
    secure: false,
    headers,
    client: { address, uncertain: false },
    bodyLength: 0,
    upgrade: undefined,
  }
  return requestHeaders({ head, route: testRoute(), identity: null, token: null, upstreamAuthority: 'app' }, rules)
}
