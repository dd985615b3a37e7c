import { budgetKey } from '../lib/address.ts'
import type { MailBudgets } from '../limits/mail-budgets.ts'
import type { SignInTry } from '../limits/regulation.ts'
import type { EmailKey } from '../people/account.ts'
import type { MailedLinks } from '../people/mailed-links.ts'
import type { Resets } from '../people/resets.ts'
import { type AskedFromNeeds, askedFrom } from './asked-from.ts'
import { originOf, type Visit } from './visit.ts'

/**
 * Mails that lead to a new password. Anybody may ask for them in anybody's name: what strangers ask for must neither use up what the
 * owner may ask for, nor void it. The page says the same whatever happens here.
 */
export interface ResetRequests {
  /** `mark`: what the link of a mail brought along (people/mailed-links.ts); '' where there was none. */
  ask(visit: Visit, asked: { name: EmailKey; email: string; mark: string }): Promise<void>
}

export interface ResetRequestsNeeds extends AskedFromNeeds {
  readonly resetMails: MailBudgets
  readonly resets: Pick<Resets, 'requestTicket'>
  readonly mailedLinks: Pick<MailedLinks, 'holds'>
  readonly bans: { isBanned(attempt: SignInTry): boolean }
}

export function createResetRequests(needs: ResetRequestsNeeds): ResetRequests {
  return {
    async ask(visit, { name, email, mark }) {
      const address = budgetKey(visit.head.client.address)
      const seenFrom = await askedFrom(needs, visit, name)
      const from = seenFrom !== 'known-device' && needs.mailedLinks.holds(name, mark) ? 'mailbox' : seenFrom
      const deviceLane = from === 'known-device' ? 'known-device' : 'unknown'
      const { kind } = await needs.resetMails.ask({ address, name, from })
      if (kind === 'closed' || needs.bans.isBanned({ address, name, deviceLane })) return
      await needs.resets.requestTicket(email, originOf(visit, null), from === 'elsewhere' ? 'elsewhere' : 'home')
    },
  }
}
