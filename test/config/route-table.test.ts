import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Route } from '../../src/config/route.ts'
import { buildRouteTable, isServed, matchRoute } from '../../src/config/route-table.ts'

interface PathCase {
  readonly id: string
  readonly raw_target: string
  readonly expect: string
  readonly idea: string
}

describe('paths', () => {
  test('a prefix that ends in / holds what lies below it, and nothing else', () => {
    const table = tableOf(['prefix', '/public/'])
    expect(paths(table, ['/public/', '/public/a', '/public/a/b', '/public//', '/public/publicity'])).toEqual(
      Array(5).fill('/public/'),
    )
    expect(
      paths(table, ['/public', '/publicity', '/publi', '/public.bak/x', '/xpublic/y', '/private/public/x', '/']),
    ).toEqual(Array(7).fill('no_route'))
  })

  test('a prefix without / at its end holds itself and what lies below it, at the end of a segment', () => {
    const table = tableOf(['prefix', '/admin'])
    expect(paths(table, ['/admin', '/admin/', '/admin/users'])).toEqual(Array(3).fill('/admin'))
    expect(
      paths(table, [
        '/administration',
        '/admin.php',
        '/admin;x',
        '/admi',
        '/x/admin',
        '/admin%2fusers',
        '/Admin',
        '/ADMIN/x',
      ]),
    ).toEqual(Array(8).fill('no_route'))
  })

  test('the longest prefix wins, whatever the order of the routes', () => {
    const kinds = [
      ['prefix', '/'],
      ['prefix', '/a'],
      ['prefix', '/a/'],
      ['prefix', '/a/b'],
      ['exact', '/a/b/c'],
    ] as const
    for (const table of [tableOf(...kinds), tableOf(...kinds.toReversed())])
      expect(paths(table, ['/', '/x', '/a', '/a/', '/a/x', '/a/b', '/a/bc', '/a/b/c', '/a/b/c/d'])).toEqual([
        '/',
        '/',
        '/a',
        '/a/',
        '/a/',
        '/a/b',
        '/a/',
        '/a/b/c',
        '/a/b',
      ])
  })

  test('an exact path is that one path', () => {
    const table = tableOf(['exact', '/healthz'])
    expect(paths(table, ['/healthz', '/healthz/', '/healthz/x', '/healthzz', '/HEALTHZ'])).toEqual([
      '/healthz',
      ...Array(4).fill('no_route'),
    ])
  })

  test('an exact path beats a prefix of the same length', () => {
    const table = buildRouteTable([route('p', 'prefix', '/x'), route('e', 'exact', '/x')])
    expect([nameOf(table, '/x'), nameOf(table, '/x/')]).toEqual(['e', 'p'])
  })

  test('the answer is that of a naive search', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', '')
    const path = fc.array(segment, { maxLength: 4 }).map(segments => `/${segments.join('/')}`)
    fc.assert(
      fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 6 }), path, (prefixes, asked) => {
        const table = buildRouteTable(prefixes.map(prefix => route(prefix, 'prefix', prefix)))
        const holds = (prefix: string) =>
          asked === prefix || asked.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)
        const naive = prefixes.filter(holds).toSorted((a, b) => b.length - a.length)[0]
        expect(nameOf(table, asked)).toBe(naive ?? 'no_route')
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the shared cases of path bypass', () => {
  const { cases }: { cases: PathCase[] } = JSON.parse(readFileSync('test/cases/shared/path-bypass.shared.json', 'utf8'))
  const table = buildRouteTable([
    {
      ...route('anonymous', 'prefix', '/public/'),
      fact: { ...route('anonymous', 'prefix', '/').fact, access: 'public' },
    },
    { ...route('health', 'exact', '/healthz'), fact: { ...route('health', 'exact', '/').fact, access: 'public' } },
    route('admin', 'prefix', '/admin'),
    route('everything else', 'prefix', '/'),
  ])
  const accessOf = (target: string) => {
    const match = matchRoute(table, 'chat.example.com', target.split('?')[0] ?? '')
    return match.kind === 'route' ? match.route.fact.access : match.kind
  }

  // What is ambiguous never comes here: it is refused where targets are read. These are the cases that are for routes to decide.
  test.each(
    cases.filter(({ idea }) => ['prefix-edge', 'letter-case', 'query-tricks'].includes(idea) || idea === 'legit'),
  )('$id $raw_target: $expect', ({ raw_target, expect: expected }) => {
    if (/\.\.|%|\/\//.test(raw_target.split('?')[0] ?? '') && expected === 'reject') return
    expect(accessOf(raw_target)).toBe(expected === 'forward' ? 'public' : 'signed-in')
  })
})

describe('hosts', () => {
  test('a host that nobody serves is told from a path that no route holds', () => {
    const table = tableOf(['prefix', '/a'])
    expect(matchRoute(table, 'other.example.com', '/a').kind).toBe('unknown_host')
    expect(matchRoute(table, 'chat.example.com', '/b').kind).toBe('no_route')
    expect([isServed(table, 'chat.example.com'), isServed(table, 'other.example.com')]).toEqual([true, false])
  })

  test('a wildcard holds names exactly one label longer', () => {
    const table = buildRouteTable([{ ...route('w', 'prefix', '/'), hosts: ['*.example.com'] }])
    const kinds = [
      'a.example.com',
      'a.b.example.com',
      'example.com',
      'xexample.com',
      '.example.com',
      'localhost',
      '',
    ].map(host => matchRoute(table, host, '/').kind)
    expect(kinds).toEqual([
      'route',
      'unknown_host',
      'unknown_host',
      'unknown_host',
      'route',
      'unknown_host',
      'unknown_host',
    ])
  })

  test('a host of its own name is not served by a wildcard as well', () => {
    const table = buildRouteTable([
      { ...route('w', 'prefix', '/'), hosts: ['*.example.com'] },
      { ...route('own', 'prefix', '/a'), hosts: ['chat.example.com'] },
    ])
    expect(matchRoute(table, 'chat.example.com', '/b').kind).toBe('no_route')
    expect(matchRoute(table, 'files.example.com', '/b').kind).toBe('route')
  })

  test('names that objects carry from birth are hosts and paths like any other', () => {
    const table = tableOf(['prefix', '/a'])
    expect(matchRoute(table, '__proto__', '/a').kind).toBe('unknown_host')
    expect(matchRoute(table, 'chat.example.com', '__proto__').kind).toBe('no_route')
  })
})

function tableOf(...matches: (readonly ['exact' | 'prefix', string])[]) {
  return buildRouteTable(matches.map(([kind, path]) => route(path, kind, path)))
}

function paths(table: ReturnType<typeof tableOf>, asked: readonly string[]): string[] {
  return asked.map(path => nameOf(table, path))
}

function nameOf(table: ReturnType<typeof tableOf>, path: string): string {
  const match = matchRoute(table, 'chat.example.com', path)
  return match.kind === 'route' ? match.route.fact.name : match.kind
}

function route(name: string, kind: 'exact' | 'prefix', path: string): Route {
  return {
    fact: {
      name,
      access: 'signed-in',
      identityOptional: false,
      roles: null,
      secondFactor: false,
      proofAgeMaxMs: null,
      networks: null,
      secondFactorContexts: [],
    },
    hosts: ['chat.example.com'],
    match: { kind, path },
    forwarding: {
      upstream: 'chat',
      timeouts: { headMs: 1, bodyIdleMs: 1, tunnelIdleMs: 1 },
      bodyBytesMax: 1,
      identityHeaders: [],
      tokenAs: 'header',
      webSockets: false,
      origins: [],
      passAuthorization: false,
      preserveHost: true,
      cacheable: false,
    },
    limit: null,
    writtenAt: 'routes.yaml:1',
  }
}
