import type { SeenMessage, SeenMessages } from '../../sso/seen-message.ts'
import { type Ground, type Tx, write } from './ground.ts'
import type { SsoMessageTable } from './sso-tables.ts'
import { stored } from './values.ts'

/** sso/seen-message.ts promises the last twenty. */
const keptMax = 20

export function createSeenMessages(ground: Ground): SeenMessages {
  return {
    add: message =>
      write(ground, async tx => {
        await tx.insertInto('sso_messages').values(writeMessage(message)).execute()
        await forgetOlder(tx, message.organizationId)
      }),
    async listOf(organizationId) {
      const rows = await newest(ground.db, organizationId).limit(keptMax).execute()
      return rows.map(readMessage)
    },
  }
}

function newest(db: Ground['db'] | Tx, organizationId: string) {
  return db.selectFrom('sso_messages').selectAll().where('organization_id', '=', organizationId).orderBy('id', 'desc')
}

/** With each new one: whoever sends thousands of bad messages fills no disk. */
async function forgetOlder(tx: Tx, organizationId: string): Promise<void> {
  const oldest = await newest(tx, organizationId)
    .limit(1)
    .offset(keptMax - 1)
    .executeTakeFirst()
  if (oldest === undefined) return
  await tx
    .deleteFrom('sso_messages')
    .where('organization_id', '=', organizationId)
    .where('id', '<', oldest.id)
    .execute()
}

function readMessage(row: Omit<SsoMessageTable, 'id'>): SeenMessage {
  return {
    organizationId: stored(row.organization_id),
    at: row.at,
    purpose: stored(row.purpose),
    outcome: stored(row.outcome),
    detail: row.detail,
    subject: row.subject,
    issuer: row.issuer,
    offsetMs: row.offset_ms,
    receipt: row.receipt,
  }
}

function writeMessage(message: SeenMessage): Omit<SsoMessageTable, 'id'> {
  return {
    organization_id: message.organizationId,
    at: message.at,
    purpose: message.purpose,
    outcome: message.outcome,
    detail: message.detail,
    subject: message.subject,
    issuer: message.issuer,
    offset_ms: message.offsetMs,
    receipt: message.receipt,
  }
}
