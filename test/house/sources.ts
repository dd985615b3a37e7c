import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type ESTree, parseSync, Visitor } from 'rolldown/utils'

// Reads the house as the compiler does: every file parsed, every import named, static and dynamic, of values and of types.

export const root = join(import.meta.dirname, '../..')

export interface Source {
  /** From the repository's root: `src/policy/plan.ts`. */
  readonly path: string
  /** The folder under src, or the file's name without its ending for files that lie in src itself (`facts`, `gateway`, `main`). */
  readonly room: string
  readonly text: string
  readonly program: ESTree.Program
  readonly comments: readonly { readonly value: string; readonly start: number; readonly end: number }[]
  readonly imports: readonly Import[]
  lineOf(offset: number): number
}

export interface Import {
  readonly specifier: string
  /** Path of a file of ours, or the name of a package (`node:net`, `@scope/name`). */
  readonly target: string
  readonly ours: boolean
  readonly typeOnly: boolean
  /** Loaded when its line is reached, and not with the file. */
  readonly dynamic: boolean
  readonly line: number
}

/** All TypeScript files under a folder, in a stable order. */
export function readSources(folder = 'src'): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !name.includes('node_modules'))
    .map(name => `${folder}/${name}`)
    .sort()
    .map(path => parseSource(path, readFileSync(join(root, path), 'utf8')))
}

export function parseSource(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors.map(error => error.message).join('; ')}`)
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map(match => match.index + 1)]
  const lineOf = (offset: number) => lineStarts.findLastIndex(start => start <= offset) + 1
  return { path, room: roomOf(path), text, program, comments, imports: importsOf(path, program, lineOf), lineOf }
}

export function roomOf(path: string): string {
  const [, first = ''] = path.split('/')
  return first.replace(/\.ts$/, '')
}

function importsOf(path: string, program: ESTree.Program, lineOf: (offset: number) => number): Import[] {
  const found: Import[] = []
  const add = (node: { start: number }, specifier: string, typeOnly: boolean, dynamic = false) => {
    const ours = specifier.startsWith('.')
    const target = ours ? relative(root, join(root, dirname(path), specifier)) : packageOf(specifier)
    found.push({ specifier, target, ours, typeOnly, dynamic, line: lineOf(node.start) })
  }
  new Visitor({
    ImportDeclaration(node) {
      const namesOnlyTypes =
        node.specifiers.length > 0 &&
        node.specifiers.every(one => one.type === 'ImportSpecifier' && one.importKind === 'type')
      add(node, node.source.value, node.importKind === 'type' || namesOnlyTypes)
    },
    ExportNamedDeclaration(node) {
      if (node.source !== null) add(node, node.source.value, node.exportKind === 'type')
    },
    ExportAllDeclaration: node => add(node, node.source.value, node.exportKind === 'type'),
    TSImportType: node => add(node, node.source.value, true),
    ImportExpression: node => add(node, textOf(node.source), false, true),
    // A worker or another file that is named by its place beside this one is loaded as well.
    NewExpression(node) {
      const [first, base] = node.arguments
      if (isNamed(node.callee, 'URL') && base?.type === 'MemberExpression' && base.object.type === 'MetaProperty')
        if (first !== undefined && textOf(first).endsWith('.ts')) add(node, textOf(first), false)
    },
    CallExpression(node) {
      if (isNamed(node.callee, 'require') || isNamed(node.callee, 'createRequire')) add(node, 'require()', false)
    },
  }).visit(program)
  return found
}

/** The text of a string literal; anything computed shows as `computed`, which no wall lets through. */
function textOf(node: { readonly type: string }): string {
  return 'value' in node && typeof node.value === 'string' ? node.value : 'computed'
}

function isNamed(node: { readonly type: string }, name: string): boolean {
  return node.type === 'Identifier' && 'name' in node && node.name === name
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier)
}
