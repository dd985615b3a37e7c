import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { hiraganaOf, katakanaOf } from '../../src/people/kana.ts'
import { createStrengthMeter } from '../../src/people/strength.ts'
import { passwordAdviceEn } from '../../src/portal/words/password-advice-en.ts'
import { passwordAdviceJa } from '../../src/portal/words/password-advice-ja.ts'
import { tempFolder } from '../stores/temp-folder.ts'
import { createTestClock } from '../support/test-clock.ts'

const folder = tempFolder()
// Nothing is given up for the slowness of a busy machine: this clock moves when a test says so.
const clock = createTestClock()
const meter = createStrengthMeter({ clock })
afterAll(async () => {
  await meter[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})
const words = ['Aiko Tanaka', 'aiko', 'tanaka', 'northwind', 'sekisho']
const scoreOf = async (password: string) => (await meter.estimate(password, words))?.score

describe('the estimate', () => {
  test.each([
    'plum orbit ladder 92',
    'quiet harbour, 7 lamps',
    'velvet anchor mosaic',
    'lamp kettle orange fridge',
    'ichigo mikan ringo budou',
    'あかいりんごとあおいそら',
    'いちごだいふくとおちゃをまいにち',
    '朝ごはんにみそ汁と焼き魚を食べる日',
    '時計 電車 雪国 林檎 自転車',
    'kq3V9zPf2mXw7Rb',
  ])('lets a phrase of random words pass: %s', async password => {
    expect(await scoreOf(password)).toBeGreaterThanOrEqual(3)
  })

  test.each([
    'mondaytuesdaywednesday',
    'qwertyuiop1234567',
    'password1234password',
    'correct horse battery staple',
    'letmein letmein letmein',
    'さくら2024さくら2024!',
    'ありがとうございます2024',
    '吾輩は猫である名前はまだ無い',
    'お疲れ様ですお疲れ様です',
  ])('refuses what a guesser tries early: %s', async password => {
    expect(await scoreOf(password)).toBeLessThan(3)
  })

  test('knows words of the person, which it does not know of others', async () => {
    const about = (known: readonly string[]) => meter.estimate('kestrel-wombat', known)
    expect((await about(['kestrel', 'wombat', 'kestrel-wombat']))?.score).toBeLessThan((await about([]))?.score ?? 0)
  })

  test('has a word for each of its warnings and suggestions, in both languages', async () => {
    const { translations: codes } = await import('@zxcvbn-ts/language-en')
    for (const said of [passwordAdviceEn, passwordAdviceJa]) {
      expect(Object.keys(said.warnings).sort()).toEqual(Object.keys(codes.warnings).sort())
      // `noNeed` says that nothing is to be done.
      const suggestions = Object.keys(codes.suggestions).filter(code => code !== 'noNeed')
      expect(Object.keys(said.suggestions).sort()).toEqual(suggestions.sort())
      expect(said.scores).toHaveLength(5)
    }
  })

  test('of a hostile text is of its first 128 characters', async () => {
    expect(await scoreOf(`${'a'.repeat(128)}plum orbit ladder 92`)).toBeLessThan(3)
  })
})

describe('the thread', () => {
  const program = (name: string, text: string) => {
    const file = folder.file(`${name}.mjs`)
    writeFileSync(file, `import { parentPort } from 'node:worker_threads'\n${text}`)
    return pathToFileURL(file)
  }
  const answering = `const answer = { score: 4, warning: null, suggestions: [] }\n`

  test('that hangs is given up after its time, and another one answers the next question', async () => {
    const own = createTestClock()
    const text = `${answering}parentPort.on('message', ({ password }) => { while (password === 'hang') {} ; parentPort.postMessage(answer) })`
    await using other = createStrengthMeter({ clock: own, program: program('hangs', text) })
    const [hanging, next] = [other.estimate('hang', []), other.estimate('fine', [])]
    own.advance(3_000)
    expect(await hanging).toBeNull()
    // Its time was up as well, while it waited.
    expect(await next).toBeNull()
    expect(await other.estimate('fine', [])).toMatchObject({ score: 4 })
  })

  test('that ends leaves nobody waiting, and another one answers', async () => {
    const text = `${answering}parentPort.on('message', ({ password }) => { if (password === 'crash') process.exit(1); parentPort.postMessage(answer) })`
    await using other = createStrengthMeter({ clock, program: program('crashes', text) })
    const [crashing, next] = await Promise.all([other.estimate('crash', []), other.estimate('fine', [])])
    expect(crashing).toBeNull()
    expect(next).toMatchObject({ score: 4 })
  })

  test('is asked one thing at a time, and never by more than can be answered', async () => {
    const text = `${answering}parentPort.on('message', () => setTimeout(() => parentPort.postMessage(answer), 1))`
    await using other = createStrengthMeter({ clock, program: program('slow', text) })
    const asked = await Promise.all(Array.from({ length: 40 }, () => other.estimate('x', [])))
    expect(asked.filter(each => each !== null)).toHaveLength(33)
  })

  test('is closed with its owner, whatever it was doing', async () => {
    const text = `parentPort.on('message', () => { while (true) {} })`
    const other = createStrengthMeter({ clock, program: program('busy', text) })
    const [running, waiting] = [other.estimate('x', []), other.estimate('y', [])]
    await other[Symbol.asyncDispose]()
    expect([await running, await waiting, await other.estimate('z', [])]).toEqual([null, null, null])
  })
})

test.each([
  ['sakura', 'さくら', 'サクラ'],
  ['shinjuku', 'しんじゅく', 'シンジュク'],
  ['gakkou', 'がっこう', 'ガッコウ'],
  ['kyouto', 'きょうと', 'キョウト'],
  ['konnichiwa', 'こんにちわ', 'コンニチワ'],
])('%s is written %s and %s', (romaji, hiragana, katakana) => {
  expect(hiraganaOf(romaji)).toBe(hiragana)
  expect(katakanaOf(hiragana)).toBe(katakana)
})

test('what is no Japanese word has no kana', () => {
  for (const word of ['strength', 'xyz', 'q']) expect(hiraganaOf(word)).toBeNull()
})
