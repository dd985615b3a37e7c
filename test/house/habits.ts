import { type ESTree, Visitor } from 'rolldown/utils'
import type { Source } from './sources.ts'

// What the style forbids and no linter of ours knows: each finding is one line, `path:line what`.

/** Globals that have one owner: a room without them depends on its arguments alone. The verifier stands alone, so it has its own. */
const owned: readonly { name: string; owners: RegExp; because: string }[] = [
  {
    name: 'process',
    owners: /^src\/(main\.ts|gateway\.ts|composition\/|commands\/)/,
    because: 'only the outermost rooms look at the process; others get arguments',
  },
  { name: 'Date', owners: /^src\/(lib\/(clock|instant)|verifier\/time)\.ts$/, because: 'time comes in as a Clock' },
  { name: 'setTimeout', owners: /^src\/(lib\/clock|verifier\/time)\.ts$/, because: 'timers are the Clock’s' },
  { name: 'setInterval', owners: /^src\/(lib\/clock|verifier\/time)\.ts$/, because: 'timers are the Clock’s' },
  { name: 'performance', owners: /^src\/(lib\/clock|verifier\/time)\.ts$/, because: 'time comes in as a Clock' },
  { name: 'console', owners: /^src\/(main\.ts|commands\/)/, because: 'what is said goes through the journal' },
  {
    name: 'fetch',
    owners: /^src\/(outgoing|verifier)\//,
    because: 'connections to others have caps and deadlines there',
  },
]

/** Sources of chance and of processes that come in as arguments. */
const ownedImports: readonly { module: string; names: RegExp; owners: RegExp; because: string }[] = [
  { module: 'node:process', names: /./, owners: /^src\/(main\.ts|gateway\.ts|commands\/)/, because: 'see process' },
  {
    module: 'node:timers',
    names: /./,
    owners: /^src\/(lib\/clock|verifier\/time)\.ts$/,
    because: 'timers are the Clock’s',
  },
  {
    module: 'node:timers/promises',
    names: /./,
    owners: /^src\/(lib\/clock|verifier\/time)\.ts$/,
    because: 'timers are the Clock’s',
  },
  {
    module: 'node:perf_hooks',
    names: /^performance$/,
    owners: /^src\/(lib\/clock|verifier\/time)\.ts$/,
    because: 'time comes in',
  },
  {
    module: 'node:crypto',
    names: /^(random|webcrypto)/,
    owners: /^src\/lib\/random\.ts$/,
    because: 'chance comes in as Random',
  },
]

export function findOwnedGlobals(source: Source): string[] {
  const found: string[] = []
  const declared = new Set(source.program.body.flatMap(node => importedNames(node)))
  const check = (node: { name: string; start: number }) => {
    const rule = owned.find(one => one.name === node.name)
    if (rule === undefined || declared.has(node.name) || rule.owners.test(source.path)) return
    found.push(`${at(source, node)} ${node.name}: ${rule.because}`)
  }
  new Visitor({
    MemberExpression(node) {
      if (node.object.type === 'Identifier' && !isNextTick(node)) check(node.object)
      if (isMathRandom(node)) found.push(`${at(source, node)} Math.random: chance comes in as Random`)
    },
    CallExpression: node => (node.callee.type === 'Identifier' ? check(node.callee) : undefined),
    NewExpression: node => (node.callee.type === 'Identifier' ? check(node.callee) : undefined),
    TSTypeReference: node => (node.typeName.type === 'Identifier' ? check(node.typeName) : undefined),
    ImportDeclaration(node) {
      for (const rule of ownedImports)
        for (const one of node.specifiers)
          if (node.source.value === rule.module && rule.names.test(one.local.name) && !rule.owners.test(source.path))
            if (node.importKind !== 'type') found.push(`${at(source, node)} ${one.local.name}: ${rule.because}`)
    },
  }).visit(source.program)
  return found
}

