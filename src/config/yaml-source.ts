import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml'
import type { Problem } from './problem.ts'

export type Path = readonly PropertyKey[]

/** A file that was read: its value, and where each part of it stands. */
export interface YamlSource {
  readonly file: string
  readonly value: unknown
  /** A problem at a value; when there is none at the path, at the nearest mapping or list around it. */
  problemAt(path: Path, message: string): Problem
  /** A problem at a key of the mapping at the path. */
  problemAtKey(path: Path, key: string, message: string): Problem
}

export type YamlRead =
  | { readonly kind: 'read'; readonly source: YamlSource }
  | { readonly kind: 'unreadable'; readonly problems: readonly Problem[] }

/** Aliases that one file may resolve to: enough for shared lists, too few for a file that grows in memory ("billion laughs"). */
const aliasesMax = 100

/** Reads YAML 1.2: no custom tags, no merge keys, no key twice, one document. */
export function readYaml(file: string, text: string): YamlRead {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true, merge: false })
  const at = (offset: number, message: string): Problem => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col), message }
  }
  // Warnings name tags that were not understood; to go on would be to guess what the author meant.
  const broken = [...document.errors, ...document.warnings]
  if (broken.length > 0)
    return {
      kind: 'unreadable',
      problems: broken.map(({ code, message, pos }) => at(pos[0], explainBroken(code, message))),
    }
  const lost = unresolvedAliases(document)
  if (lost.length > 0) return { kind: 'unreadable', problems: lost.map(({ offset, message }) => at(offset, message)) }
  try {
    return { kind: 'read', source: sourceOf(file, document, at) }
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause
    const message = `found more than ${aliasesMax} uses of aliases; expected a file that says what it means; write the values out`
    return { kind: 'unreadable', problems: [at(0, message)] }
  }
}

function sourceOf(file: string, document: Document, at: (offset: number, message: string) => Problem): YamlSource {
  const value: unknown = document.toJS({ maxAliasCount: aliasesMax })
  return {
    file,
    value,
    problemAt: (path, message) => at(startOf(nodeAt(document, path)), message),
    problemAtKey(path, key, message) {
      const map = nodeAt(document, path)
      const pair = isMap(map) ? map.items.find(item => nameOf(item.key) === key) : undefined
      return at(startOf(pair?.key ?? map), message)
    },
  }
}

function unresolvedAliases(document: Document): readonly { offset: number; message: string }[] {
  const lost: { offset: number; message: string }[] = []
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return
      const message = `found *${alias.source}, which no anchor names; expected a value; write it out, or in quotes if it begins with *`
      lost.push({ offset: startOf(alias), message })
    },
  })
  return lost
}

function nodeAt(document: Document, path: Path): unknown {
  let node: unknown = document.contents
  for (const step of path) {
    const next = childOf(isAlias(node) ? node.resolve(document) : node, step)
    if (next === undefined) break
    node = next
  }
  return node
}

function childOf(node: unknown, step: PropertyKey): unknown {
  if (isSeq(node)) return node.items[Number(step)]
  if (!isMap(node)) return undefined
  const pair = node.items.find(item => nameOf(item.key) === String(step))
  // A key with nothing behind it: the nothing has no place of its own.
  return isNode(pair?.value) && !isNothing(pair.value) ? pair.value : pair?.key
}

function isNothing({ range }: Node): boolean {
  return range == null || range[0] === range[1]
}

function nameOf(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0
}

function explainBroken(code: string, message: string): string {
  const what = message.split('\n')[0] ?? message
  if (code === 'DUPLICATE_KEY') return 'found the same key twice; expected each key once; remove one of them'
  if (code === 'TAB_AS_INDENT') return 'found a tab; expected spaces; indent with spaces'
  if (code === 'TAG_RESOLVE_FAILED') return `found ${what.toLowerCase()}; expected plain values; remove the tag`
  if (code === 'MULTIPLE_DOCS') return 'found a second document; expected one in each file; split the file at ---'
  return `found broken YAML (${what.replace(/ at line \d+.*$/, '')}); expected YAML 1.2; check indentation, quotes and colons`
}
