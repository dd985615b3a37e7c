import { describe, expect, test } from 'vitest'
import { keepFromSharedCaches } from '../../src/proxy/shared-caches.ts'
import { exchange } from '../support/raw-http.ts'
import { startRecordingUpstream } from '../support/recording-upstream.ts'
import { alice, type RoomsSetup, startRooms } from './rooms.ts'

describe('an answer made for one person is kept by nobody but the browser', () => {
  test.each([
    ['public, max-age=600', 'max-age=600, private'],
    ['PUBLIC', 'private'],
    ['max-age=600, S-MaxAge=3600', 'max-age=600, private'],
    ['s-maxage="60"', 'private'],
    ['max-age=60', 'max-age=60, private'],
    ['', 'private'],
    [' , ,', 'private'],
    ['private', 'private'],
    ['private, max-age=60', 'max-age=60, private'],
    ['no-cache, must-revalidate', 'no-cache, must-revalidate, private'],
    ['no-store', 'no-store'],
    ['public, No-Store', 'No-Store'],
    // A cache that understands the status ignores `no-store` there (RFC 9111 §5.2.2.3), and would keep it for everybody.
    ['must-understand, no-store, max-age=60', 'must-understand, no-store, max-age=60, private'],
    ['public, No-Store, Must-Understand', 'No-Store, Must-Understand, private'],
    // Only that field is held back by it, and the page itself could be kept.
    ['private="Set-Cookie", max-age=60', 'max-age=60, private'],
    ['no-cache="a, public", max-age=60', 'no-cache="a, public", max-age=60, private'],
    ['max-age=60, stale-while-revalidate=30, immutable', 'max-age=60, stale-while-revalidate=30, immutable, private'],
  ])('%j becomes %j', (said, kept) => {
    expect(keepFromSharedCaches(['Cache-Control', said, 'X', '1'])).toEqual(['X', '1', 'Cache-Control', kept])
  })

  test.each(['public "', 'foo="bar, public', 'max-age = 60', 'a=b=c', 'no-cache="\\'])(
    'what caches could read in several ways is kept by none: %j',
    said => {
      expect(keepFromSharedCaches(['Cache-Control', said])).toEqual(['Cache-Control', 'no-store'])
    },
  )

  test('without a word about caching it says so itself', () => {
    expect(keepFromSharedCaches([])).toEqual(['Cache-Control', 'private'])
  })

  test('several fields are one list', () => {
    expect(keepFromSharedCaches(['Cache-Control', 'max-age=60', 'cache-control', 'public'])).toEqual([
      'Cache-Control',
      'max-age=60, private',
    ])
  })

  test.each([
    'CDN-Cache-Control',
    'Cloudflare-CDN-Cache-Control',
    'Netlify-CDN-Cache-Control',
    'Surrogate-Control',
    'Edge-Control',
    'X-Accel-Expires',
  ])('%s, which speaks to shared caches alone, is dropped', name => {
    expect(keepFromSharedCaches([name, 'max-age=60'])).toEqual(['Cache-Control', 'private'])
  })
})

describe('through the proxy', () => {
  const shared =
    'HTTP/1.1 200 OK\r\nCache-Control: public, s-maxage=60\r\nCDN-Cache-Control: max-age=60\r\nContent-Length: 0\r\n\r\n'

  async function cacheFields(setup: RoomsSetup): Promise<string[]> {
    await using upstream = await startRecordingUpstream()
    upstream.answer(() => ({ bytes: shared }))
    await using rooms = await startRooms({ ...setup, upstreamPort: upstream.port })
    const response = await exchange({ port: rooms.port }, 'GET /page.css HTTP/1.1\r\nHost: gw.test\r\n\r\n')
    return (response?.headers ?? []).flatMap(([name, value]) => (/cache/i.test(name) ? [`${name}: ${value}`] : []))
  }

  test('a page behind sign-in cannot be taken from a cache by the next one who asks', async () => {
    expect(await cacheFields({ identity: () => alice })).toEqual(['Cache-Control: private'])
  })

  test('nor a public one that says who is signed in', async () => {
    expect(await cacheFields({ route: { access: 'public' }, identity: () => alice })).toEqual([
      'Cache-Control: private',
    ])
  })

  test('where nobody is named, and where a route says cacheable, the application decides', async () => {
    const said = ['Cache-Control: public, s-maxage=60', 'CDN-Cache-Control: max-age=60']

    expect(await cacheFields({ route: { access: 'public' } })).toEqual(said)
    expect(await cacheFields({ route: { cacheable: true }, identity: () => alice })).toEqual(said)
  })
})
