import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSources, root } from './sources.ts'
import { readTable } from './tables.ts'

// Dashboards and alarms hang on these names: the table of docs/operations.md is compared with what the code registers.

test('docs/operations.md lists every metric with its labels, and no other', () => {
  const page = readFileSync(join(root, 'docs/operations.md'), 'utf8')
  const written = readTable(page, 'metric').flatMap(row =>
    [...(row['metric'] ?? '').matchAll(/`(sekisho_\w+(?:\{[\w,]+\})?)`/g)].map(([, name]) => name),
  )

  expect(new Set(written)).toEqual(new Set(readSources('src').flatMap(registered)))
})

function registered({ text }: { readonly text: string }): string[] {
  const made = [...text.matchAll(/\b(?:counter|gauges?)\(\s*'(\w+)',\s*(?:'[^']*'|\w+),\s*(?:\[([^\]]*)\])?/g)]
  const named = [...text.matchAll(/name: '(sekisho_\w+)'/g)].map(([, name = '']) => name)
  return [...named, ...made.map(([, name = '', labels = '']) => `sekisho_${name}${shown(labels)}`)]
}

function shown(labels: string): string {
  const names = labels.replaceAll(/['\s]/g, '').replace(/,$/, '')
  return names === '' ? '' : `{${names}}`
}
