import { breathe } from '../lib/clock.ts'
import { parseEmail } from '../people/email.ts'

/** What a list of people, as somebody exported it, names. */
export interface AddressList {
  /** Canonical addresses in the order of the file, each once. */
  readonly keys: readonly ListedKey[]
  /** The first of them. */
  readonly problems: readonly LineProblem[]
  readonly problemsTotal: number
}

/** A file of something else has one in each of its lines: a person reads some, and all of them would fill the memory. */
export const problemsMax = 1_000

export interface ListedKey {
  readonly key: string
  readonly line: number
}

export interface LineProblem {
  /** As an editor counts, from 1. */
  readonly line: number
  readonly text: string
  readonly why: 'not an e-mail address' | 'listed before' | 'no such account' | 'a quote is never closed'
}

/**
 * Reads a CSV file (RFC 4180; also with LF, a byte order mark, semicolons or tabs). The addresses stand in the column whose name speaks of
 * mail, else in the first one that holds an address; a row of names at the top is no problem. In stretches: of a gateway that is at work.
 */
export async function readAddressList(text: string): Promise<AddressList> {
  const rows = readRows(text.replace(/^\ufeff/, ''))
  const [first, second] = [await nextOf(rows), await nextOf(rows)]
  const keys: ListedKey[] = []
  const problems: LineProblem[] = []
  let problemsTotal = 0
  if (first === null) return { keys, problems, problemsTotal }
  const withAddress = first.cells.findIndex(cell => addressIn(cell) !== null)
  const headed = withAddress < 0 && (second !== null || namesMail(first.cells))
  const column = headed ? columnOf(first.cells, second?.cells ?? []) : Math.max(0, withAddress)
  const seen = new Set<string>()
  const take = ({ line, cells, unclosed }: Row): void => {
    const cell = cells[column] ?? ''
    if (!unclosed && cells.every(each => each.trim() === '')) return
    const key = addressIn(cell)
    const problem = (why: LineProblem['why']) => {
      problemsTotal += 1
      if (problems.length < problemsMax) problems.push({ line, text: cell.slice(0, textMax), why })
    }
    if (unclosed) problem('a quote is never closed')
    else if (key === null) problem('not an e-mail address')
    else if (seen.has(key)) problem('listed before')
    else {
      seen.add(key)
      keys.push({ key, line })
    }
  }
  if (!headed) take(first)
  if (second !== null) take(second)
  for await (const row of rows) take(row)
  return { keys, problems, problemsTotal }
}

async function nextOf(rows: AsyncGenerator<Row, void>): Promise<Row | null> {
  const next = await rows.next()
  return next.done === true ? null : next.value
}

const textMax = 100

/** Our own exports disarm formulas with an apostrophe; it belongs to no address. */
function addressIn(cell: string): string | null {
  return parseEmail(cell.trim().replace(/^'(?=[=+\-@])/, ''))?.key ?? null
}

function namesMail(cells: readonly string[]): boolean {
  return cells.some(cell => mailName.test(cell))
}

function columnOf(names: readonly string[], firstRow: readonly string[]): number {
  const named = names.findIndex(cell => mailName.test(cell))
  return named >= 0
    ? named
    : Math.max(
        0,
        firstRow.findIndex(cell => addressIn(cell) !== null),
      )
}

const mailName = /mail|メール/i

interface Row {
  readonly line: number
  readonly cells: readonly string[]
  readonly unclosed: boolean
}

/** Of text: some hundreds of addresses, a few milliseconds. */
const stretch = 16 * 1024
/** Of a row, and of a quoted cell. Nobody's list has more; hostile ones would else be kept whole, in millions of pieces. */
const cellsMax = 1_000
const cellLengthMax = 64 * 1024

async function* readRows(text: string): AsyncGenerator<Row, void> {
  const separator = separatorOf(text)
  let at = 0
  let restedAt = 0
  let line = 1
  while (at < text.length) {
    const startLine = line
    const cells: string[] = []
    let unclosed = false
    for (;;) {
      const cell = readCell(text, at, separator)
      if (cells.length < cellsMax) cells.push(cell.value)
      line += cell.breaks
      at = cell.end
      unclosed ||= cell.unclosed
      if (at - restedAt > stretch) {
        restedAt = at
        await breathe()
      }
      if (text[at] !== separator) break
      at += 1
    }
    yield { line: startLine, cells, unclosed }
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1
    at += 1
    line += 1
  }
}

/** Excel writes semicolons where the comma is the decimal point. */
function separatorOf(text: string): string {
  const firstLine = text.slice(0, 4_096).split(/[\r\n]/, 1)[0] ?? ''
  if (firstLine.includes(',')) return ','
  return firstLine.includes(';') ? ';' : firstLine.includes('\t') ? '\t' : ','
}

interface Cell {
  readonly value: string
  readonly end: number
  /** Line breaks inside quotes. */
  readonly breaks: number
  readonly unclosed: boolean
}

function readCell(text: string, from: number, separator: string): Cell {
  if (text[from] !== '"') {
    let end = from
    while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end += 1
    return { value: text.slice(from, end), end, breaks: 0, unclosed: false }
  }
  let value = ''
  let at = from + 1
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote < 0 || value.length > cellLengthMax) return { value: '', end: text.length, breaks: 0, unclosed: true }
    value += text.slice(at, quote)
    at = quote + 1
    if (text[at] !== '"') break
    value += '"'
    at += 1
  }
  const rest = readCell(text, text[at] === '"' ? at + 1 : at, separator)
  return { value: value + rest.value, end: rest.end, breaks: value.split('\n').length - 1, unclosed: false }
}
