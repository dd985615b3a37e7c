import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { MessageRule } from '../../src/wire/message-rule.ts'
import { isRefusalCause, refusals, statusOf } from '../../src/wire/refusals.ts'
import { readSources, root } from './sources.ts'
import { bare, readTable } from './tables.ts'

// docs/refusals.md is what operators read: it is compared with the table in code, and the code with the table.

const rows = readTable(readFileSync(join(root, 'docs/refusals.md'), 'utf8'), 'cause')

test('the page lists every rule of the wire in the order of the code, as the code has it', () => {
  const inCode = Object.entries<MessageRule>(refusals).map(([cause, { frame, rule, source, helps }]) => ({
    cause,
    status: frame ?? String(isRefusalCause(cause) ? statusOf(cause) : ''),
    'what is refused': rule,
    source,
    'what helps': helps,
  }))
  expect(rows.map(row => ({ ...row, cause: bare(row['cause']) }))).toEqual(inCode)
})

test('every key that a rule names is a key of the configuration', () => {
  const config = readFileSync(join(root, 'docs/config.md'), 'utf8')
  const named = Object.values(refusals).flatMap(({ helps }) => helps.match(/limits\.[A-Za-z0-9.]+[A-Za-z]/g) ?? [])

  expect(named.length).toBeGreaterThan(5)
  expect(named.filter(key => !config.includes(`\`${key}\``))).toEqual([])
})

// What is no judgement about a message: a defect of ours, a key that cannot be had, an application that is not there.
const others = /new Fault\(\s*(?:'(?:internal|unavailable|upstream_unreachable)'|isTimeout \?)/
// The gate's own codes, for a whole other table (docs/errors.md).
const tables = ['src/wire/refusals.ts', 'src/wire/http2-refusals.ts']

test('no message is refused at the wire or by the proxy but by a rule of the table', () => {
  const refused = readSources('src')
    .filter(({ path }) => /^src\/(?:wire|proxy)\//.test(path) && !tables.includes(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/new Fault\([^)]{0,40}/g)]
        .filter(([made]) => !others.test(made))
        .map(([made]) => `${path}: ${made}`),
    )
  expect(refused).toEqual([])
})

test('no rule stands in the table that nothing refuses by', () => {
  const used = readSources('src')
    .filter(({ path }) => /^src\/(?:wire|proxy|live)\//.test(path))
    .map(({ path, text }) => (tables.includes(path) ? text.slice(text.search(/export type \w*RefusalCause/)) : text))
    .join('\n')
  expect(Object.keys(refusals).filter(cause => !used.includes(`'${cause}'`))).toEqual([])
})
