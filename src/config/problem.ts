/** One thing that is wrong in a file, with its place. */
export interface Problem {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly column: number
  /** What was found; what was expected; what to do. */
  readonly message: string
}

/** `file:line:column: message`, as editors and terminals understand it. */
export function formatProblem({ file, line, column, message }: Problem): string {
  return `${file}:${line}:${column}: ${message}`
}

/** In the order in which a reader meets them, each once. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const inOrder = problems.toSorted(
    (a, b) =>
      compareText(a.file, b.file) || a.line - b.line || a.column - b.column || compareText(a.message, b.message),
  )
  return inOrder.filter((problem, i) => i === 0 || formatProblem(problem) !== formatProblem(inOrder[i - 1] ?? problem))
}

/** A value as a person would name it; long ones are cut. Never called with what a secret holds. */
export function nameValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'an empty value'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  const text = JSON.stringify(value) ?? typeof value
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`
}

export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
