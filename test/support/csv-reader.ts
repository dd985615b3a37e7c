/** Reads CSV by the grammar of RFC 4180, one character after the other. It shares nothing with the writer, and is strict where that is lax. */
export function readCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = []
  let row: string[] = []
  let at = text.startsWith('\ufeff') ? 1 : 0
  while (at < text.length) {
    if (text[at] !== '"') throw new Error(`character ${at} begins a cell without a quote`)
    const { cell, end } = readQuoted(text, at + 1)
    row.push(cell)
    at = end
    if (text[at] === ',') {
      at += 1
      continue
    }
    if (text[at] !== '\r' || text[at + 1] !== '\n')
      throw new Error(`character ${at} is neither a comma nor the end of a row`)
    rows.push(row)
    row = []
    at += 2
  }
  if (row.length > 0) throw new Error('the last row does not end')
  return rows
}

function readQuoted(text: string, start: number): { readonly cell: string; readonly end: number } {
  let cell = ''
  for (let at = start; at < text.length; at += 1) {
    if (text[at] !== '"') cell += text[at]
    else if (text[at + 1] === '"') {
      cell += '"'
      at += 1
    } else return { cell, end: at + 1 }
  }
  throw new Error('a quoted cell does not end')
}
