import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { runMutations } from './mutations.ts'

// npm run drills -- saml does the same many times over, and takes --seed.
const seed = Number(process.env['SEKISHO_SEED'] ?? randomInt(2 ** 31))

test('no edit of a genuine message says anything that the untouched one would not have said', async () => {
  console.log(`mutations of SAML responses: seed ${seed}`)

  const { tried, problems } = await runMutations(seed, 2_000)

  expect(tried).toBe(2_000)
  expect(problems).toEqual([])
}, 120_000)
