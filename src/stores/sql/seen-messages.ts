import type { SeenFrom, SeenMessage, SeenMessages } from '../../sso/seen-message.ts'
import { type Ground, type Tx, write } from './ground.ts'
import type { SsoMessageTable } from './sso-tables.ts'
import { stored } from './values.ts'

// What sso/seen-message.ts promises.
const listedMax = 20
const keptOfEach = 5
const togetherMs = 3_600_000
/** Each is kept by itself: what fills one drives out nothing of another. */
const keptMax = { accepted: listedMax, refused: listedMax, anybody: 10 } as const
type Shelf = keyof typeof keptMax

export function createSeenMessages(ground: Ground): SeenMessages {
  return {
    add: (message, from) =>
      write(ground, async tx => {
        const shelf = shelfOf(message, from)
        const together = shelf === 'accepted' ? message : await withFormer(tx, message, shelf)
        await tx
          .insertInto('sso_messages')
          .values({ ...writeMessage(together), shelf })
          .execute()
        await forgetOlder(tx, message.organizationId, shelf)
      }),
    async listOf(organizationId) {
      const onShelf = (shelf: Shelf) => newest(ground.db, organizationId, shelf).execute()
      const anybodys = await onShelf('anybody')
      const [accepted, refused] = [await onShelf('accepted'), await onShelf('refused')]
      const places = listedMax - anybodys.length
      const beside = (others: readonly unknown[]) => places - Math.min(keptOfEach, others.length)
      const theirs = [...accepted.slice(0, beside(refused)), ...refused.slice(0, beside(accepted))]
      const together = [...theirs.toSorted(newestFirst).slice(0, places), ...anybodys]
      return together.toSorted(newestFirst).map(readMessage)
    },
  }
}

function shelfOf({ outcome }: SeenMessage, from: SeenFrom): Shelf {
  if (from === 'anybody') return 'anybody'
  return outcome === 'accepted' ? 'accepted' : 'refused'
}

/** Takes the place of the former one that says the same of the same person, and stands for both. */
async function withFormer(tx: Tx, message: SeenMessage, shelf: Shelf): Promise<SeenMessage> {
  const { organizationId, purpose, outcome, subject, at } = message
  const former = await tx
    .deleteFrom('sso_messages')
    .where('organization_id', '=', organizationId)
    .where('shelf', '=', shelf)
    .where('purpose', '=', purpose)
    .where('outcome', '=', outcome)
    .where('subject', subject === null ? 'is' : '=', subject)
    .where('at', '>', at - togetherMs)
    .returning(['times', 'since'])
    .execute()
  return {
    ...message,
    times: former.reduce((sum, { times }) => sum + times, message.times),
    since: Math.min(message.since, ...former.map(({ since }) => since)),
  }
}

function newestFirst(left: { readonly id: number }, right: { readonly id: number }): number {
  return right.id - left.id
}

function newest(db: Ground['db'] | Tx, organizationId: string, shelf: Shelf) {
  return db
    .selectFrom('sso_messages')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('shelf', '=', shelf)
    .orderBy('id', 'desc')
    .limit(keptMax[shelf])
}

/** With each new one, of its own kind: whoever sends thousands of bad messages fills no disk, and drives out no good ones. */
async function forgetOlder(tx: Tx, organizationId: string, shelf: Shelf): Promise<void> {
  const kept = (await newest(tx, organizationId, shelf).execute()).map(({ id }) => id)
  await tx
    .deleteFrom('sso_messages')
    .where('organization_id', '=', organizationId)
    .where('shelf', '=', shelf)
    .where('id', '<', Math.min(...kept))
    .execute()
}

function readMessage(row: Omit<SsoMessageTable, 'id' | 'shelf'>): SeenMessage {
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
    times: row.times,
    since: row.since,
  }
}

function writeMessage(message: SeenMessage): Omit<SsoMessageTable, 'id' | 'shelf'> {
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
    times: message.times,
    since: message.since,
  }
}
