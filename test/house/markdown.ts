import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './sources.ts'

export interface Markdown {
  readonly path: string
  readonly text: string
  /** Relative targets of links and images, outside of code. */
  readonly links: readonly string[]
}

const skipped = ['node_modules', '.git', 'data', 'test-results', 'test/interop/thelounge']

/** Every Markdown file of the project. */
export function readMarkdown(): Markdown[] {
  return globSync('**/*.md', {
    cwd: root,
    exclude: path => skipped.some(one => path === one || path.endsWith(`/${one}`)),
  })
    .sort()
    .map(path => {
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text, links: linksOf(text) }
    })
}

function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '')
  const inline = [...prose.matchAll(/\]\(\s*<?([^)>\s]+)>?[^)]*\)/g)].map(match => match[1] ?? '')
  const named = [...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)].map(match => match[1] ?? '')
  const html = [...prose.matchAll(/<(?:img|a)\s[^>]*(?:src|href)="([^"]+)"/g)].map(match => match[1] ?? '')
  return [...inline, ...named, ...html].filter(link => !/^[a-z][a-z0-9+.-]*:/i.test(link))
}
