import type { Notice } from '../notices/notice.ts'
import type { Account } from '../people/account.ts'
import { ownAddress } from '../people/account-notices.ts'

// What people are told by a campaign. The mail carries no ticket: tickets live half an hour, and thousands of mails leave the outbox
// and are read over hours. It leads to the page where a ticket is asked for, which then comes at once, before all mails of campaigns.

export interface CampaignWords {
  readonly reason: string
  readonly at: number
  /** Of the page that mails a ticket. */
  readonly resetUrl: (email: string) => string
}

export function campaignMail(account: Account, words: CampaignWords): Notice {
  return noticeOf('reset_campaign', account, words)
}

export function reminderMail(account: Account, words: CampaignWords): Notice {
  return noticeOf('reset_reminder', account, words)
}

function noticeOf(kind: 'reset_campaign' | 'reset_reminder', account: Account, words: CampaignWords): Notice {
  const facts = { name: account.name, reason: words.reason, at: words.at, resetUrl: words.resetUrl(account.email) }
  return { kind, to: ownAddress(account, words.at), language: account.language, facts }
}
