import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { firstSchema } from '../../src/stores/sql/first-schema.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import {
  accountId,
  aDevice,
  aFactor,
  aNotice,
  anAttempt,
  anEntry,
  aTicket,
  aTrail,
  minuteMs,
  now,
  storedAccount,
  storedChild,
  storedSession,
} from '../contracts/samples.ts'
import { createTestClock } from '../support/test-clock.ts'
import { auditKey, tempFolder } from './temp-folder.ts'

// A store that an earlier version has written, with people in it.

let folder: ReturnType<typeof tempFolder>
beforeEach(() => {
  folder = tempFolder()
})
afterEach(() => folder[Symbol.dispose]())

const open = (file: string) => openSqliteStore({ file, auditKey, clock: createTestClock() })

test('a store of schema 1 with data in it is brought to the present one, and nothing of it is lost', async () => {
  const file = folder.file('old.db')
  const ticket = aTicket(accountId('-'))
  const facts = await (async () => {
    await using store = await open(folder.file('new.db'))
    const account = await populate(store, ticket)
    return { id: account.id, was: await read(store, account.id) }
  })()
  copyAsSchemaOne(folder.file('new.db'), file)

  await using store = await open(file)

  const is = await read(store, facts.id)
  expect(is.account?.factors).toHaveLength(2)
  expect(is).toEqual(facts.was)
  expect(await store.audit.verify()).toMatchObject({ brokenAt: null })
  // What the second schema brought works on what the first one had.
  const [mail] = await store.outbox.claim('worker', now, now + minuteMs, 10)
  expect(mail?.notice).toMatchObject({ to: 'old@example.com' })
  const redemption = { tokenHash: ticket.tokenHash, accountId: facts.id, passwordHash: 'new', at: now }
  expect(await store.resetTickets.redeem(redemption, aTrail('reset_completed'))).not.toBeNull()
  await store.audit.append(anEntry('policies_loaded'))
  expect(await store.audit.verify()).toMatchObject({ brokenAt: null })
})

test('two processes that open a store of schema 1 at once bring it up once', async () => {
  const file = folder.file('old.db')
  await (await open(folder.file('new.db'))).close()
  copyAsSchemaOne(folder.file('new.db'), file)

  const stores = await Promise.all([open(file), open(file), open(file)])

  for (const store of stores) {
    expect(await store.campaigns.list(10)).toEqual([])
    await store.close()
  }
})

async function populate(store: SqliteStore, ticket: ReturnType<typeof aTicket>) {
  const account = await storedAccount(store)
  await store.factors.add(account.id, aFactor({ kind: 'totp' }), aTrail('factor_added'))
  await store.factors.add(account.id, aFactor({ kind: 'sms_code' }), aTrail('factor_added'))
  await store.devices.ask(aDevice(account.id), aTrail('device_approved'))
  await storedChild(store, await storedSession(store, account.id))
  await store.attempts.start(anAttempt(account.id), aTrail('sign_in_challenged'))
  await store.resetTickets.issue({ ...ticket, accountId: account.id }, aTrail('reset_mail_requested'))
  await store.outbox.add(aNotice({ to: 'old@example.com' }), now)
  return account
}

async function read(store: SqliteStore, id: Parameters<SqliteStore['accounts']['find']>[0]) {
  return {
    account: await store.accounts.find(id),
    sessions: await store.sessions.listOf(id),
    devices: await store.devices.listOf(id),
    trail: await store.audit.list({ accountId: id, limit: 100 }),
    mails: await store.outbox.list('all', 10),
  }
}

/** Each row of the present store, with the columns that schema 1 has. */
function copyAsSchemaOne(from: string, to: string): void {
  const database = new DatabaseSync(to)
  try {
    for (const statement of firstSchema({
      integer: 'integer',
      identity: 'integer primary key autoincrement',
      tableEnd: 'strict',
    }))
      database.exec(statement)
    database.exec('create table schema_version (id integer primary key, version integer not null) strict')
    database.exec('insert into schema_version (id, version) values (1, 1)')
    database.exec(`attach '${from}' as present`)
    const tables = database.prepare(
      `select name from main.sqlite_master where type = 'table' and name not like 'sqlite_%'`,
    )
    for (const { name } of tables.all()) {
      if (name === 'schema_version') continue
      const columns = database.prepare(`select name from pragma_table_info(?, 'main')`).all(String(name))
      const list = columns.map(column => `"${String(column['name'])}"`).join(', ')
      database.exec(`delete from main."${String(name)}"`)
      database.exec(`insert into main."${String(name)}" (${list}) select ${list} from present."${String(name)}"`)
    }
  } finally {
    database.close()
  }
}
