/**
 * One row of a CSV file as a spreadsheet may open it (RFC 4180): every cell is quoted, and a cell that a spreadsheet would run as a
 * formula (CWE-1236) begins with an apostrophe, which makes it text. Rows end in CR LF.
 */
export function csvRow(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

/** How a file begins. The mark of UTF-8 keeps Excel from reading Japanese names in the code page of the machine. */
export function csvHead(columns: readonly string[]): string {
  return `\ufeff${csvRow(columns)}`
}

export type CsvCell = string | number | boolean | null

function csvCell(value: CsvCell): string {
  // NUL ends a text in some readers, a terminal obeys the rest, and half a surrogate pair is no UTF-8.
  const text = value === null ? '' : String(value).toWellFormed().replaceAll(control, '\ufffd')
  const safe = isFormula(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}

/** All but tab and line breaks. */
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g

/** Most cells, at a tenth of the cost. */
const plain = /^[A-Za-z0-9]/
// Importers trim a cell and take its quotes off before they look at its first character: spaces of all kinds, marks that are not seen,
// straight, curly and full-width quotes.
const skipped = /^[\p{Z}\p{C}\p{Pi}\p{Pf}"'\u0060\u00b4\uff02\uff07]*/u
// A tab or a line break at the beginning moves what follows into another cell.
const moving = /^[\p{Z}\p{C}]*[\t\r\n]/u

/** Excel, LibreOffice and Sheets begin a formula at = + - @, the Japanese ones at their full-width forms too. */
function isFormula(text: string): boolean {
  if (plain.test(text)) return false
  const rest = text.replace(skipped, '')
  const first = String.fromCodePoint(rest.codePointAt(0) ?? 0x20).normalize('NFKC')
  return '=+-@\u2212'.includes(first) || moving.test(text)
}
