import type { AskedTicket, Redemption, ResetTicket, ResetTickets } from '../../people/reset-ticket.ts'
import type { Trail } from '../../people/trail.ts'
import { settleLedgers } from './campaign-books.ts'
import { insertTicket, replacePassword, setFlag, takeAccount } from './credentials.ts'
import { endAttempts, endSessions, voidTickets } from './endings.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { endHold } from './holds.ts'
import { leave } from './trail.ts'
import { stored } from './values.ts'

export function createResetTickets(ground: Ground): ResetTickets {
  return {
    issue: (ticket, trail, asked = { from: 'elsewhere', liveMax: 1 }) =>
      write(ground, async tx => {
        await voidOlder(tx, ticket, asked)
        await insertTicket(tx, ticket, asked.from)
        await leave(ground, tx, trail, [])
      }),
    find: (tokenHash, at) => find(ground, tokenHash, at),
    redeem: (redemption, trail) => redeem(ground, redemption, trail),
  }
}

/** A ticket that the house itself has sent (a forced reset) is not voided by whoever asks for another. */
async function voidOlder(tx: Tx, { accountId, purpose }: ResetTicket, { from, liveMax }: AskedTicket): Promise<void> {
  const same = tx
    .selectFrom('reset_tickets')
    .select('token_hash')
    .where('account_id', '=', accountId)
    .where('purpose', '=', purpose)
    .where('asked_from', '=', from)
    .orderBy('issued_at', 'desc')
    .orderBy('token_hash')
  // All but the newest; SQLite reads an offset only behind a limit.
  const older = await same
    .limit(ticketsMax)
    .offset(liveMax - 1)
    .execute()
  for (const { token_hash } of older)
    await tx.deleteFrom('reset_tickets').where('token_hash', '=', token_hash).execute()
}

/** More than there can be. */
const ticketsMax = 1_000

async function find(ground: Ground, tokenHash: string, at: number): Promise<ResetTicket | null> {
  const row = await ground.db
    .selectFrom('reset_tickets')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', at)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    tokenHash: row.token_hash,
    accountId: stored(row.account_id),
    purpose: stored(row.purpose),
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
  }
}

function redeem(ground: Ground, redemption: Redemption, trail: Trail): Promise<boolean> {
  return write(ground, async tx => (await takeTicket(tx, redemption)) && renewPassword(ground, tx, redemption, trail))
}

/** What follows a ticket or a hand-over code that was taken: the new password, and the end of everything that stood on the old one. */
export async function renewPassword(
  ground: Ground,
  tx: Tx,
  { accountId, passwordHash, at }: Omit<Redemption, 'tokenHash'>,
  trail: Trail,
): Promise<boolean> {
  const account = await takeAccount(tx, accountId)
  if (account === undefined) return false
  await replacePassword(tx, account, passwordHash, at)
  await setFlag(tx, accountId, null)
  await settleLedgers(tx, accountId, 'reset_at', at)
  if (account.state === 'invited')
    await tx.updateTable('accounts').set({ state: 'open' }).where('id', '=', accountId).execute()
  const ended = await endSessions(tx, { accountId })
  await endAttempts(tx, accountId)
  await voidTickets(tx, accountId)
  await endHold(ground, tx, account, trail, 'new_password')
  await leave(ground, tx, trail, [{ kind: 'account', id: accountId }, ...ended.changes])
  return true
}

/** Whoever takes the row away has won; everyone else finds nothing. */
async function takeTicket(tx: Tx, { tokenHash, accountId, at }: Redemption): Promise<boolean> {
  const taken = await tx
    .deleteFrom('reset_tickets')
    .where('token_hash', '=', tokenHash)
    .where('account_id', '=', accountId)
    .where('expires_at', '>', at)
    .executeTakeFirst()
  return taken.numDeletedRows === 1n
}
