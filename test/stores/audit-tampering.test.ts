import { copyFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AuditStore } from '../../src/journal/receipt.ts'
import { createAudit } from '../../src/stores/sql/audit.ts'
import type { Tables } from '../../src/stores/sql/tables.ts'
import { openSqliteStore } from '../../src/stores/sqlite/client.ts'
import { createSqliteDialect } from '../../src/stores/sqlite/dialect.ts'
import { anEntry, now } from '../contracts/samples.ts'
import { createTestClock } from '../support/test-clock.ts'
import { auditKey, tempFolder } from './temp-folder.ts'

// Somebody has the file, but not the key.

const folder = tempFolder()
afterAll(() => folder[Symbol.dispose]())

const tamperings: readonly { does: string; brokenAt: number; sql: string }[] = [
  { does: 'changes a fact', brokenAt: 3, sql: `update audit set facts = '{"n":99}' where number = 3` },
  { does: 'changes a time', brokenAt: 2, sql: 'update audit set at = at + 1 where number = 2' },
  { does: 'changes who did it', brokenAt: 4, sql: `update audit set actor_id = 'other' where number = 4` },
  { does: 'changes whom it was done to', brokenAt: 4, sql: `update audit set account_id = 'other' where number = 4` },
  { does: 'changes a link', brokenAt: 5, sql: `update audit set link = 'x' where number = 5` },
  { does: 'takes the first row out', brokenAt: 1, sql: 'delete from audit where number = 1' },
  { does: 'takes a row out of the middle', brokenAt: 3, sql: 'delete from audit where number = 3' },
  {
    does: 'takes a row out and closes the gap',
    brokenAt: 3,
    sql: 'delete from audit where number = 3; update audit set number = number - 1 where number > 3',
  },
  { does: 'renumbers the tail', brokenAt: 4, sql: 'update audit set number = number + 100 where number > 3' },
  {
    does: 'swaps two rows',
    brokenAt: 2,
    sql: 'update audit set number = 99 where number = 2; update audit set number = 2 where number = 3; update audit set number = 3 where number = 99',
  },
  {
    does: 'puts a row in at the end',
    brokenAt: 7,
    sql: 'insert into audit select 7, event, at, actor_kind, actor_id, account_id, organization_id, address, receipt, facts, link from audit where number = 6',
  },
  { does: 'cuts the tail off', brokenAt: 5, sql: 'delete from audit where number > 4' },
  {
    does: 'cuts the tail off and sets the head back',
    brokenAt: 5,
    sql: 'delete from audit where number > 4; update audit_head set number = 4, link = (select link from audit where number = 4)',
  },
  { does: 'empties the trail', brokenAt: 1, sql: 'delete from audit' },
  { does: 'takes the head away', brokenAt: 7, sql: 'delete from audit_head' },
]

const file = folder.file('store.db')
const original = folder.file('six-rows.db')

beforeAll(async () => {
  const store = await openSqliteStore({ file, auditKey, clock: createTestClock() })
  for (let n = 1; n <= 6; n++) await store.audit.append(anEntry('session_opened', { at: now + n, facts: { n } }))
  await store.close()
  copyFileSync(file, original)
})

/** The trail of a fresh copy, after somebody had it in their hands. */
async function withTrail<Result>(
  tamper: (database: DatabaseSync) => void,
  work: (audit: AuditStore) => Promise<Result>,
  key = auditKey,
): Promise<Result> {
  const database = new DatabaseSync(file)
  tamper(database)
  const db = new Kysely<Tables>({ dialect: createSqliteDialect(database) })
  try {
    return await work(createAudit({ db, auditKey: key }))
  } finally {
    await db.destroy()
  }
}

describe('the audit chain finds whoever', () => {
  beforeEach(() => copyFileSync(original, file))

  test.each(tamperings)('$does', async ({ brokenAt, sql }) => {
    const verdict = await withTrail(
      database => database.exec(sql),
      audit => audit.verify(),
    )

    expect(verdict).toEqual({ rows: brokenAt - 1, brokenAt })
  })

  test('writes rows under another key', async () => {
    const forge = (audit: AuditStore) => audit.append(anEntry('reset_withdrawn'))
    await withTrail(() => {}, forge, Buffer.alloc(32, 8))

    const verdict = await withTrail(
      () => {},
      audit => audit.verify(),
    )

    expect(verdict.brokenAt).toBe(7)
  })

  test('has done nothing: the chain is whole', async () => {
    await using store = await openSqliteStore({ file, auditKey, clock: createTestClock() })

    expect(await store.audit.verify()).toEqual({ rows: 6, brokenAt: null })
  })
})
