import { expect, test } from 'vitest'
import { stuffingDrill } from '../drills/stuffing.ts'

test('a thousand leaked pairs open nothing, hold what they hit and tell its owner once, and refuse no real person', async () => {
  const { problems } = await stuffingDrill.run({ rounds: 1_000, seed: 20_261_122, sabotage: false, say: () => {} })

  expect(problems).toEqual([])
}, 300_000)
