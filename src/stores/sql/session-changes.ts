import type { Kysely } from 'kysely'
import type { Undone } from '../../people/report-links.ts'
import type { EmailChanged, Undoable } from '../../people/session-change.ts'
import { writeFactor } from './account-rows.ts'
import { insertDevice } from './devices.ts'
import type { Tx } from './ground.ts'
import type { AccountTable, Tables } from './tables.ts'
import { storedJson } from './values.ts'

// What a session changed about its own account (people/session-change.ts), and how each kind is undone.

export async function changesOf(
  db: Kysely<Tables>,
  accountId: string,
  sessionId: string,
): Promise<readonly Undoable[]> {
  const rows = await changes(db, accountId).where('session_id', '=', sessionId).orderBy('id', 'desc').execute()
  return rows.map(row => storedJson<Undoable>(row.change))
}

function changes(db: Kysely<Tables>, accountId: string) {
  return db.selectFrom('session_changes').select('change').where('account_id', '=', accountId)
}

export interface Undoing {
  readonly account: AccountTable
  readonly sessionId: string
  readonly at: number
}

/** The account's row has been taken. Newest first, so that what was changed twice comes back to its beginning. Answers what had an effect. */
export async function undoChanges(tx: Tx, undoing: Undoing): Promise<readonly Undone[]> {
  const { account, sessionId } = undoing
  const undone: Undone[] = []
  for (const change of await changesOf(tx, account.id, sessionId)) {
    const what = await undo(tx, undoing, change)
    if (what !== null) undone.push(what)
  }
  await tx
    .deleteFrom('session_changes')
    .where('session_id', '=', sessionId)
    .where('account_id', '=', account.id)
    .execute()
  return undone
}

async function undo(tx: Tx, { account: { id }, at }: Undoing, change: Undoable): Promise<Undone | null> {
  switch (change.kind) {
    case 'factor_added':
      await forgetRemovals(tx, id, change.factorId)
      return (await removeFactor(tx, id, change.factorId)) ? change.kind : null
    case 'factor_removed':
      return (await restoreFactor(tx, id, change)) ? change.kind : null
    case 'factor_restored':
      await forgetRemovals(tx, id, change.factorId)
      return (await setAsideAgain(tx, id, change)) ? change.kind : null
    case 'email_changed':
      return undoAddress(tx, id, change, at)
    case 'device_renamed':
      return (await renameDevice(tx, id, change)) ? change.kind : null
    case 'device_forgotten': {
      const put = await insertDevice(tx, change.device)
        .onConflict(conflict => conflict.doNothing())
        .executeTakeFirst()
      return put.numInsertedOrUpdatedRows === 1n ? change.kind : null
    }
    case 'language_changed':
      await tx.updateTable('accounts').set({ language: change.language }).where('id', '=', id).execute()
      return change.kind
    default:
      return change satisfies never
  }
}

async function removeFactor(tx: Tx, accountId: string, factorId: string): Promise<boolean> {
  const gone = await tx
    .deleteFrom('factors')
    .where('id', '=', factorId)
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return gone.numDeletedRows === 1n
}

/** With its backup codes, as many as were left. */
async function restoreFactor(
  tx: Tx,
  accountId: string,
  { factor, backupHashes }: Extract<Undoable, { kind: 'factor_removed' }>,
): Promise<boolean> {
  const put = await tx
    .insertInto('factors')
    .values(writeFactor(accountId, factor))
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  if (put.numInsertedOrUpdatedRows !== 1n) return false
  const codes = backupHashes.map(hash => ({ factor_id: factor.id, account_id: accountId, hash }))
  if (codes.length > 0) await tx.insertInto('backup_codes').values(codes).execute()
  return true
}

/** A thief adds a factor in one session and removes it in another: reporting the second one as well must not bring it back. */
async function forgetRemovals(tx: Tx, accountId: string, factorId: string): Promise<void> {
  const rows = await tx
    .selectFrom('session_changes')
    .select(['id', 'change'])
    .where('account_id', '=', accountId)
    .execute()
  for (const { id, change } of rows) {
    const removed = storedJson<Undoable>(change)
    if (removed.kind === 'factor_removed' && removed.factor.id === factorId)
      await tx.deleteFrom('session_changes').where('id', '=', id).execute()
  }
}

async function setAsideAgain(
  tx: Tx,
  accountId: string,
  { factorId, setAsideAt }: Extract<Undoable, { kind: 'factor_restored' }>,
): Promise<boolean> {
  const aside = await tx
    .updateTable('factors')
    .set({ set_aside_at: setAsideAt })
    .where('id', '=', factorId)
    .where('account_id', '=', accountId)
    .where('set_aside_at', 'is', null)
    .executeTakeFirst()
  return aside.numUpdatedRows === 1n
}

async function renameDevice(
  tx: Tx,
  accountId: string,
  { deviceId, label }: Extract<Undoable, { kind: 'device_renamed' }>,
): Promise<boolean> {
  const renamed = await tx
    .updateTable('devices')
    .set({ label })
    .where('account_id', '=', accountId)
    .where('device_id', '=', deviceId)
    .executeTakeFirst()
  return renamed.numUpdatedRows === 1n
}

/** Only where the present address came from this change, directly or over later ones: an address that was put back already stays. */
async function undoAddress(tx: Tx, accountId: string, change: EmailChanged, at: number): Promise<Undone | null> {
  const { email_key: present } = await tx
    .selectFrom('accounts')
    .select('email_key')
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow()
  if (!(await leadsTo(tx, accountId, change, present))) return null
  return putAddressBack(tx, accountId, { email: change.former, key: change.formerKey, before: change.before, at })
}

/** A thief with two sessions changes the address in the one and then in the other: each must lead back to the owner. */
async function leadsTo(tx: Tx, accountId: string, { to }: EmailChanged, present: string): Promise<boolean> {
  if (to === present) return true
  const rows = await changes(tx, accountId).orderBy('id').execute()
  const moves = rows.map(row => storedJson<Undoable>(row.change)).filter(move => move.kind === 'email_changed')
  let reached: string = to
  for (const move of moves.slice(moves.findIndex(move => move.to === to) + 1))
    if (move.formerKey === reached) reached = move.to
  return reached === present
}

export interface PuttingBack {
  readonly email: string
  readonly key: string
  readonly before: EmailChanged['before']
  readonly at: number
}

/** Where somebody else has the address by now, it stays the one that tickets are mailed to for a while. */
export async function putAddressBack(
  tx: Tx,
  accountId: string,
  { email, key, before, at }: PuttingBack,
): Promise<'email_changed' | 'email_not_free'> {
  const other = await tx
    .selectFrom('accounts')
    .select('id')
    .where('email_key', '=', key)
    .where('state', '<>', 'deleted')
    .where('id', '<>', accountId)
    .executeTakeFirst()
  const isFree = other === undefined
  await tx
    .updateTable('accounts')
    .set(
      isFree
        ? { email, email_key: key, former_email: before?.email ?? null, former_email_until: before?.undoUntil ?? null }
        : { former_email: email, former_email_until: at + notFreeMs },
    )
    .where('id', '=', accountId)
    .execute()
  return isFree ? 'email_changed' : 'email_not_free'
}

const notFreeMs = 7 * 86_400_000
