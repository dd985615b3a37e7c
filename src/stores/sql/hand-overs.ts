import type { HandOver, HandOverCodes, HandOverRedemption, ShownCode } from '../../people/hand-over.ts'
import type { Trail } from '../../people/trail.ts'
import { takeAccount } from './credentials.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { renewPassword } from './reset-tickets.ts'
import type { HandOverTable } from './tables.ts'
import { leave } from './trail.ts'
import { stored, storedJson } from './values.ts'

export function createHandOverCodes(ground: Ground): HandOverCodes {
  const { db } = ground
  return {
    issue: (handOver, weakenedSince, trail) => issue(ground, { handOver, weakenedSince }, trail),
    present: (shown, refused) => present(ground, shown, refused),
    async find(accountId, codeHash, at) {
      const row = await db
        .selectFrom('hand_overs')
        .selectAll()
        .where('account_id', '=', accountId)
        .where('code_hash', '=', codeHash)
        .where('expires_at', '>', at)
        .executeTakeFirst()
      return row === undefined ? null : readHandOver(row)
    },
    async countTry(accountId, codeHash, at) {
      const row = await db
        .updateTable('hand_overs')
        .set(code => ({ tries: code('tries', '+', 1) }))
        .where('account_id', '=', accountId)
        .where('code_hash', '=', codeHash)
        .where('expires_at', '>', at)
        .returning('tries')
        .executeTakeFirst()
      return row?.tries ?? null
    },
    end: (accountId, codeHash, trail) =>
      write(ground, async tx => {
        const ended = await tx
          .deleteFrom('hand_overs')
          .where('account_id', '=', accountId)
          .where('code_hash', '=', codeHash)
          .executeTakeFirst()
        if (ended.numDeletedRows !== 1n) return false
        await leave(ground, tx, trail, [])
        return true
      }),
    redeem: (redemption, trail) => redeem(ground, redemption, trail),
  }
}

interface Issuing {
  readonly handOver: HandOver
  readonly weakenedSince: number
}

function issue(ground: Ground, { handOver, weakenedSince }: Issuing, trail: Trail) {
  return write(ground, async (tx): Promise<'issued' | 'weakened' | 'gone'> => {
    const account = await takeAccount(tx, handOver.accountId)
    if (account?.state !== 'open') return 'gone'
    if (await hasWeakened(tx, handOver, weakenedSince)) return 'weakened'
    const { account_id, ...rest } = writeHandOver(handOver)
    await tx
      .insertInto('hand_overs')
      .values({ account_id, ...rest })
      .onConflict(conflict => conflict.column('account_id').doUpdateSet(rest))
      .execute()
    await leave(ground, tx, trail, [])
    return 'issued'
  })
}

/** Read from the audit trail, which nobody can edit unseen. A name that an operator gives is a claim, so all of them count as one. */
async function hasWeakened(tx: Tx, { accountId, by }: HandOver, since: number): Promise<boolean> {
  let rows = tx
    .selectFrom('audit')
    .select(['event', 'facts'])
    .where('account_id', '=', accountId)
    .where('at', '>', since)
    .where('event', 'in', ['factor_removed', 'reset_required'])
    .where('actor_kind', '=', by.kind)
  if (by.kind !== 'operator') rows = rows.where('actor_id', '=', by.id)
  const found = await rows.execute()
  return found.some(({ event, facts }) => event === 'factor_removed' || setsAside(facts))
}

/** A reset "since" a moment sets the factors aside that were added after it: they are not asked for any more. */
function setsAside(facts: string): boolean {
  return typeof storedJson<Readonly<Record<string, unknown>>>(facts)['since'] === 'number'
}

function present(ground: Ground, { accountId, codeHash, at, triesMax }: ShownCode, refused: Trail): Promise<boolean> {
  return write(ground, async tx => {
    const live = () => tx.selectFrom('hand_overs').selectAll().where('account_id', '=', accountId)
    const row = await live().where('expires_at', '>', at).executeTakeFirst()
    if (row?.code_hash === codeHash) return true
    if (row !== undefined) {
      const mine = tx.updateTable('hand_overs').where('account_id', '=', accountId)
      if (row.tries + 1 < triesMax) await mine.set({ tries: row.tries + 1 }).execute()
      else await tx.deleteFrom('hand_overs').where('account_id', '=', accountId).execute()
    }
    await leave(ground, tx, refused, [])
    return false
  })
}

function redeem(ground: Ground, redemption: HandOverRedemption, trail: Trail): Promise<boolean> {
  return write(ground, async tx => {
    const taken = await tx
      .deleteFrom('hand_overs')
      .where('account_id', '=', redemption.accountId)
      .where('code_hash', '=', redemption.codeHash)
      .where('expires_at', '>', redemption.at)
      .executeTakeFirst()
    return taken.numDeletedRows === 1n && renewPassword(ground, tx, redemption, trail)
  })
}

function writeHandOver({ accountId, codeHash, by, reason, issuedAt, expiresAt }: HandOver): HandOverTable {
  return {
    account_id: accountId,
    code_hash: codeHash,
    issued_by_kind: by.kind,
    issued_by_id: by.id,
    reason,
    issued_at: issuedAt,
    expires_at: expiresAt,
    tries: 0,
  }
}

function readHandOver(row: HandOverTable): HandOver {
  return {
    accountId: stored(row.account_id),
    codeHash: row.code_hash,
    by: { kind: stored(row.issued_by_kind), id: row.issued_by_id },
    reason: row.reason,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
  }
}
