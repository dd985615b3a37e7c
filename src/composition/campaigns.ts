import type { GatewayConfig } from '../config/gateway-config.ts'
import { createResetCampaigns, type ResetCampaigns } from '../incident/reset-campaigns.ts'
import type { Journal } from '../journal/journal.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Directory } from '../people/directory.ts'
import { parseEmail } from '../people/email.ts'
import type { MailedLinks } from '../people/mailed-links.ts'
import type { SqliteStore } from '../stores/sqlite/client.ts'

export interface Campaigns {
  readonly resets: ResetCampaigns
  /** An open connection of this account was cut. */
  cut(accountId: string | null): void
  /** For a running gateway: works on campaigns by itself, and writes down whose connections were cut. */
  open(): void
  close(): Promise<void>
}

export interface CampaignsNeeds {
  readonly config: () => GatewayConfig
  readonly store: SqliteStore
  readonly directory: Directory
  readonly journal: Journal
  readonly clock: Clock
  readonly random: Random
  readonly worker: string
  readonly mailedLinks: MailedLinks
}

const flushEveryMs = 1_000
/** A connection is cut within a second of the flag; later cuts have other causes. */
const afterFlagMs = 30_000
const accountsMax = 100_000

function resetUrl({ config, mailedLinks }: CampaignsNeeds, email: string): string {
  const key = parseEmail(email)?.key
  const query = new URLSearchParams({ email, ...(key === undefined ? {} : { mark: mailedLinks.markFor(key) }) })
  return `${config().portal.origin}/reset?${query.toString()}`
}

/** Resets of many passwords, and how many open connections they cut. */
export function openCampaigns(needs: CampaignsNeeds): Campaigns {
  const { store, directory, journal, clock, random, worker } = needs
  const resets = createResetCampaigns({
    ...{ store: store.campaigns, organizations: store.organizations, audit: store.audit },
    ...{ directory, clock, random, worker },
    resetUrl: email => resetUrl(needs, email),
    trouble: cause => journal.trouble('a reset campaign', cause),
  })
  let cuts = new Map<string, number>()
  let stop = () => {}
  const flush = async () => {
    if (cuts.size === 0) return
    const counted = [...cuts].map(([accountId, count]) => ({ accountId, count }))
    cuts = new Map()
    await store.campaigns.countCuts(counted, clock.now() - afterFlagMs)
  }
  return {
    resets,
    cut(accountId) {
      if (accountId !== null && cuts.size < accountsMax) cuts.set(accountId, (cuts.get(accountId) ?? 0) + 1)
    },
    open() {
      resets.open()
      stop = clock.every(flushEveryMs, () => {
        flush().catch((cause: unknown) => journal.trouble('counting cut connections', cause))
      })
    },
    async close() {
      stop()
      await resets.close()
    },
  }
}
