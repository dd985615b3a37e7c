import type { Accounts, PasswordChange, ResetFlag } from '../../people/account.ts'
import type { ResetTicket } from '../../people/reset-ticket.ts'
import type { Trail } from '../../people/trail.ts'
import { settleLedgers } from './campaign-books.ts'
import { endAttempts, endSessions, rootOf, voidTickets } from './endings.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { endHold } from './holds.ts'
import type { AccountTable, ResetTicketTable } from './tables.ts'
import { leave } from './trail.ts'

const formerPasswordsMax = 5

/** Takes the account's row for this transaction: an update that changes nothing locks it on every dialect. Deleted accounts are never taken. */
export function takeAccount(tx: Tx, id: string): Promise<AccountTable | undefined> {
  return tx
    .updateTable('accounts')
    .set(row => ({ name: row.ref('name') }))
    .where('id', '=', id)
    .where('state', '<>', 'deleted')
    .returningAll()
    .executeTakeFirst()
}

export function changePassword(ground: Ground, change: PasswordChange, trail: Trail): Promise<boolean> {
  return write(ground, async tx => {
    const account = await takeAccount(tx, change.id)
    if (account === undefined || account.password_hash !== change.formerHash || account.reset_at !== null) return false
    const exceptRootId = await rootOf(tx, change.endSessionsExcept)
    if (change.endSessionsExcept !== null && exceptRootId === undefined) return false
    await replacePassword(tx, account, change.hash, change.at)
    const ended = await endSessions(tx, {
      accountId: change.id,
      ...(exceptRootId === undefined ? {} : { exceptRootId }),
    })
    await endAttempts(tx, change.id)
    await voidTickets(tx, change.id)
    await endHold(ground, tx, account, trail, 'new_password')
    await leave(ground, tx, trail, [{ kind: 'account', id: change.id }, ...ended.changes])
    return true
  })
}

/** The account's row has been taken. Its hash moves to the former ones, of which the newest five stay. */
export async function replacePassword(tx: Tx, account: AccountTable, hash: string, at: number): Promise<void> {
  if (account.password_hash !== null) await keepFormer(tx, account.id, account.password_hash)
  await tx
    .updateTable('accounts')
    .set({ password_hash: hash, password_changed_at: at, leak_checked_at: null, leak_count: null })
    .where('id', '=', account.id)
    .execute()
}

export async function formerPasswords(ground: Ground, id: string): ReturnType<Accounts['formerPasswords']> {
  const rows = await ground.db
    .selectFrom('former_passwords')
    .select('hash')
    .where('account_id', '=', id)
    .orderBy('place', 'desc')
    .execute()
  return rows.map(row => row.hash)
}

export interface ResetMark {
  readonly id: string
  readonly flag: ResetFlag
  readonly ticket: ResetTicket | null
}

export function markForReset(ground: Ground, { id, flag, ticket }: ResetMark, trail: Trail) {
  return write(ground, async (tx): Promise<'flagged' | 'already' | 'unknown'> => {
    const account = await takeAccount(tx, id)
    if (account === undefined) return 'unknown'
    if (account.reset_at !== null) return 'already'
    await setFlag(tx, id, flag)
    if (flag.since !== null) await setFactorsAside(tx, id, flag.since, flag.at)
    await voidTickets(tx, id)
    if (ticket !== null) await insertTicket(tx, ticket)
    await leave(ground, tx, trail, [{ kind: 'account', id }])
    return 'flagged'
  })
}

/** Undoes the flag with all that came of it: the ticket is void, and the factors that it set aside help again. */
export function withdrawReset(ground: Ground, id: string, trail: Trail): Promise<boolean> {
  return write(ground, async tx => {
    const account = await takeAccount(tx, id)
    if (account === undefined || account.reset_at === null) return false
    await setFlag(tx, id, null)
    await settleLedgers(tx, id, 'withdrawn_at', trail.audit.at)
    await tx
      .updateTable('factors')
      .set({ set_aside_at: null })
      .where('account_id', '=', id)
      .where('set_aside_at', '=', account.reset_at)
      .execute()
    await voidTickets(tx, id)
    await leave(ground, tx, trail, [{ kind: 'account', id }])
    return true
  })
}

export async function setFlag(tx: Tx, id: string, flag: ResetFlag | null): Promise<void> {
  await tx
    .updateTable('accounts')
    .set({
      reset_reason: flag?.reason ?? null,
      reset_at: flag?.at ?? null,
      reset_by: flag?.by ?? null,
      reset_since: flag?.since ?? null,
    })
    .where('id', '=', id)
    .execute()
}

export async function insertTicket(
  tx: Tx,
  ticket: ResetTicket,
  askedFrom: ResetTicketTable['asked_from'] = 'house',
): Promise<void> {
  await tx
    .insertInto('reset_tickets')
    .values({
      token_hash: ticket.tokenHash,
      account_id: ticket.accountId,
      purpose: ticket.purpose,
      issued_at: ticket.issuedAt,
      expires_at: ticket.expiresAt,
      asked_from: askedFrom,
    })
    .execute()
}

async function keepFormer(tx: Tx, accountId: string, hash: string): Promise<void> {
  const newest = await tx
    .selectFrom('former_passwords')
    .select(row => row.fn.max('place').as('place'))
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  const place = (newest?.place ?? 0) + 1
  await tx.insertInto('former_passwords').values({ account_id: accountId, place, hash }).execute()
  await tx
    .deleteFrom('former_passwords')
    .where('account_id', '=', accountId)
    .where('place', '<=', place - formerPasswordsMax)
    .execute()
}

export async function setFactorsAside(tx: Tx, accountId: string, since: number, at: number): Promise<void> {
  await tx
    .updateTable('factors')
    .set({ set_aside_at: at })
    .where('account_id', '=', accountId)
    .where('added_at', '>=', since)
    .where('set_aside_at', 'is', null)
    .execute()
}
