import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { faults } from '../../src/lib/fault.ts'
import { entrances, gateTable } from '../../src/policy/plan.ts'
import { reasons, steps } from '../../src/policy/verdict.ts'
import { readMarkdown } from './markdown.ts'
import { root } from './sources.ts'
import { bare, listOf, readTable } from './tables.ts'

// The public contracts are tables in docs/, and the tables are true.

const gateNames = gateTable().map(row => row.name)

describe('docs/errors.md', () => {
  test('lists every fault with its status and its sentence, and no other', () => {
    const rows = readTable(sectionOf(read('docs/errors.md'), 'Faults'), 'code')

    const written = rows.map(row => [
      bare(row['code']),
      { status: Number(row['status']), text: row['the client reads'] },
    ])
    expect(Object.fromEntries(written)).toEqual(faults)
    expect(new Set(written.map(([code]) => code)).size).toBe(rows.length)
  })

  test('says of every fault when it comes', () => {
    const rows = readTable(sectionOf(read('docs/errors.md'), 'Faults'), 'code')
    expect(rows.filter(row => (row['when, and what to do'] ?? '').length < 20)).toEqual([])
  })
})

describe('docs/gates.md', () => {
  const page = read('docs/gates.md')

  test('lists the gates in their order, with what they ask for and where they stand', () => {
    const written = readTable(page, 'gate').map(row => [row['gate'], listOf(row['asks for']), listOf(row['entrances'])])
    expect(written).toEqual(gateTable().map(row => [row.name, [...row.asks], [...row.entrances]]))
  })

  test('lists every reason, the gates that give it, and what helps', () => {
    const rows = readTable(page, 'reason')
    expect(rows.map(row => bare(row['reason']))).toEqual([...reasons])
    expect(rows.filter(row => row['what helps'] === '')).toEqual([])
    expect(rows.flatMap(row => unknownGates(row['gate']))).toEqual([])
  })

  test('lists every step, the gates that ask for it, and its page', () => {
    const rows = readTable(page, 'step')
    expect(rows.map(row => bare(row['step']))).toEqual([...steps])
    expect(rows.filter(row => row['page'] === '')).toEqual([])
    expect(rows.flatMap(row => unknownGates(row['gate']))).toEqual([])
  })
})

describe('ARCHITECTURE.md', () => {
  const rows = readTable(read('ARCHITECTURE.md'), 'gate')

  test('shows the gates in their order, with what they ask for', () => {
    expect(rows.map(row => [row['gate'], listOf(row['asks for'])])).toEqual(
      gateTable().map(row => [row.name, [...row.asks]]),
    )
  })

  test('shows for every entrance which gates it walks', () => {
    for (const [i, row] of rows.entries()) {
      const columns = Object.entries(row).filter(([column]) => column !== 'gate' && column !== 'asks for')
      const shown = columns.flatMap(([column, cell]) => (cell === '●' ? listOf(column) : []))
      expect(columns.flatMap(([column]) => listOf(column)).sort()).toEqual([...entrances].sort())
      expect([row['gate'], shown.sort()]).toEqual([row['gate'], [...(gateTable()[i]?.entrances ?? [])].sort()])
    }
  })

  test('names every room that there is', async () => {
    const { walls } = await import('./walls.ts')
    const { readSources } = await import('./sources.ts')
    const shown = readTable(read('ARCHITECTURE.md'), 'room').flatMap(row => listOf(row['room']).map(bare))
    const rooms = new Set(readSources('src').map(source => source.room))

    expect([...rooms].filter(room => !shown.includes(room))).toEqual([])
    expect(shown.filter(room => walls[room] === undefined)).toEqual([])
  })
})

describe('every document', () => {
  const documents = readMarkdown()

  test.each(documents.map(one => [one.path, one] as const))('%s leads only to what is there', (_, document) => {
    const broken = document.links.filter(link => !leadsSomewhere(document.path, link))
    expect(broken).toEqual([])
  })

  test('the decision records are numbered without a gap or a double, have their four parts and at most 40 lines', () => {
    const records = documents.filter(one => /^docs\/decisions\/\d{4}-/.test(one.path))
    const numbers = records.map(one => Number(/\d{4}/.exec(one.path)?.[0]))

    expect(numbers).toEqual(numbers.map((_, i) => i + 1))
    for (const { path, text } of records) {
      const headings = [...text.matchAll(/^## (.+)$/gm)].map(match => match[1])
      expect([path, headings]).toEqual([
        path,
        ['Context', 'Decision', 'What we give up', 'How we would notice that it was wrong'],
      ])
      expect([path, text.trimEnd().split('\n').length <= 40]).toEqual([path, true])
    }
  })

  function leadsSomewhere(from: string, link: string): boolean {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? join(root, from) : join(root, dirname(from), decodeURIComponent(path))
    if (!existsSync(target)) return false
    return anchor === undefined || !target.endsWith('.md') || anchorsOf(readFileSync(target, 'utf8')).has(anchor)
  }
})

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

function sectionOf(page: string, heading: string): string {
  return page.split(/^## /m).find(section => section.startsWith(heading)) ?? ''
}

function unknownGates(cell: string | undefined): string[] {
  return listOf(cell).filter(name => name !== 'every gate' && !gateNames.some(gate => gate === name))
}

/** Anchors of headings, as code hosts make them. */
function anchorsOf(page: string): Set<string> {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(match => match[1] ?? '')
  return new Set(
    headings.map(text =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
