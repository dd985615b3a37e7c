import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha1Of } from '../../src/people/leaked-passwords.ts'

// Lists in the layouts of the public downloader, made of real hashes.

/** Sorted lines of a single file. `extra`: passwords by their count; the rest is filled with hashes that belong to nobody. */
export function singleFile(count: number, extra: Readonly<Record<string, number>> = {}, lineEnd = '\r\n'): string {
  const filler = Array.from({ length: count }, (_, i) => {
    const hash = createHash('sha1').update(`filler ${i}`).digest('hex').toUpperCase()
    return `${hash}:${(i % 9_999) + 1}`
  })
  const known = Object.entries(extra).map(([password, seen]) => `${sha1Of(password)}:${seen}`)
  return `${[...filler, ...known].sort().join(lineEnd)}${lineEnd}`
}

/** The range of one prefix: suffixes that begin so, and the padding that a range API adds. */
export function rangeOf(prefix: string, extra: Readonly<Record<string, number>>, padding = 5): string {
  const known = Object.entries(extra).flatMap(([password, seen]) => {
    const hash = sha1Of(password)
    return hash.startsWith(prefix) ? [`${hash.slice(5)}:${seen}`] : []
  })
  const filler = Array.from({ length: 20 }, (_, i) => `${fill(`${prefix} ${i}`)}:${i + 1}`)
  const padded = Array.from({ length: padding }, (_, i) => `${fill(`pad ${prefix} ${i}`)}:0`)
  return [...known, ...filler, ...padded].sort().join('\r\n')
}

/** A folder of ranges: those of the passwords, and the first and the last. */
export function writeRangeFolder(folder: string, extra: Readonly<Record<string, number>>): void {
  mkdirSync(folder, { recursive: true })
  const prefixes = ['00000', 'FFFFF', ...Object.keys(extra).map(password => sha1Of(password).slice(0, 5))]
  for (const prefix of prefixes) writeFileSync(join(folder, `${prefix}.txt`), rangeOf(prefix, extra, 0))
}

function fill(text: string): string {
  return createHash('sha1').update(text).digest('hex').toUpperCase().slice(5)
}
