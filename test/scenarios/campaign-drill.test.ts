import { expect, test } from 'vitest'
import { runCampaignDrill } from '../support/campaign-drill.ts'
import { createSeeded } from '../support/seeded.ts'

test('a campaign over kills, a dead mail server, an overlap and an abort flags and mails everybody once, and misses nobody', async () => {
  const { problems } = await runCampaignDrill({ accounts: 600, kills: 2, connected: 2, chance: createSeeded(5) })

  expect(problems).toEqual([])
}, 240_000)
