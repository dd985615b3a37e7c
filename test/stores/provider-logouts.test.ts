import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { logoutsPerOrganization } from '../../src/stores/sql/provider-logouts.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import { now, organizationId } from '../contracts/samples.ts'
import { createTestClock } from '../support/test-clock.ts'
import { auditKey, tempFolder } from './temp-folder.ts'

// Logouts are remembered against assertions that come after their own. A provider signs as many as it likes, so they have an end.

const folder = tempFolder()
const file = folder.file('logouts.db')
let store: SqliteStore
let beside: DatabaseSync
beforeAll(async () => {
  store = await openSqliteStore({ file, auditKey, clock: createTestClock() })
  beside = new DatabaseSync(file)
})
afterAll(async () => {
  beside.close()
  await store.close()
  folder[Symbol.dispose]()
})

const [corp, other] = [organizationId(), organizationId()]
const issuer = 'https://idp.corp.test'
const note = (nameId: string, at: number, organization = corp) =>
  store.sessions.noteLogout({ organizationId: organization, issuer, nameId, sessionIndexes: ['_s1'], at })
const isOut = (nameId: string, issuedAt: number, organization = corp) =>
  store.sessions.wasSignedOut({ organizationId: organization, issuer, nameId, sessionIndex: '_s1', issuedAt })

/** Rows of the organization whose first logout alone is stored, and how many there are of it. */
function rowsOfFirst() {
  const { key = '' } = beside.prepare(`select key from spent where key like 'saml-out:%'`).get() as { key?: string } // because the column is text
  const prefix = key.slice(0, key.lastIndexOf(':') + 1)
  const counting = beside.prepare('select count(*) as rows from spent where key > ? and key < ?')
  return {
    count: () => Number(counting.get(prefix, `${prefix}~`)?.['rows']),
    /** Of as many other people, each with an end of its own, from that moment on; by name they stand before everybody else. */
    fill(rows: number, from: number) {
      beside
        .prepare(
          `with recursive n (i) as (select 0 union all select i + 1 from n where i + 1 < ?)
           insert into spent (key, until) select ? || '-' || i, ? + i from n`,
        )
        .run(rows, prefix, from)
    },
  }
}

test('of an organization twenty thousand rows are kept: beyond that the oldest logouts go, of nobody else and nothing else', async () => {
  const dayMs = 86_400_000
  await note('first', now)
  const rows = rowsOfFirst()
  const ofOne = rows.count()
  await note('middle', now + 1_000)
  await note('elsewhere', now - 1_000, other)
  const others = () =>
    Promise.all(['passkey _1', 'saml-request:_1'].map(key => store.spentOnce.spend(key, now + 10, now)))
  expect(await others()).toEqual([true, true])
  // Longer kept than the first, not as long as the one in the middle and one more.
  rows.fill(logoutsPerOrganization - 2 * ofOne - 1, now + dayMs + 3_600_000 + 1)

  // One place is left: nobody goes.
  await note('late', now + 2_000)
  expect([await isOut('first', now), await isOut('middle', now), await isOut('late', now)]).toEqual([true, true, true])
  expect(rows.count()).toBe(logoutsPerOrganization + ofOne - 1)

  await note('latest', now + 3_000)
  expect(rows.count()).toBeLessThan(logoutsPerOrganization)
  expect(await isOut('first', now)).toBe(false)
  expect([await isOut('late', now), await isOut('latest', now)]).toEqual([true, true])
  // The order is that of their ends, not of their writing.
  expect(await isOut('middle', now)).toBe(true)
  // What another organization has, and what is remembered for other causes, stays, though it ends sooner.
  expect(await isOut('elsewhere', now - 1_000, other)).toBe(true)
  expect(await others()).toEqual([false, false])
})
