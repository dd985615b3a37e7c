import { expect, test } from 'vitest'
import { fuzzRequests } from './requests.ts'
import { fuzzResponses } from './responses.ts'

// SEED repeats a run; npm run fuzz goes on for longer.
const seed = Number(process.env['SEED'] ?? 20261122)

test.each([
  ['requests', fuzzRequests],
  ['answers', fuzzResponses],
])(`mutated %s are read as node:http reads them or not at all, seed ${seed}`, { timeout: 120_000 }, async (_, fuzz) => {
  const { problems } = await fuzz({ seed, cases: 250 })

  expect(problems).toEqual([])
})