/** `any`, `x!` and `as`, unless the line, or the comment above it, says "because". */
export function findEscapes(source: Source): string[] {
  const found: string[] = []
  const report = (node: { start: number; end: number }, what: string) => {
    if (!saysBecause(source, source.lineOf(node.start), source.lineOf(node.end)))
      found.push(`${at(source, node)} ${what} without a "because"`)
  }
  new Visitor({
    TSAnyKeyword: node => report(node, 'any'),
    TSNonNullExpression: node => report(node, 'x!'),
    TSTypeAssertion: node => report(node, '<T>x'),
    TSAsExpression(node) {
      const type = node.typeAnnotation
      const isConst =
        type.type === 'TSTypeReference' && type.typeName.type === 'Identifier' && type.typeName.name === 'const'
      if (!isConst) report(node, 'as')
    },
    PropertyDefinition: node => (node.definite ? report(node, 'x!:') : undefined),
    VariableDeclarator: node => (node.definite === true ? report(node, 'x!:') : undefined),
  }).visit(source.program)
  return found
}

// Anchored: prose may speak of a suppression without being one.
const suppression =
  /^[*\s]*(biome-ignore|@ts-(?:ignore|nocheck|expect-error)|(?:oxlint|eslint)-(?:disable|enable)\S*|[cv]8 ignore)(.*)/s

/** A suppression says why, after a colon or two dashes; two of the compiler's cannot, and are not for us. */
export function findSuppressions(source: Source): string[] {
  return source.comments.flatMap(comment => {
    const match = suppression.exec(comment.value)
    if (match === null) return []
    const [, name = '', rest = ''] = match
    const hasReason = /(:|--)\s*\S.{9,}/.test(rest) && name !== '@ts-ignore' && name !== '@ts-nocheck'
    return hasReason ? [] : [`${at(source, comment)} ${name} without a reason`]
  })
}

export function findUnfinished(source: Source): string[] {
  return source.comments
    .filter(comment => /\b(TODO|FIXME|XXX|HACK)\b/.test(comment.value))
    .map(comment => `${at(source, comment)} unfinished: ${comment.value.trim()}`)
}

/** Barrels hide where things live and close cycles; default exports have no name to search for. */
export function findBarrelsAndDefaults(source: Source): string[] {
  const { body } = source.program
  const reexports = body.filter(
    node => node.type === 'ExportAllDeclaration' || (node.type === 'ExportNamedDeclaration' && node.source !== null),
  )
  const found: string[] = []
  if (/(^|\/)index\.ts$/.test(source.path)) found.push(`${source.path} index.ts: import the file you mean`)
  if (body.length > 0 && reexports.length === body.length) found.push(`${source.path} only re-exports`)
  for (const node of body) {
    if (node.type === 'ExportAllDeclaration') found.push(`${at(source, node)} export *: name what you mean`)
    if (node.type === 'ExportDefaultDeclaration') found.push(`${at(source, node)} default export: give it a name`)
  }
  return found
}

/** Three places turn a Fault into something a client reads (the third: what no parser could read); elsewhere its public sentence has no business. */
export function findFaultAnswers(source: Source): string[] {
  if (/^src\/(lib\/fault|http\/answer|proxy\/refus|wire\/plain-answer|operator\/|commands\/)/.test(source.path))
    return []
  const found: string[] = []
  new Visitor({
    MemberExpression(node) {
      if (node.property.type === 'Identifier' && node.property.name === 'publicText')
        found.push(`${at(source, node)} publicText: only http/answer, proxy/refusals and wire/plain-answer do that`)
    },
  }).visit(source.program)
  return found
}

function at(source: Source, node: { start: number }): string {
  return `${source.path}:${source.lineOf(node.start)}`
}

function saysBecause(source: Source, from: number, to: number): boolean {
  const lines = source.text.split('\n')
  let first = from
  while (first > 1 && /^\s*(\/\/|\*|\/\*)/.test(lines[first - 2] ?? '')) first--
  return lines.slice(first - 1, to).some(line => /\bbecause\b/i.test(line))
}

function importedNames(node: ESTree.Program['body'][number]): string[] {
  return node.type === 'ImportDeclaration' ? node.specifiers.map(one => one.local.name) : []
}

/** The queue of the running turn; it looks at nothing of the process. */
function isNextTick(node: ESTree.MemberExpression): boolean {
  return node.property.type === 'Identifier' && node.property.name === 'nextTick'
}

function isMathRandom(node: ESTree.MemberExpression): boolean {
  return (
    node.object.type === 'Identifier' &&
    node.object.name === 'Math' &&
    node.property.type === 'Identifier' &&
    node.property.name === 'random'
  )
}
