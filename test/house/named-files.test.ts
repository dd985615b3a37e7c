import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readMarkdown } from './markdown.ts'
import { readSources, root } from './sources.ts'

// A reader who follows a name finds the file: in documents, and in the comments of what we write.

const folders = ['src', 'test', 'bench', 'examples', 'scripts', 'docs', 'config', 'policies', 'types', 'bin']
const files = new Set([
  ...readdirSync(root).map(name => `/${name}`),
  ...folders.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => !name.includes('node_modules'))
      .map(name => `/${folder}/${name}`),
  ),
])
const named = /(?<![\w$@*./-])(?:\.\.?\/)*((?:[\w-]+\/)*[a-z][\w-]*(?:\.[\w-]+)*\.(?:ts|mts|mjs|md))\b/gi

/** What must not be there, and what stands for any. */
const notOurs = new Set(['index.ts', 'docs/decisions/NNNN-title.md'])

test.each(readMarkdown().map(({ path, text }) => [path, text]))('%s names only files that are there', (_, text) => {
  expect(missing(text)).toEqual([])
})

test('comments name only files that are there', () => {
  const lost = ['src', 'test', 'bench', 'examples'].flatMap(folder =>
    readSources(folder).flatMap(({ path, comments }) =>
      comments.flatMap(({ value }) => missing(value).map(name => `${path} names ${name}`)),
    ),
  )

  expect(lost).toEqual([])
})

/** A file may be named from the root, from its room's folder, or by its own name alone. */
function missing(text: string): string[] {
  const names = [...text.matchAll(named)].map(match => match[1] ?? '')
  return names.filter(name => !notOurs.has(name) && ![...files].some(file => file.endsWith(`/${name}`)))
}
