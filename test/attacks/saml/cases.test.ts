import { describe, expect, test } from 'vitest'
import { readResponse } from '../../../src/sso/read-response.ts'
import { caseClasses, questionAbout } from './generator.ts'
import { judge } from './judge.ts'
import { makeWorld } from './world.ts'

// Every forged message is refused for the right class of reason; every genuine one, in whatever shape, is read as what it says.

const world = makeWorld()
const classes = caseClasses()

describe.each(Object.entries(classes))('%s', (_, cases) => {
  test.each(cases.map(one => [one.id, one.about, one] as const))('%s: %s', (_id, _about, one) => {
    const reading = readResponse(questionAbout(one, world))

    expect(judge(one, reading, world)).toBeNull()
  })
})

test('no two cases share a name', () => {
  const ids = Object.values(classes).flatMap(cases => cases.map(({ id }) => id))

  expect(new Set(ids).size).toBe(ids.length)
})
