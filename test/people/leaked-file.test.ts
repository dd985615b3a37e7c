import { renameSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLeakedFile, type LeakedFile } from '../../src/people/leaked-file.ts'
import { sha1Of } from '../../src/people/leaked-passwords.ts'
import { tempFolder } from '../stores/temp-folder.ts'
import { singleFile } from '../support/range-lists.ts'
import { createTestClock } from '../support/test-clock.ts'

const folder = tempFolder()
afterAll(() => folder[Symbol.dispose]())
const clock = createTestClock()

const known = { password: 9_659_365, 'let me in 123': 1, パスワード: 77 }

function fileOf(text: string, name = 'list.txt'): LeakedFile {
  const path = folder.file(name)
  writeFileSync(path, text)
  return createLeakedFile({ path, clock })
}

describe('a list of a million lines', () => {
  let file: LeakedFile
  let lines: string[]
  beforeAll(() => {
    const text = singleFile(1_000_000, known)
    lines = text.split('\r\n').filter(line => line !== '')
    file = fileOf(text, 'million.txt')
  })
  afterAll(() => file[Symbol.asyncDispose]())

  test('is asked with a handful of small reads, wherever the hash lies, and never loaded', async () => {
    await file.count(sha1Of('opens it'))
    const before = file.reads()
    const looks = 500
    for (let i = 0; i < looks; i++) {
      const line = lines[Math.floor((i / looks) * lines.length)] ?? ''
      const [hash = '', count] = line.split(':')
      expect(await file.count(hash)).toBe(Number(count))
    }
    // Halving alone would take 14 reads each: the file has 12,000 blocks.
    expect((file.reads() - before) / looks).toBeLessThan(5)
  })

  test('says zero of what it does not hold, as cheaply', async () => {
    const before = file.reads()
    for (let i = 0; i < 200; i++) expect(await file.count(sha1Of(`not in it ${i}`))).toBe(0)
    expect((file.reads() - before) / 200).toBeLessThan(5)
  })

  test('finds its first and its last line, and nothing before or after them', async () => {
    for (const line of [lines[0], lines.at(-1)]) {
      const [hash = '', count] = (line ?? '').split(':')
      expect(await file.count(hash)).toBe(Number(count))
    }
    expect(await file.count('0'.repeat(40))).toBe(0)
    expect(await file.count('F'.repeat(40))).toBe(0)
  })

  test('finds every password that is in it', async () => {
    for (const [password, count] of Object.entries(known)) expect(await file.count(sha1Of(password))).toBe(count)
  })
})

test('a list whose hashes crowd together is still found in a bounded number of reads', async () => {
  const hashes = Array.from({ length: 40_000 }, (_, i) => `ABCDE${i.toString(16).toUpperCase().padStart(35, '0')}:1`)
  await using file = fileOf(`${[`${'0'.repeat(40)}:5`, ...hashes, `${'F'.repeat(40)}:6`].join('\n')}\n`)
  await file.count('0'.repeat(40))
  for (const place of [0, 1, 9_999, 20_000, 39_999]) {
    const before = file.reads()
    expect(await file.count(hashes[place]?.slice(0, 40) ?? '')).toBe(1)
    expect(file.reads() - before).toBeLessThan(24)
  }
})

describe('the layout', () => {
  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])('with %s is read', async (_name, lineEnd) => {
    await using file = fileOf(singleFile(500, known, lineEnd))
    expect(await file.count(sha1Of('password'))).toBe(9_659_365)
    expect(await file.count(sha1Of('nobody'))).toBe(0)
  })

  test('may be one line without an end, and small files are searched whole', async () => {
    await using file = fileOf(`${sha1Of('password')}:3`)
    expect(await file.count(sha1Of('password'))).toBe(3)
    expect(await file.count(sha1Of('other'))).toBe(0)
  })

  test('with small letters is read', async () => {
    await using file = fileOf(singleFile(300, known).toLowerCase())
    expect(await file.count(sha1Of('password'))).toBe(9_659_365)
  })

  test.each([
    ['nothing', ''],
    ['another format', 'password\nletmein\n'],
    ['NTLM hashes', `${'A'.repeat(32)}:5\n`],
    ['the other order', singleFile(500).split('\r\n').reverse().join('\r\n').trimStart()],
    ['a copy that was cut off', singleFile(500).slice(0, -30)],
  ])('that is %s is refused by the name of the file', async (_what, text) => {
    await using file = fileOf(text)
    await expect(file.probe()).rejects.toThrow('list.txt')
    await expect(file.count(sha1Of('password'))).rejects.toThrow('list.txt')
  })

  test('that breaks in the middle is told where it is met, and nowhere else', async () => {
    const text = singleFile(2_000, {})
    const middle = Math.floor(text.length / 2)
    const [lost = ''] = text
      .slice(middle + 3_000)
      .split('\r\n')
      .slice(1)
    await using file = fileOf(`${text.slice(0, middle)}${'\u0000'.repeat(6_000)}${text.slice(middle + 6_000)}`)
    const [first = ''] = text.split('\r\n')
    expect(await file.count(first.slice(0, 40))).toBeGreaterThan(0)
    await expect(file.count(lost.slice(0, 40))).rejects.toThrow(/near byte|a line is not/)
  })
})

describe('a file that changes', () => {
  test('is opened anew when another takes its place, within a second', async () => {
    await using file = fileOf(singleFile(300, { before: 1 }))
    expect(await file.count(sha1Of('before'))).toBe(1)

    writeFileSync(folder.file('next.txt'), singleFile(300, { after: 2 }))
    renameSync(folder.file('next.txt'), folder.file('list.txt'))
    clock.advance(1_000)

    expect(await file.count(sha1Of('after'))).toBe(2)
    expect(await file.count(sha1Of('before'))).toBe(0)
  })

  test('does not disturb a look that is under way', async () => {
    await using file = fileOf(singleFile(20_000, { before: 1 }))
    await file.count(sha1Of('opens it'))
    const looks = Array.from({ length: 50 }, () => file.count(sha1Of('before')))
    writeFileSync(folder.file('next.txt'), singleFile(300, { before: 2 }))
    renameSync(folder.file('next.txt'), folder.file('list.txt'))
    clock.advance(1_000)
    const later = file.count(sha1Of('before'))
    expect(new Set(await Promise.all(looks))).toEqual(new Set([1]))
    expect(await later).toBe(2)
  })

  test('answers again once it is whole', async () => {
    await using file = fileOf('half a copy')
    await expect(file.count(sha1Of('password'))).rejects.toThrow()
    writeFileSync(folder.file('list.txt'), singleFile(300, known))
    expect(await file.count(sha1Of('password'))).toBe(9_659_365)
  })
})
