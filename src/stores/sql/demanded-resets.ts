import type { ResetFlag } from '../../people/account.ts'
import type { ResetTicket } from '../../people/reset-ticket.ts'
import { insertTicket, setFactorsAside, setFlag } from './credentials.ts'
import { voidTickets } from './endings.ts'
import type { Tx } from './ground.ts'
import type { AccountTable } from './tables.ts'

/**
 * A reset that somebody demands with a mailed link. Where one is demanded already, its flag stays, but whoever is to be shut out must not
 * profit from that: the time since which factors are set aside moves back, and the ticket is a new one.
 */
export async function demandReset(
  tx: Tx,
  account: AccountTable,
  { flag, ticket }: { readonly flag: ResetFlag; readonly ticket: ResetTicket },
): Promise<void> {
  const since = Math.min(account.reset_since ?? Number.MAX_SAFE_INTEGER, flag.since ?? Number.MAX_SAFE_INTEGER)
  const standing = account.reset_at === null ? flag : standingFlag(account)
  await setFlag(tx, account.id, { ...standing, since })
  // Marked with the flag's own time: taking the flag back gives them back as well.
  await setFactorsAside(tx, account.id, since, standing.at)
  await voidTickets(tx, account.id)
  await insertTicket(tx, ticket)
}

function standingFlag(account: AccountTable): ResetFlag {
  return {
    reason: account.reset_reason ?? '',
    at: account.reset_at ?? 0,
    by: account.reset_by ?? '',
    since: account.reset_since,
  }
}
