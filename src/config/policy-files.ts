import type * as z from 'zod'
import type { WrittenOrganization } from './compile-organizations.ts'
import type { WrittenRoute } from './compile-routes.ts'
import { checkAgainst } from './explain-issues.ts'
import { organizationSchema, routeSchema, routesSchema } from './policy-schema.ts'
import type { WrittenTest } from './policy-tests.ts'
import { nameValue, type Problem } from './problem.ts'
import { testSchema, testsSchema } from './test-schema.ts'
import type { Path, YamlSource } from './yaml-source.ts'

/** What stands in policies/: everything that could be read, and everything that is wrong. */
export interface Policies {
  readonly routes: readonly WrittenRoute[]
  readonly organizations: readonly WrittenOrganization[]
  readonly tests: readonly WrittenTest[]
  readonly problems: readonly Problem[]
}

/** Reads each file as what its `kind` says that it is. */
export function readPolicies(sources: readonly YamlSource[]): Policies {
  const parts = sources.map(readPolicy)
  return {
    routes: parts.flatMap(part => part.routes ?? []),
    organizations: parts.flatMap(part => part.organizations ?? []),
    tests: parts.flatMap(part => part.tests ?? []),
    problems: parts.flatMap(part => part.problems ?? []),
  }
}

function readPolicy(source: YamlSource): Partial<Policies> {
  const kind = kindOf(source.value)
  const isTest = /\.test\.ya?ml$/.test(source.file)
  if (isTest !== (kind === 'tests') && typeof kind === 'string') return { problems: [wrongName(source, kind)] }
  switch (kind) {
    case 'routes': {
      const { problems, entries } = readList(routesSchema, routeSchema, 'routes', source)
      return { problems, routes: entries.map(({ value, path }) => ({ file: value, source, path })) }
    }
    case 'organization': {
      const { value, problems } = checkAgainst(organizationSchema, source)
      return value === null ? { problems } : { problems, organizations: [{ file: value, source }] }
    }
    case 'tests': {
      const { problems, entries } = readList(testsSchema, testSchema, 'tests', source)
      return { problems, tests: entries.map(({ value, path }) => ({ test: value, source, path })) }
    }
    default: {
      const message = `found ${kind === undefined ? 'no kind' : `the kind ${nameValue(kind)}`}; expected kind: routes, organization or tests; write one at the top of the file`
      return { problems: [source.problemAt(['kind'], message)] }
    }
  }
}

/** Checks the whole file, and takes of its list what is right: what holds between entries is then told in the same run. */
function readList<Entry extends z.ZodType>(
  whole: z.ZodType,
  entry: Entry,
  key: string,
  source: YamlSource,
): { problems: readonly Problem[]; entries: { value: z.output<Entry>; path: Path }[] } {
  const { problems } = checkAgainst(whole, source)
  const list: unknown = isMapping(source.value) ? source.value[key] : undefined
  const count = Array.isArray(list) ? list.length : 0
  const entries = Array.from({ length: count }, (_, i) => {
    const { value } = checkAgainst(entry, source, [key, i])
    return value === null ? [] : [{ value, path: [key, i] }]
  })
  return { problems, entries: entries.flat() }
}

function wrongName(source: YamlSource, kind: string): Problem {
  const expected =
    kind === 'tests' ? 'a file name that ends in .test.yaml' : 'kind: tests in a file that ends in .test.yaml'
  return source.problemAt(['kind'], `found kind: ${kind}; expected ${expected}; rename the file or change the kind`)
}

function kindOf(value: unknown): unknown {
  return isMapping(value) ? value['kind'] : undefined
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
