import { expect, test } from 'vitest'
import { patience, Spellings, spellingsMax } from '../../src/lib/spellings.ts'
import { readAuthority } from '../../src/wire/fields.ts'
import { readSources } from '../house/sources.ts'
import { cutFromHead, keptBytes } from '../support/kept-memory.ts'

const junk = (count: number) => Array.from({ length: count }, (_, i) => `x-junk-${i}`)

test('a table never grows over its bound, whatever is spelled', () => {
  const known = new Spellings<number>()
  for (const text of junk(patience * 3)) {
    known.remember(text, 1)
    expect(known.size).toBeLessThanOrEqual(spellingsMax)
  }
})

test('who has filled a table with junk has not shut out for long what is in use', () => {
  const known = new Spellings<number>()
  for (const text of junk(spellingsMax)) known.remember(text, 1)

  let tries = 0
  for (; known.get('Accept') === undefined && tries <= patience; tries++) known.remember('Accept', 2)

  expect(known.get('Accept')).toBe(2)
  expect(known.size).toBe(1)
})

test('a flood that goes on costs little more than its judging: few of its texts are kept', () => {
  const known = new Spellings<number>()
  let kept = 0
  for (const text of junk(patience * 3)) {
    known.remember(text, 1)
    if (known.has(text)) kept += 1
  }
  expect(kept).toBeLessThanOrEqual((patience * 3) / 8)
})

test('a text cut from a head keeps nothing else of it, and a long one is not kept at all', async () => {
  const known = new Spellings<number>()

  const bytes = await keptBytes(() => {
    for (const text of junk(spellingsMax - 1)) known.remember(cutFromHead(text), 1)
    return known
  })

  expect(known.size).toBe(spellingsMax - 1)
  expect(bytes).toBeLessThan(500_000)
  known.remember('a'.repeat(257), 1)
  expect(known.size).toBe(spellingsMax - 1)
})

test('a text beyond latin1 never stands for another one', () => {
  const known = new Spellings<string>()
  known.remember('x-auth-\u0175ser', 'kept') // its low byte is a `u`
  expect(known.get('x-auth-user')).toBeUndefined()
})

test('a host that is in use is remembered again after a flood of others', () => {
  for (const text of junk(patience * 2)) readAuthority(`${text}.example`)

  for (let i = 0; i < patience; i++) readAuthority('chat.example')

  expect(readAuthority('chat.example')).toBe(readAuthority('chat.example'))
})

test('no table of spellings is bounded by shutting out for ever what comes last', () => {
  const shutting = readSources('src').filter(({ text }) => /\.size < \w+Max\b[^\n]*\.set\(/.test(text))
  expect(shutting.map(({ path }) => path)).toEqual(['src/composition/campaigns.ts']) // counts what a campaign cut, and ends with it
})
