import type { Notice } from '../../notices/notice.ts'
import type { ReportLink } from '../../people/report-link.ts'
import type {
  EmailUndoing,
  IntrusionReport,
  OwnerNotice,
  Reported,
  ReportLinks,
  Undone,
} from '../../people/report-links.ts'
import type { Trail } from '../../people/trail.ts'
import { takeAccount } from './credentials.ts'
import { demandReset } from './demanded-resets.ts'
import { endAttempts, endSessions } from './endings.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { changesOf, putAddressBack, undoChanges } from './session-changes.ts'
import type { AccountTable, ReportLinkTable } from './tables.ts'
import { leave } from './trail.ts'
import { stored } from './values.ts'

export function createReportLinks(ground: Ground): ReportLinks {
  return {
    find: tokenHash => find(ground, tokenHash),
    changesOf: (accountId, sessionId) => changesOf(ground.db, accountId, sessionId),
    report: (intrusion, trail) => report(ground, intrusion, trail),
    undoEmail: (undoing, trail) => undoEmail(ground, undoing, trail),
  }
}

async function find(ground: Ground, tokenHash: string): Promise<ReportLink | null> {
  const row = await linkBy(ground.db, tokenHash).executeTakeFirst()
  return row === undefined ? null : readLink(row)
}

function linkBy(db: Tx | Ground['db'], tokenHash: string) {
  return db.selectFrom('report_links').selectAll().where('token_hash', '=', tokenHash)
}

function report(ground: Ground, intrusion: IntrusionReport, trail: Trail): Promise<Reported> {
  return write(ground, async tx => {
    const taken = await take(tx, 'not_me', intrusion)
    if (taken.kind !== 'taken') return taken
    const { link, account } = taken
    const { at, reset } = intrusion
    const sessionId = link.session_id ?? ''
    const ended = await endSessions(tx, reset === null ? { accountId: account.id } : { rootId: sessionId })
    const undone = await undoChanges(tx, { account, sessionId, at })
    await markDevice(tx, link, { at, label: intrusion.unknownDevice })
    if (reset !== null) await demandReset(tx, account, reset)
    await endAttempts(tx, account.id)
    await endCodes(tx, account.id)
    const told = await tellOwner(tx, { trail, owner: intrusion.owner, account, undone, at })
    await leave(ground, tx, told, [{ kind: 'account', id: account.id }, ...ended.changes])
    return { kind: 'done', undone, sessionsEnded: ended.roots }
  })
}

/** Every link of the account that puts its address back is used with it: they all led to this. */
function undoEmail(ground: Ground, undoing: EmailUndoing, trail: Trail): Promise<Reported> {
  return write(ground, async tx => {
    const taken = await take(tx, 'email_undo', undoing)
    if (taken.kind !== 'taken') return taken
    const { account } = taken
    const { at, email, emailKey, reset } = undoing
    if (account.former_email !== email || (account.former_email_until ?? 0) <= at) return { kind: 'gone' }
    const since = await firstChangeAt(tx, account.id, taken.link.issued_at)
    const undone = [await putAddressBack(tx, account.id, { email, key: emailKey, before: null, at })]
    await tx
      .updateTable('report_links')
      .set({ used_at: at })
      .where('account_id', '=', account.id)
      .where('purpose', '=', 'email_undo')
      .where('used_at', 'is', null)
      .execute()
    const ended = await endSessions(tx, { accountId: account.id })
    if (reset !== null) await demandReset(tx, account, { ...reset, flag: { ...reset.flag, since } })
    await endAttempts(tx, account.id)
    await endCodes(tx, account.id)
    const told = await tellOwner(tx, { trail, owner: undoing.owner, account, undone, at })
    await leave(ground, tx, told, [{ kind: 'account', id: account.id }, ...ended.changes])
    return { kind: 'done', undone, sessionsEnded: ended.roots }
  })
}

type Taking =
  | Exclude<Reported, { kind: 'done' }>
  | { readonly kind: 'taken'; readonly link: ReportLinkTable; readonly account: AccountTable }

/** The account's row first, as everywhere: it puts writers in line. Whoever marks the link as used has won; all others did nothing. */
async function take(
  tx: Tx,
  purpose: ReportLink['purpose'],
  { tokenHash, at }: { tokenHash: string; at: number },
): Promise<Taking> {
  const link = await linkBy(tx, tokenHash).where('purpose', '=', purpose).executeTakeFirst()
  const account = link === undefined ? undefined : await takeAccount(tx, link.account_id)
  if (link === undefined || account === undefined || link.expires_at <= at) return { kind: 'gone' }
  if (link.used_at !== null) return { kind: 'already' }
  const used = await tx
    .updateTable('report_links')
    .set({ used_at: at })
    .where('token_hash', '=', tokenHash)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return used.numUpdatedRows === 1n ? { kind: 'taken', link, account } : { kind: 'already' }
}

/** Of the changes that can still be undone, the first: whoever changed the address may have added a factor right after. */
async function firstChangeAt(tx: Tx, accountId: string, issuedAt: number): Promise<number> {
  const row = await tx
    .selectFrom('report_links')
    .select(link => link.fn.min('issued_at').as('at'))
    .where('account_id', '=', accountId)
    .where('purpose', '=', 'email_undo')
    .executeTakeFirst()
  return Math.min(row?.at ?? issuedAt, issuedAt)
}

/** Never known again, also where its thief has made the account forget it; an approval is taken back. */
async function markDevice(tx: Tx, link: ReportLinkTable, { at, label }: { at: number; label: string }): Promise<void> {
  if (link.device_id === null) return
  await tx
    .insertInto('devices')
    .values({
      account_id: link.account_id,
      device_id: link.device_id,
      label,
      mobile: 0,
      approved_at: null,
      first_seen_at: link.issued_at,
      last_seen_at: link.issued_at,
      address: '-',
      reported_at: at,
    })
    .onConflict(conflict =>
      conflict.columns(['account_id', 'device_id']).doUpdateSet({ reported_at: at, approved_at: null }),
    )
    .execute()
}

async function endCodes(tx: Tx, accountId: string): Promise<void> {
  await tx.deleteFrom('one_time_codes').where('account_id', '=', accountId).execute()
}

interface Telling {
  readonly trail: Trail
  readonly owner: OwnerNotice
  readonly account: AccountTable
  readonly undone: readonly Undone[]
  readonly at: number
}

/** The owner reads the address that is the account's now, or the one to which a change of it can still be undone. */
async function tellOwner(tx: Tx, { trail, owner, account: { id }, undone, at }: Telling): Promise<Trail> {
  const account = await tx.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const former = (account.former_email_until ?? 0) > at ? account.former_email : null
  const facts = { undone: [...new Set(undone)].join(' + ') }
  const mine: Notice = { ...owner, to: former ?? account.email, language: stored(account.language) }
  return {
    ...trail,
    audit: { ...trail.audit, facts: { ...trail.audit.facts, ...facts } },
    notices: [mine, ...trail.notices].map(notice => ({ ...notice, facts: { ...notice.facts, ...facts } })),
  }
}

function readLink(row: ReportLinkTable): ReportLink {
  return {
    tokenHash: row.token_hash,
    purpose: stored(row.purpose),
    accountId: stored(row.account_id),
    sessionId: row.session_id === null ? null : stored(row.session_id),
    deviceId: row.device_id,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
  }
}
