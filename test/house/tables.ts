/** The rows of a Markdown table, each a record by column name. `mark` finds the table by the first column of its head. */
export function readTable(markdown: string, firstColumn: string): Record<string, string>[] {
  const lines = markdown.split('\n')
  const head = lines.findIndex(line => cellsOf(line)[0] === firstColumn)
  if (head < 0) return []
  const columns = cellsOf(lines[head] ?? '')
  const rows: Record<string, string>[] = []
  for (const line of lines.slice(head + 2)) {
    if (!line.startsWith('|')) break
    const cells = cellsOf(line)
    rows.push(Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? ''])))
  }
  return rows
}

export function listOf(cell: string | undefined): string[] {
  return (cell ?? '')
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')
}

/** `` `busy` `` -> `busy` */
export function bare(cell: string | undefined): string {
  return (cell ?? '').replaceAll('`', '')
}

function cellsOf(line: string): string[] {
  if (!line.startsWith('|')) return []
  // A bar inside of a cell is written `\|`.
  return line
    .slice(1, line.lastIndexOf('|'))
    .split(/(?<!\\)\|/)
    .map(cell => cell.trim().replaceAll('\\|', '|'))
}
