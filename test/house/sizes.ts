import { type ESTree, Visitor } from 'rolldown/utils'
import type { Source } from './sources.ts'

export interface Size {
  readonly name: string
  readonly lines: number
}

export function fileSize(source: Source): Size {
  return { name: source.path, lines: source.text.trimEnd().split('\n').length }
}

/** Every function with a body of its own, from its first line to its last. One-line callbacks are not counted as functions. */
export function functionSizes(source: Source): Size[] {
  const sizes: Size[] = []
  const measure = (node: ESTree.Function | ESTree.ArrowFunctionExpression) => {
    if (node.body?.type !== 'BlockStatement') return
    const from = source.lineOf(node.start)
    sizes.push({ name: `${source.path}:${from}`, lines: source.lineOf(node.end) - from + 1 })
  }
  new Visitor({
    FunctionDeclaration: measure,
    FunctionExpression: measure,
    ArrowFunctionExpression: measure,
  }).visit(source.program)
  return sizes
}

export function summarize(sizes: readonly Size[]): { median: number; p90: number; max: number } {
  const sorted = sizes.map(size => size.lines).sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { median: at(0.5), p90: at(0.9), max: at(1) }
}
