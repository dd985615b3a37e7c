import type { Change } from '../../people/changes.ts'
import type { ReportLink } from '../../people/report-link.ts'
import type { Trail } from '../../people/trail.ts'
import { appendAudit } from './audit.ts'
import { announce } from './changes.ts'
import type { Ground, Tx } from './ground.ts'
import { queueNotice } from './outbox.ts'

/**
 * What a change leaves behind: its audit row, its notices and its announcements, inside its own transaction.
 * Always last and always in this order, so that two writers of one database take the shared rows (head of the chain, counter) alike.
 */
export async function leave(ground: Ground, tx: Tx, trail: Trail, changes: readonly Change[]): Promise<void> {
  for (const { sessionId, change } of trail.undo ?? [])
    if (trail.audit.accountId !== null)
      await tx
        .insertInto('session_changes')
        .values({
          account_id: trail.audit.accountId,
          session_id: sessionId,
          at: trail.audit.at,
          change,
        })
        .execute()
  for (const link of trail.links ?? []) await insertLink(tx, link)
  for (const notice of trail.notices) await queueNotice(tx, notice, trail.audit.at)
  await appendAudit(ground, tx, trail.audit)
  await announce(tx, changes, trail.audit.at)
}

async function insertLink(tx: Tx, link: ReportLink): Promise<void> {
  const deviceId = link.deviceId ?? (await deviceOf(tx, link.sessionId))
  await tx
    .insertInto('report_links')
    .values({
      token_hash: link.tokenHash,
      purpose: link.purpose,
      account_id: link.accountId,
      session_id: link.sessionId,
      device_id: deviceId,
      issued_at: link.issuedAt,
      expires_at: link.expiresAt,
      used_at: link.usedAt,
    })
    .execute()
}

/** Of a change in a session: the session may have ended when somebody reports it, and its device is to be marked all the same. */
async function deviceOf(tx: Tx, sessionId: string | null): Promise<string | null> {
  if (sessionId === null) return null
  const session = await tx.selectFrom('sessions').select('device_id').where('id', '=', sessionId).executeTakeFirst()
  return session?.device_id ?? null
}
