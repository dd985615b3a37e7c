import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { readAddressList } from '../../src/incident/address-list.ts'
import { csvHead, csvRow } from '../../src/lib/csv.ts'

const keysOf = async (text: string) => (await readAddressList(text)).keys.map(({ key }) => key)

describe('a list of addresses', () => {
  test.each([
    ['one address a line', 'a@x.example\nb@x.example\n'],
    ['CR LF, without an end', 'a@x.example\r\nb@x.example'],
    ['a byte order mark and a row of names', '\ufeffE-Mail\na@x.example\nb@x.example\n'],
    ['the column that speaks of mail, not the first', 'id,name,Mail address\n1,A,a@x.example\n2,B,b@x.example\n'],
    ['a Japanese name of the column', '氏名,メールアドレス\nA,a@x.example\nB,b@x.example\n'],
    ['names that say nothing: the first column that holds addresses', 'n,who\n1,a@x.example\n2,b@x.example\n'],
    [
      'quoted cells with commas, quotes and line breaks',
      '"A, ""the"" first\r\none",a@x.example\r\n"B",b@x.example\r\n',
    ],
    ['semicolons', 'name;email\nA;a@x.example\nB;b@x.example\n'],
    ['tabs', 'A\ta@x.example\nB\tb@x.example\n'],
    ['empty lines in between', '\na@x.example\n\n\nb@x.example\n\n'],
    ['spaces around', ' a@x.example \nb@x.example\t\n'],
    ['what we have exported ourselves', csvHead(['email']) + csvRow(['a@x.example']) + csvRow(['b@x.example'])],
  ])('is read with %s', async (_, text) => {
    expect(await keysOf(text)).toEqual(['a@x.example', 'b@x.example'])
    expect((await readAddressList(text)).problems).toEqual([])
  })

  test('addresses are compared in their canonical spelling, and duplicates are told with their line', async () => {
    const { keys, problems } = await readAddressList('Aki@X.example\nother@x.example\naki@x.EXAMPLE\n')

    expect(keys).toEqual([
      { key: 'aki@x.example', line: 1 },
      { key: 'other@x.example', line: 2 },
    ])
    expect(problems).toEqual([{ line: 3, text: 'aki@x.EXAMPLE', why: 'listed before' }])
  })

  test('what is no address is told with its line as an editor counts it, also after cells of several lines', async () => {
    const { keys, problems } = await readAddressList('name,email\n"two\nlines",a@x.example\nB,nobody\nC,\n')

    expect(keys).toEqual([{ key: 'a@x.example', line: 2 }])
    expect(problems).toEqual([
      { line: 4, text: 'nobody', why: 'not an e-mail address' },
      { line: 5, text: '', why: 'not an e-mail address' },
    ])
  })

  test('a quote that is never closed swallows the rest, and that is said', async () => {
    const { keys, problems } = await readAddressList('a@x.example\n"b@x.example\nc@x.example\n')

    expect(keys.map(({ key }) => key)).toEqual(['a@x.example'])
    expect(problems).toMatchObject([{ line: 2, why: 'a quote is never closed' }])
  })

  test('an address that our own export has disarmed is itself again', async () => {
    expect(await keysOf(csvHead(['email']) + csvRow(['+tag@x.example']) + csvRow(['-b@x.example']))).toEqual([
      '+tag@x.example',
      '-b@x.example',
    ])
  })

  test('an empty file names nobody', async () => {
    for (const text of ['', '\ufeff', '\r\n\r\n', 'email\n']) expect(await keysOf(text)).toEqual([])
  })

  test('a hundred thousand lines are read at once, without a stack that grows', async () => {
    const text = Array.from({ length: 100_000 }, (_, i) => `"p${i}@x.example"`).join('\r\n')

    expect((await readAddressList(text)).keys).toHaveLength(100_000)
  })

  test('whoever asks for something else meanwhile waits for milliseconds, also of lists that are none', async () => {
    const lists = [
      Array.from({ length: 50_000 }, (_, i) => `p${i}@x.example`).join('\n'),
      'x,'.repeat(1_000_000),
      'x\n'.repeat(500_000),
      `"${'""'.repeat(1_000_000)}"`,
    ]
    for (const text of lists) {
      let turns = 0
      let over = false
      const others = (async () => {
        for (; !over; turns++) await setImmediate()
      })()
      await readAddressList(text)
      over = true
      await others

      // Of the text: what one turn of everybody else waits for. The last one is given up at once.
      if (!text.startsWith('"')) expect(turns).toBeGreaterThan(text.length / 40_000)
    }
  })

  test('of a file of something else the first thousand lines are told, and how many there are', async () => {
    const { keys, problems, problemsTotal } = await readAddressList('x\n'.repeat(100_000))

    expect({ keys, told: problems.length, problemsTotal }).toEqual({ keys: [], told: 1_000, problemsTotal: 99_999 })
  })
})
