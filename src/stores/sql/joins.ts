import type { JoinCode, JoinRedemption, NewChild, Session } from '../../people/session.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { readSession, writeSession } from './session-rows.ts'

// How the portal's session reaches an application's host: by a code that one browser redeems once.

/** How much later than the row says a session may have been seen: the times are flushed once a minute. */
const unflushedMs = 120_000

/** Only for a root that lives: its row is taken first (an update that changes nothing locks it), so that no code outlives it. */
export function issueJoin(ground: Ground, code: JoinCode): Promise<void> {
  return write(ground, async tx => {
    const root = await tx
      .updateTable('sessions')
      .set(row => ({ host: row.ref('host') }))
      .where('id', '=', code.rootId)
      .whereRef('id', '=', 'root_id')
      .executeTakeFirst()
    if (root.numUpdatedRows !== 1n) return
    await tx
      .insertInto('join_codes')
      .values({
        code_hash: code.codeHash,
        root_id: code.rootId,
        host: code.host,
        binding_hash: code.bindingHash,
        expires_at: code.expiresAt,
      })
      .execute()
  })
}

export function redeemJoin(ground: Ground, join: JoinRedemption, child: NewChild): Promise<Session | null> {
  return write(ground, async tx => {
    const root = await takeRoot(tx, join)
    if (root === null) return null
    const session: Session = {
      ...root,
      ...child,
      rootId: root.id,
      host: join.host,
      openedAt: join.at,
      seenAt: join.at,
    }
    await tx.insertInto('sessions').values(writeSession(session)).execute()
    return session
  })
}

/** Whoever takes the code's row away has redeemed it, also when the root turns out to have ended. */
async function takeRoot(tx: Tx, join: JoinRedemption): Promise<Session | null> {
  const code = await tx
    .deleteFrom('join_codes')
    .where('code_hash', '=', join.codeHash)
    .where('host', '=', join.host)
    .where('binding_hash', '=', join.bindingHash)
    .where('expires_at', '>', join.at)
    .returning('root_id')
    .executeTakeFirst()
  if (code === undefined) return null
  const row = await tx.selectFrom('sessions').selectAll().where('id', '=', code.root_id).executeTakeFirst()
  if (row === undefined) return null
  const alive = row.absolute_ends_at > join.at && row.seen_at + row.idle_ms + unflushedMs > join.at
  return alive ? readSession(row) : null
}
