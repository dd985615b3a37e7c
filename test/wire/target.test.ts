import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readingsOf, readTarget } from '../../src/wire/target.ts'

describe('a target that can be read in two ways is refused', () => {
  test.each([
    ['http://gw.test/public/x', 'absolute-form would bring a second host'],
    ['*', 'asterisk-form has no path'],
    ['gw.test:443', 'authority-form has no path'],
    ['', 'nothing at all'],
    ['/a/../b', 'a dot segment'],
    ['/..', 'a dot segment at the end'],
    ['/a/./b', 'a single dot'],
    ['/a/%2e%2e/b', 'encoded dots are dots to every URL parser'],
    ['/a/.%2E/b', 'half encoded dots'],
    ['/a/%252e%252e/b', 'dots encoded twice'],
    ['/a/%25252525252e/b', 'nested beyond what anybody honest does'],
    ['/a%2fb', 'an encoded slash'],
    ['/a%252Fb', 'a slash encoded twice'],
    ['/a%5cb', 'an encoded backslash'],
    ['/a\\b', 'a raw backslash'],
    ['/a//b', 'an empty segment'],
    ['//a', 'a network-path reference'],
    ['/a;/..;/b', 'a dot segment with a path parameter'],
    ['/a/..;x=1/b', 'a dot segment for readers that drop parameters'],
    ['/a/%2e%2e%3bx/b', 'the same, encoded'],
    ['/a/;x/b', 'an empty segment for readers that drop parameters'],
    ['/a%00', 'an encoded NUL'],
    ['/a%0d%0aX:1', 'an encoded line break'],
    ['/a%7f', 'an encoded DEL'],
    ['/a%c2%85b', 'an encoded C1 control'],
    ['/a%c0%af..', 'an overlong slash'],
    ['/a%ff', 'no UTF-8'],
    ['/a%zz', 'a broken escape'],
    ['/a%2', 'a cut escape'],
    ['/a%u002e', 'an escape of another language'],
    ['/a#b', 'a fragment'],
    ['/a?b#c', 'a fragment behind the query'],
    ['/a b', 'a raw space'],
    ['/a?b c', 'a raw space in the query'],
    ['/a?b\u0000', 'a control byte in the query'],
    ['/\u00e9', 'a raw byte over 0x7f'],
    ['/a"b', 'a byte that no URI holds'],
  ])('%j: %s', target => {
    expect(readTarget(target).kind).toBe('refused')
  })
})

describe('an honest target passes, byte for byte', () => {
  test.each([
    '/',
    '/public/',
    '/public/app.css',
    '/.well-known/acme-challenge/x_y-z~1',
    '/public/a/b/c.js?v=1&x=%2F..%2Fadmin',
    '/public/x?next=/../admin',
    '/x?y=\\&z=//',
    '/public/%E3%83%81%E3%83%A3.png',
    '/public/a%20b',
    '/100%25',
    '/C%23%20notes.pdf',
    '/what%3f',
    '/a/...',
    '/a/b..c/d.',
    '/matrix;v=1/b;w',
    "/odata/Users('x')/$value",
    '/user@example.com/+1/a,b:c=d&e!f*',
    '/tags/[a]|b',
    '/UPPER/%7euser',
  ])('%s', target => {
    expect(readTarget(target)).toEqual({ kind: 'read', target, path: target.split('?')[0] })
  })
})

test('a target of 16 KiB of nested escapes is judged at once', () => {
  const started = process.cpuUsage()

  readTarget(`/${'%25'.repeat(5000)}2e`)
  readTarget(`/${'a;b.%41/'.repeat(2000)}`)

  expect(process.cpuUsage(started).user / 1000).toBeLessThan(100)
})

describe('whatever passes keeps its place under every reading', () => {
  // Pieces that attacks are made of, more telling than random letters.
  const piece = fc.constantFrom(
    ...['public', 'admin', 'a', 'B', '.', '..', '...', '/', '//', '\\', ';', '%2e', '%2E', '%2f', '%5c', '%25', '%3b'],
    ...['%252e', '%61', '%00', '%0a', '%c0%ae', '%E3%81%82', '%', '%2', '?', '#', ' ', 'é', '%3f', '%23', ';x=1', '|'],
  )
  const path = fc.array(piece, { minLength: 1, maxLength: 8 }).map(pieces => `/public/${pieces.join('')}`)

  test('a path under a prefix stays under it, whoever reads it', () => {
    fc.assert(
      fc.property(path, target => {
        const reading = readTarget(target)
        if (reading.kind === 'refused') return
        for (const seen of everyReading(reading.path)) expect(seen).toMatch(/^\/public\//)
      }),
      { numRuns: 5000 },
    )
  })

  test('no reading has other segments, and those that rename one are listed', () => {
    fc.assert(
      fc.property(path, target => {
        const reading = readTarget(target)
        if (reading.kind === 'refused') return
        const listed = new Set([reading.path, ...readingsOf(reading.path)])
        for (const seen of everyReading(reading.path)) expect([...listed]).toContain(seen)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('readings that a route must not depend on', () => {
  test.each([
    ['/%61dmin/x', '/admin/x'],
    ['/ADMIN/x', '/admin/x'],
    ['/admin;a=1/x', '/admin/x'],
    ['/admin%3bx/y', '/admin/y'],
    ['/%2561dmin', '/admin'],
    ['/admin%3f/public', '/admin'],
  ])('%s may be read as %s', (path, other) => {
    expect(readTarget(path).kind).toBe('read')
    expect(readingsOf(path)).toContain(other)
  })

  test('a plain path has no other reading', () => {
    expect(readingsOf('/api/v1/rooms/42/messages.json')).toEqual([])
  })
})

/** The oracle of the path-bypass cases: decoded, dots removed, slashes merged, backslashes turned, parameters dropped, lower-cased; thrice over. */
function everyReading(path: string): Set<string> {
  const readings = new Set([path])
  const readers = [
    decode,
    removeDots,
    (text: string) => text.replaceAll(/\/{2,}/g, '/'),
    (text: string) => text.replaceAll('\\', '/'),
    (text: string) => text.replaceAll(/;[^/]*/g, ''),
    (text: string) => text.toLowerCase(),
    (text: string) => text.replaceAll(/[\u0000-\u001f\u007f]/g, ''),
  ]
  for (let round = 0; round < 3; round++)
    for (const seen of [...readings]) for (const read of readers) readings.add(read(seen))
  return readings
}

function decode(text: string): string {
  try {
    return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, run => decodeURIComponent(run))
  } catch {
    return text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  }
}

function removeDots(path: string): string {
  const kept: string[] = []
  const segments = path.split('/')
  segments.forEach((segment, i) => {
    if (segment === '..' && kept.length > 1) kept.pop()
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (i === segments.length - 1) kept.push('')
  })
  return kept.join('/') || '/'
}
