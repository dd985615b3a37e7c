import type * as z from 'zod'
import { keysAt } from './json-schema.ts'
import { nearest } from './nearest.ts'
import { nameValue, type Problem } from './problem.ts'
import { inlineSecret } from './values.ts'
import type { Path, YamlSource } from './yaml-source.ts'

export interface Checked<Out> {
  /** Null when anything is wrong. */
  readonly value: Out | null
  readonly problems: readonly Problem[]
}

/** Checks a part of a file against its schema; everything that is wrong is told with its place. */
export function checkAgainst<Schema extends z.ZodType>(
  schema: Schema,
  source: YamlSource,
  path: Path = [],
): Checked<z.output<Schema>> {
  const part = valueAt(source.value, path)
  const result = schema.safeParse(part)
  if (result.success) return { value: result.data, problems: [] }
  const known = (at: Path) => keysAt(schema, at)
  return {
    value: null,
    problems: result.error.issues.flatMap(issue => explain(issue, { source, base: path, part, known })),
  }
}

interface Place {
  readonly source: YamlSource
  /** Where the checked part stands in its file; issues count their paths from there. */
  readonly base: Path
  readonly part: unknown
  readonly known: (at: Path) => readonly string[]
}

function explain(issue: z.core.$ZodIssue, place: Place): Problem[] {
  const { source, base, part, known } = place
  const path = [...base, ...issue.path]
  const found = valueAt(part, issue.path)
  const tell = (expected: string) => [source.problemAt(path, `found ${nameValue(found)}; expected ${expected}`)]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(key => source.problemAtKey(path, key, unknownKey(key, known(issue.path))))
    case 'invalid_key':
      return tellKey(issue, place)
    case 'invalid_value':
      if (found === undefined) return [missing(issue, place, oneOf(issue.values.map(String)))]
      return tell(oneOf(issue.values.map(String), typeof found === 'string' ? found : ''))
    case 'invalid_type':
      if (issue.message.startsWith(inlineSecret))
        return [source.problemAt(path, `found a value written inline; expected ${issue.message}`)]
      if (found === undefined) return [missing(issue, place, expectedOf(issue))]
      return tell(expectedOf(issue))
    case 'too_big':
    case 'too_small':
      return tell(issue.message.startsWith('Too') ? bounds(issue) : issue.message)
    case 'custom':
      return tell(issue.message)
    default:
      return tell(`${issue.message}; see docs/config.md`)
  }
}

function missing(issue: z.core.$ZodIssue, { source, base }: Place, expected: string): Problem {
  const path = [...base, ...issue.path]
  const key = String(path.at(-1) ?? '')
  if (path.length === 0) return source.problemAt([], `found an empty file; expected ${expected}`)
  return source.problemAt(path.slice(0, -1), `found no ${key}; expected ${key}: ${expected}`)
}

function tellKey(issue: z.core.$ZodIssue, { source, base }: Place): Problem[] {
  const inner = issue.code === 'invalid_key' ? issue.issues : []
  const path = [...base, ...issue.path.slice(0, -1)]
  const key = String(issue.path.at(-1))
  return inner.map(one => source.problemAtKey(path, key, `found the name ${nameValue(key)}; expected ${one.message}`))
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known)
  const what = meant === null ? 'remove it' : `did you mean ${meant}?`
  return `found the unknown key ${nameValue(key)}; expected one of ${known.join(', ')}; ${what}`
}

function oneOf(values: readonly string[], found?: string): string {
  const meant = found === undefined ? null : nearest(found, values)
  const list = values.length === 1 ? values.join() : `one of ${values.join(', ')}`
  return `${list}; ${meant === null ? 'write it so' : `did you mean ${meant}?`}`
}

function expectedOf(issue: z.core.$ZodIssue): string {
  // Our own words stand in the message; where a schema has none, its type says it.
  if (!issue.message.startsWith('Invalid input')) return issue.message
  const type = issue.code === 'invalid_type' ? issue.expected : ''
  if (type === 'object' || type === 'record') return 'a mapping of keys to values; write key: value lines, indented'
  if (type === 'array') return 'a list; write [a, b] or lines that begin with -'
  return `${type}; see docs/config.md`
}

function bounds(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_big') return `at most ${issue.maximum} entries; remove some`
  return issue.code === 'too_small' ? `at least ${issue.minimum} entries; add some` : ''
}

function valueAt(value: unknown, path: Path): unknown {
  let part = value
  for (const step of path) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, step)) return undefined
    part = Reflect.get(part, step)
  }
  return part
}
