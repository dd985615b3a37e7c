import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseSource, readSources, root, type Source } from './sources.ts'

// What nobody imports is either for its own file alone, and then not exported, or for nobody, and then not there.

const runner = 'vitest.config.ts'
const sources = [
  ...['src', 'test', 'bench', 'examples'].flatMap(folder => readSources(folder)),
  parseSource(runner, readFileSync(join(root, runner), 'utf8')),
]

/** Called by its name, by vitest. */
const calledElsewhere = new Set(['test/support/built-threads.ts setup'])

test('every function and constant that is exported is imported somewhere', () => {
  const imported = new Set(sources.flatMap(importedNames))
  const unused = sources
    .filter(({ path }) => !path.endsWith('.d.ts') && !imported.has(`${path} *`))
    .flatMap(source => exportedValues(source).map(name => `${source.path} ${name}`))
    .filter(name => !imported.has(name) && !calledElsewhere.has(name))

  expect(unused).toEqual([])
})

/** `path name` for each name that comes from a file of ours, `path *` for a file that is taken whole. */
function importedNames(source: Source): string[] {
  const targets = new Map(source.imports.filter(one => one.ours).map(one => [one.specifier, one.target]))
  const whole = source.imports.filter(one => one.ours && one.dynamic).map(one => `${one.target} *`)
  const named = source.program.body.flatMap(node => {
    if (node.type !== 'ImportDeclaration' && node.type !== 'ExportNamedDeclaration') return []
    const target = targets.get(node.source?.value ?? '')
    if (target === undefined) return []
    return node.specifiers.map(one => {
      if (one.type === 'ImportSpecifier') return `${target} ${nameOf(one.imported)}`
      return one.type === 'ExportSpecifier' ? `${target} ${nameOf(one.local)}` : `${target} *`
    })
  })
  return [...whole, ...named]
}

function exportedValues({ program }: Source): string[] {
  return program.body.flatMap(node => {
    const declared = node.type === 'ExportNamedDeclaration' ? node.declaration : null
    if (declared?.type === 'FunctionDeclaration' || declared?.type === 'ClassDeclaration')
      return declared.id === null ? [] : [declared.id.name]
    if (declared?.type !== 'VariableDeclaration') return []
    return declared.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []))
  })
}

function nameOf(node: { readonly type: string; readonly name?: string; readonly value?: unknown }): string {
  return node.name ?? String(node.value)
}
