import { existsSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { edgesOf, findCycles } from './house/graph.ts'
import {
  findBarrelsAndDefaults,
  findEscapes,
  findFaultAnswers,
  findOwnedGlobals,
  findSuppressions,
  findUnfinished,
} from './house/habits.ts'
import { fileSize, functionSizes, summarize } from './house/sizes.ts'
import { parseSource, readSources, root, type Source } from './house/sources.ts'
import { doors, roofs, walls, withoutNode } from './house/walls.ts'

// The walls of the house. A failure names the line, the rule, and why the wall stands; moving a wall needs a decision record.

const sources = readSources('src')
const outside = [...readSources('test'), ...readSources('bench'), ...readSources('examples')]
const mains = ['main', 'gateway', 'facts'] // files that are rooms of their own

describe('walls', () => {
  test('every file lies in a room that the table names', () => {
    expectNone(sources.filter(source => walls[source.room] === undefined).map(source => `${source.path} has no room`))
  })

  test('a room imports only the rooms that the table allows it, types included', () => {
    expectNone(sources.flatMap(wrongRooms))
  })

  test('nothing imports what stands above it: stores, facts, composition, gateway, commands and main', () => {
    expectNone(sources.flatMap(wrongRoofs))
  })

  test('a third-party package is known in its own rooms only', () => {
    expectNone(sources.flatMap(wrongDoors))
  })

  test('no file leads back to itself, types included', () => {
    const pairs = sources.flatMap(source =>
      source.imports.filter(one => one.ours).map(one => [source.path, one.target] as const),
    )
    expectNone(findCycles(edgesOf(pairs)).map(cycle => cycle.join(' -> ')))
  })

  test('no room leads back to itself, types included', () => {
    const pairs = sources.flatMap(source =>
      source.imports
        .filter(one => one.ours && roomOfTarget(one.target) !== source.room)
        .map(one => [source.room, roomOfTarget(one.target)] as const),
    )
    expectNone(findCycles(edgesOf(pairs)).map(cycle => cycle.join(' -> ')))
  })

  test('every import names a file that is there, inside the house, with its ending', () => {
    expectNone(
      [...sources, ...outside].flatMap(source =>
        source.imports
          .filter(one => one.ours && !(existsSync(join(root, one.target)) && /\.(ts|mjs|js|json)$/.test(one.target)))
          .map(one => `${source.path}:${one.line} ${one.specifier}`),
      ),
    )
  })

  test('the product stands without tests and examples: only the demo loads one, and only when it runs', () => {
    expectNone(
      sources.flatMap(source =>
        source.imports
          .filter(one => one.ours && !/^(src\/|package\.json$)/.test(one.target))
          .filter(one => !(one.dynamic && source.path === 'src/commands/demo.ts'))
          .map(one => `${source.path}:${one.line} imports ${one.target}`),
      ),
    )
  })

  test('the demo application is a backend like any other: of the house it knows the verifier alone', () => {
    expectNone(
      outside
        .filter(source => source.path.startsWith('examples/'))
        .flatMap(source =>
          source.imports
            .filter(one => one.ours && !/^(examples|src\/verifier)\//.test(one.target))
            .map(one => `${source.path}:${one.line} imports ${one.target}`),
        ),
    )
  })
})

describe('habits', () => {
  test('no barrels, no default exports', () => expectNone(sources.flatMap(findBarrelsAndDefaults)))

  test('no any, no x!, no cast without a reason', () => expectNone(sources.flatMap(findEscapes)))

  test('no suppression without a reason', () => expectNone([...sources, ...outside].flatMap(findSuppressions)))

  test('nothing is left unfinished', () => expectNone([...sources, ...outside].flatMap(findUnfinished)))

  test('time, chance, the process and the console have one owner each', () => {
    expectNone(sources.flatMap(findOwnedGlobals))
  })

  test('a Fault becomes an answer in its three places only', () => expectNone(sources.flatMap(findFaultAnswers)))

  test('files are named in kebab-case', () => {
    expectNone(sources.map(source => source.path).filter(path => !/^src(\/[a-z0-9]+(-[a-z0-9]+)*)+\.ts$/.test(path)))
  })
})

describe('sizes', () => {
  test('no file is longer than 300 lines', () => {
    const files = sources.map(fileSize)
    print('files', files)
    expectNone(files.filter(file => file.lines > 300).map(file => `${file.name} has ${file.lines} lines`))
  })

  test('no function is longer than 60 lines', () => {
    const functions = sources.flatMap(functionSizes)
    print('functions', functions)
    expectNone(functions.filter(one => one.lines > 60).map(one => `${one.name} has ${one.lines} lines`))
  })
})

describe('the tests of this file see what they look for', () => {
  test('every kind of import counts, and types are told from values', () => {
    const source = parseSource(
      'src/people/x.ts',
      `import type { A } from './a.ts'
       import { type B } from './b.ts'
       import { c } from './c.ts'
       export type { D } from './d.ts'
       export * from './e.ts'
       type F = import('./f.ts').F
       const g = await import('./g.ts')
       new Worker(new URL('./h.ts', import.meta.url))
       import 'node:net'
       import i from '@scope/package/part'
       const j = await import(name)`,
    )
    const seen = source.imports.map(one => `${one.target}${one.typeOnly ? ' (type)' : ''}`).sort()
    expect(seen).toEqual([
      '@scope/package',
      'computed',
      'node:net',
      'src/people/a.ts (type)',
      'src/people/b.ts (type)',
      'src/people/c.ts',
      'src/people/d.ts (type)',
      'src/people/e.ts',
      'src/people/f.ts (type)',
      'src/people/g.ts',
      'src/people/h.ts',
    ])
  })

  test.each([
    ['a forbidden room', 'src/policy/x.ts', `import { y } from '../people/y.ts'`, wrongRooms],
    ['a forbidden room, dynamically', 'src/proxy/x.ts', `await import('../people/y.ts')`, wrongRooms],
    ['a value where only types may pass', 'src/people/x.ts', `import { y } from '../policy/facts.ts'`, wrongRooms],
    ['a store below the roof', 'src/portal/x.ts', `import type { Y } from '../stores/y.ts'`, wrongRoofs],
    ['a package in a foreign room', 'src/portal/x.ts', `import { Hono } from 'undici'`, wrongDoors],
    ['a package nobody has named', 'src/portal/x.ts', `import x from 'left-pad'`, wrongDoors],
    ['Node inside policy', 'src/policy/x.ts', `import { readFileSync } from 'node:fs'`, wrongDoors],
    ['a cast', 'src/people/x.ts', 'export const x = y as string', findEscapes],
    ['a non-null assertion', 'src/people/x.ts', 'export const x = y!', findEscapes],
    ['any', 'src/people/x.ts', 'export const x = (y: any) => y', findEscapes],
    ['a clock', 'src/people/x.ts', 'export const x = () => Date.now()', findOwnedGlobals],
    ['a timer', 'src/people/x.ts', 'export const x = () => setTimeout(f, 1)', findOwnedGlobals],
    ['the environment', 'src/people/x.ts', 'export const x = () => process.env', findOwnedGlobals],
    ['chance', 'src/people/x.ts', `import { randomBytes } from 'node:crypto'`, findOwnedGlobals],
    ['a barrel', 'src/people/x.ts', `export { y } from './y.ts'`, findBarrelsAndDefaults],
    ['a bare suppression', 'src/people/x.ts', '// biome-ignore lint/style/useConst\nlet x = 1', findSuppressions],
  ])('%s is found', (_, path, text, find) => {
    expect(find(parseSource(path, text))).toHaveLength(1)
  })

  test.each([
    ['a cast with a reason', '// safe because the schema has named it\nexport const x = y as string', findEscapes],
    ['as const', 'export const x = [1] as const', findEscapes],
    [
      'a suppression with a reason',
      '// biome-ignore lint/x: the field is set by the framework\nlet x = 1',
      findSuppressions,
    ],
    ['an own thing of that name', `import { fetch } from './fetch.ts'\nfetch()`, findOwnedGlobals],
  ])('%s passes', (_, text, find) => {
    expect(find(parseSource('src/people/x.ts', text))).toEqual([])
  })

  test('a cycle is found, and a tree is none', () => {
    expect(
      findCycles(
        edgesOf([
          ['a', 'b'],
          ['b', 'c'],
          ['c', 'b'],
        ]),
      ),
    ).toEqual([['b', 'c', 'b']])
    expect(
      findCycles(
        edgesOf([
          ['a', 'b'],
          ['a', 'c'],
          ['b', 'c'],
        ]),
      ),
    ).toEqual([])
  })
})

function wrongRooms(source: Source): string[] {
  const wall = walls[source.room]
  if (wall === undefined) return []
  return source.imports.flatMap(one => {
    if (!one.ours) return []
    const room = roomOfTarget(one.target)
    const allowed = one.typeOnly ? [...wall.may, ...wall.mayTypes] : wall.may
    if (room === source.room || allowed.includes(room) || allowed.includes('*')) return []
    const what = one.typeOnly ? 'types of' : 'values of'
    return [`${source.path}:${one.line} ${source.room} may not import ${what} ${room}, because ${wall.because}`]
  })
}

function wrongRoofs(source: Source): string[] {
  return source.imports.flatMap(one => {
    const room = roomOfTarget(one.target)
    const allowed = roofs[room]
    if (!one.ours || allowed === undefined || room === source.room || allowed.includes(source.room)) return []
    return [`${source.path}:${one.line} imports ${room}, which only ${allowed.join(', ') || 'nobody'} may`]
  })
}

function wrongDoors(source: Source): string[] {
  return source.imports.flatMap(one => {
    if (one.ours) return []
    const place = `${source.path}:${one.line}`
    if (withoutNode.includes(source.room))
      return [`${place} ${source.room} imports nothing but lib, not even ${one.target}`]
    const door = doors[one.target]
    if (door === undefined)
      return isBuiltin(one.target) ? [] : [`${place} ${one.target} has no door: name its room in test/house/walls.ts`]
    if (door.rooms.includes(source.room)) return []
    return [`${place} ${one.target} belongs to ${door.rooms.join(', ')}, because ${door.because}`]
  })
}

function isBuiltin(target: string): boolean {
  return target.startsWith('node:') && (builtinModules.includes(target.slice(5)) || builtinModules.includes(target))
}

function roomOfTarget(target: string): string {
  const [top, first = ''] = target.split('/')
  if (top !== 'src') return target.endsWith('package.json') ? 'package.json' : `outside of src (${target})`
  const name = first.replace(/\.ts$/, '')
  return first.endsWith('.ts') && !mains.includes(name) ? `src itself (${first})` : name
}

function print(what: string, sizes: readonly { readonly lines: number }[]): void {
  const { median, p90, max } = summarize(sizes.map(size => ({ name: '', lines: size.lines })))
  console.log(`${what}: ${sizes.length}, lines median ${median}, p90 ${p90}, max ${max}`)
}

function expectNone(problems: readonly string[]): void {
  expect(problems.join('\n')).toBe('')
}
