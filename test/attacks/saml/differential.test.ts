import { describe, expect, test } from 'vitest'
import { readResponse } from '../../../src/sso/read-response.ts'
import { caseClasses, questionAbout } from './generator.ts'
import { runMutations } from './mutations.ts'
import { askNodeSaml } from './node-saml.ts'
import { makeWorld } from './world.ts'

// What node-saml with strictest options refuses, we refuse. It reads the machine's clock, so these messages are of now.

const world = makeWorld({ now: Date.now() })
const { cost: _, ...classes } = caseClasses()

describe.each(Object.entries(classes))('%s', (_name, cases) => {
  test('what node-saml refuses, we refuse', async () => {
    const looser: string[] = []
    for (const one of cases) {
      const question = questionAbout(one, world)
      const reading = readResponse(question)
      if (reading.kind === 'refused') continue
      const other = await askNodeSaml(question)
      if ('refused' in other) looser.push(`${one.id}: ${one.about}: ${other.refused}`)
    }

    expect(looser).toEqual([])
  }, 180_000)
})

test('of edited messages, we accept none that node-saml refuses', async () => {
  const { problems } = await runMutations(
    20_261_122,
    600,
    readResponse,
    async (message, reading) => {
      if (reading.kind === 'refused') return null
      const question = questionAbout(
        { id: '', about: '', causes: [], outcome: 'harmless', message: () => ({ form: message }) },
        world,
      )
      const other = await askNodeSaml(question)
      return 'refused' in other ? `node-saml refuses it: ${other.refused}` : null
    },
    world,
  )

  expect(problems).toEqual([])
}, 180_000)
