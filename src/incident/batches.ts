import type { AuditEvent } from '../journal/audit.ts'
import type { Account } from '../people/account.ts'
import type { Directory } from '../people/directory.ts'
import { hasLocalWays } from '../people/local-ways.ts'
import { aboutAccount, auditOf, type Origin } from '../people/origin.ts'
import type { Campaign, CampaignStart, InPlace } from './campaign.ts'
import { type CampaignWords, campaignMail, reminderMail } from './campaign-notices.ts'
import type { FlagBatch, RemindBatch, WithdrawBatch } from './campaign-store.ts'

// What a campaign does to the people of one batch, as values: the store writes them, or nothing of them.

/** How a flag names its campaign: what one campaign has flagged, only that one withdraws. */
function flaggedBy(campaignId: string): string {
  return `campaign ${campaignId}`
}

export interface BatchOf {
  readonly campaign: Campaign
  readonly start: CampaignStart
  readonly people: readonly InPlace[]
  readonly at: number
  readonly resetUrl: (email: string) => string
}

export async function flagsOf(
  { campaign, start, people, at, resetUrl }: BatchOf,
  directory: Pick<Directory, 'organizationFact'>,
): Promise<Pick<FlagBatch, 'flag' | 'people' | 'skipped'>> {
  const words: CampaignWords = { reason: start.reason, at, resetUrl }
  const flagging: FlagBatch['people'][number][] = []
  const skipped: FlagBatch['skipped'][number][] = []
  for (const { account } of people) {
    // Single sign-on may have been switched on since the plan was made.
    const why =
      account.state === 'deleted' || account.state === 'invited' ? account.state : await ssoOf(account, directory)
    if (why !== null) skipped.push({ accountId: account.id, why })
    else
      flagging.push({
        accountId: account.id,
        // Suspended people cannot use the way that the mail shows; their old password opens nothing when they come back.
        notice: account.state === 'suspended' ? null : campaignMail(account, words),
        audit: entryOf('reset_required', account, { campaign, start, at }),
      })
  }
  const flag = { reason: start.reason, at, by: flaggedBy(campaign.id), since: start.since }
  return { flag, people: flagging, skipped }
}

export function remindersOf({ start, people, at, resetUrl }: BatchOf): Pick<RemindBatch, 'people'> {
  const words: CampaignWords = { reason: start.reason, at, resetUrl }
  return { people: people.map(({ account }) => ({ accountId: account.id, notice: reminderMail(account, words) })) }
}

export function withdrawalsOf({ campaign, start, people, at }: BatchOf): Pick<WithdrawBatch, 'people' | 'flaggedBy'> {
  return {
    flaggedBy: flaggedBy(campaign.id),
    people: people.map(({ account }) => ({
      accountId: account.id,
      audit: entryOf('reset_withdrawn', account, { campaign, start, at }),
    })),
  }
}

async function ssoOf(account: Account, directory: Pick<Directory, 'organizationFact'>): Promise<string | null> {
  return (await hasLocalWays(account, directory)) ? null : 'sso'
}

function entryOf(
  event: Extract<AuditEvent, 'reset_required' | 'reset_withdrawn'>,
  account: Account,
  { campaign, start, at }: Pick<BatchOf, 'campaign' | 'start' | 'at'>,
) {
  const by: Origin = { actor: { kind: 'operator', id: start.by }, address: null, receipt: null, device: 'campaign' }
  const facts = { campaign: campaign.id, reason: start.reason, approvedBy: start.approvedBy, since: start.since }
  return auditOf(event, aboutAccount(account), by, at, facts)
}
