import { describeBans } from '../contracts/bans.ts'
import { describeCampaigns } from '../contracts/campaigns.ts'
import { describeJournal } from '../contracts/journal.ts'
import { describeOutbox } from '../contracts/outbox.ts'
import { describeSweep } from '../contracts/sweep.ts'
import { describeThreats } from '../contracts/threats.ts'
import { keepsContracts } from './sqlite-contracts.ts'

keepsContracts({
  bans: describeBans,
  campaigns: describeCampaigns,
  journal: describeJournal,
  outbox: describeOutbox,
  sweep: describeSweep,
  threats: describeThreats,
})
