import type { SeenFrom, SeenMessage, SeenMessages } from '../../sso/seen-message.ts'
import { type Ground, type Tx, write } from './ground.ts'
import type { SsoMessageTable } from './sso-tables.ts'
import { stored } from './values.ts'

/** sso/seen-message.ts promises the last twenty, and at most ten that anybody can have sent. */
const keptMax = { provider: 20, anybody: 10 } as const

export function createSeenMessages(ground: Ground): SeenMessages {
  return {
    add: (message, from) =>
      write(ground, async tx => {
        await tx
          .insertInto('sso_messages')
          .values({ ...writeMessage(message), sender: from })
          .execute()
        await forgetOlder(tx, message.organizationId, from)
      }),
    async listOf(organizationId) {
      const [anybodys, theirs] = [
        await newest(ground.db, organizationId, 'anybody').execute(),
        await newest(ground.db, organizationId, 'provider').execute(),
      ]
      const together = [...anybodys, ...theirs.slice(0, keptMax.provider - anybodys.length)]
      return together.toSorted((left, right) => right.id - left.id).map(readMessage)
    },
  }
}

function newest(db: Ground['db'] | Tx, organizationId: string, from: SeenFrom) {
  return db
    .selectFrom('sso_messages')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('sender', '=', from)
    .orderBy('id', 'desc')
    .limit(keptMax[from])
}

/** With each new one, of its own kind: whoever sends thousands of bad messages fills no disk, and drives out no good ones. */
async function forgetOlder(tx: Tx, organizationId: string, from: SeenFrom): Promise<void> {
  const kept = (await newest(tx, organizationId, from).execute()).map(({ id }) => id)
  await tx
    .deleteFrom('sso_messages')
    .where('organization_id', '=', organizationId)
    .where('sender', '=', from)
    .where('id', '<', Math.min(...kept))
    .execute()
}

function readMessage(row: Omit<SsoMessageTable, 'id' | 'sender'>): SeenMessage {
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

function writeMessage(message: SeenMessage): Omit<SsoMessageTable, 'id' | 'sender'> {
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
