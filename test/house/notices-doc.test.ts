import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { noticeFacts } from '../../src/notices/notice.ts'
import { readSources, root } from './sources.ts'
import { bare, readTable } from './tables.ts'

// docs/notices.md is what people may rely on: the table is compared with the code.

const rows = readTable(readFileSync(join(root, 'docs/notices.md'), 'utf8'), 'kind').map(row => ({
  kind: bare(row['kind']),
  when: row['when'] ?? '',
  to: row['to'] ?? '',
  once: bare(row['once']),
}))

test('every notice is listed, in the order of the code, with when and to whom', () => {
  expect(rows.map(({ kind }) => kind)).toEqual(Object.keys(noticeFacts))
  expect(rows.filter(({ when, to }) => when.length < 15 || to.length < 5)).toEqual([])
})

test('what is told once is what the code gives a key to', () => {
  const keyed = new Set(
    readSources('src').flatMap(({ text }) =>
      [...text.matchAll(/onlyOnceKey(?::| =) `(\w+) /g)].map(([, kind]) => kind ?? ''),
    ),
  )
  const written = new Set(rows.map(({ once }) => once).filter(once => once !== '-'))

  expect([...written].toSorted()).toEqual([...keyed].toSorted())
})
