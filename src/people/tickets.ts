import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { hashToken } from '../lib/secret.ts'
import type { Account } from './account.ts'
import { invitation, resetTicket, type TicketMail } from './account-notices.ts'
import type { Directory } from './directory.ts'
import { aboutAccount, auditOf, type Origin } from './origin.ts'
import type { AskedTicket, ResetTicket, ResetTickets } from './reset-ticket.ts'

/** Makes tickets. The token itself goes into the mail alone; the store gets its hash. */
export interface Tickets {
  make(account: Account, about: TicketKind): { readonly ticket: ResetTicket; readonly mail: TicketMail }
  /** What a person asked for; a few of them live side by side. */
  issueReset(account: Account, by: Origin, from: AskedTicket['from']): Promise<void>
  /** `from`: absent where an operator invites; then what was sent before is void. */
  invite(account: Account, by: Origin, from?: AskedTicket['from']): Promise<void>
}

export interface TicketKind {
  readonly purpose: ResetTicket['purpose']
  readonly lifetimeMs: number
}

export interface TicketsNeeds {
  readonly tickets: ResetTickets
  readonly directory: Directory
  readonly random: Random
  readonly clock: Clock
  readonly ticketUrl: (token: string) => string
}

export const resetMs = 30 * 60_000
/** Nobody waits for an invitation in front of the screen; until it is redeemed the account holds nothing. */
const invitationMs = 7 * 24 * 60 * 60_000

export function createTickets({ tickets, directory, random, clock, ticketUrl }: TicketsNeeds): Tickets {
  const make: Tickets['make'] = (account, { purpose, lifetimeMs }) => {
    const token = random.token(tokenBytes)
    const issuedAt = clock.now()
    const expiresAt = issuedAt + lifetimeMs
    const ticket = { tokenHash: hashToken(token), accountId: account.id, purpose, issuedAt, expiresAt }
    return { ticket, mail: { url: ticketUrl(token), issuedAt, expiresAt } }
  }
  const auditFor = (account: Account, by: Origin, purpose: string) =>
    auditOf('reset_mail_requested', aboutAccount(account), by, clock.now(), { sent: true, purpose })
  return {
    make,
    async issueReset(account, by, from) {
      const { ticket, mail } = make(account, { purpose: 'reset', lifetimeMs: resetMs })
      const trail = { audit: auditFor(account, by, 'reset'), notices: [resetTicket(account, by, mail)] }
      await tickets.issue(ticket, trail, { from, liveMax })
    },
    async invite(account, by, from) {
      const { ticket, mail } = make(account, { purpose: 'invitation', lifetimeMs: invitationMs })
      const organization = account.organizationId === null ? null : await directory.organization(account.organizationId)
      const notices = [invitation(account, organization?.name ?? '-', mail)]
      const trail = { audit: auditFor(account, by, 'invitation'), notices }
      await (from === undefined ? tickets.issue(ticket, trail) : tickets.issue(ticket, trail, { from, liveMax }))
    },
  }
}

/** As many as anybody may ask for in an hour (limits.signIn.resetMailsPerAccount), so that none of them voids one that was just sent. */
const liveMax = 3
const tokenBytes = 32
