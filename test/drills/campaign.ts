import { runCampaignDrill } from '../support/campaign-drill.ts'
import { createSeeded } from '../support/seeded.ts'
import type { Drill } from './drill.ts'

/** `rounds` are thousands of accounts; with each five thousand comes a kill. */
export const campaignDrill: Drill = {
  summary: 'a reset of 100,000 passwords over 20 kills, a dead mail server, an overlap and an abort',
  rounds: 100,
  quickRounds: 2,
  run: ({ rounds, seed, say }) =>
    runCampaignDrill({
      accounts: rounds * 1_000,
      kills: Math.max(3, Math.round(rounds / 5)),
      connected: Math.min(20, rounds * 2),
      chance: createSeeded(seed),
      say,
    }),
}
