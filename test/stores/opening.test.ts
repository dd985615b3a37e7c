import { existsSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Fault } from '../../src/lib/fault.ts'
import { openSqliteStore } from '../../src/stores/sqlite/client.ts'
import {
  accountId,
  aDevice,
  aNotice,
  anAccount,
  anEntry,
  aSession,
  aTrail,
  storedAccount,
} from '../contracts/samples.ts'
import { createTestClock } from '../support/test-clock.ts'
import { auditKey, tempFolder } from './temp-folder.ts'

let folder: ReturnType<typeof tempFolder>
beforeEach(() => {
  folder = tempFolder()
})
afterEach(() => folder[Symbol.dispose]())

const open = (file: string) => openSqliteStore({ file, auditKey, clock: createTestClock() })

/** Looks at or changes the file behind the store's back. */
function withFile<Result>(file: string, work: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(file)
  try {
    return work(database)
  } finally {
    database.close()
  }
}

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  if (!(error instanceof Fault)) throw new Error('no fault was thrown', { cause: error })
  return error
}

describe('the file', () => {
  test('can be read by its owner only, with everything that lies beside it', async () => {
    const file = folder.file('store.db')
    await using store = await open(file)
    await store.audit.append(anEntry('policies_loaded'))

    const beside = ['', '-wal', '-shm'].map(end => `${file}${end}`).filter(existsSync)

    expect(beside).toHaveLength(3)
    for (const one of beside) expect((statSync(one).mode & 0o777).toString(8)).toBe('600')
  })

  test('is closed to others also when it lay open before', async () => {
    const file = folder.file('store.db')
    writeFileSync(file, '', { mode: 0o644 })

    await using _store = await open(file)

    expect((statSync(file).mode & 0o777).toString(8)).toBe('600')
  })

  test('holds strict tables only, and references that hold', async () => {
    const file = folder.file('store.db')
    await (await open(file)).close()

    const [loose, references] = withFile(file, database => [
      database
        .prepare(
          `select name from pragma_table_list where schema = 'main' and type = 'table' and strict = 0 and name not like 'sqlite_%'`,
        )
        .all(),
      database.prepare('pragma foreign_key_check').all(),
    ])

    expect(loose).toEqual([])
    expect(references).toEqual([])
  })

  test('keeps what was committed over closing and opening', async () => {
    const file = folder.file('store.db')
    const first = await open(file)
    const account = await storedAccount(first)
    await first.close()

    await using second = await open(file)

    expect(await second.accounts.find(account.id)).toEqual(account)
  })

  test('leaves no journal behind when the last one closes it', async () => {
    const file = folder.file('store.db')
    const store = await open(file)
    await store.audit.append(anEntry('policies_loaded'))

    await store.close()

    expect(existsSync(`${file}-wal`)).toBe(false)
  })

  test('may be memory: a store that ends with its process', async () => {
    await using store = await open(':memory:')

    const account = await storedAccount(store)

    expect(await store.accounts.find(account.id)).toEqual(account)
  })
})

describe('the schema', () => {
  test('is made once when two processes start on nothing', async () => {
    const file = folder.file('store.db')

    const [left, right] = await Promise.all([open(file), open(file)])
    const account = await storedAccount(left)

    expect(await right.accounts.find(account.id)).toEqual(account)
    await Promise.all([left.close(), right.close()])
    expect(withFile(file, database => database.prepare('select * from schema_version').all())).toEqual([
      { id: 1, version: 3 },
    ])
  })

  test('of a newer program is refused, and nothing is changed', async () => {
    const file = folder.file('store.db')
    await (await open(file)).close()
    withFile(file, database => database.exec('update schema_version set version = 99'))

    const fault = await faultOf(open(file))

    expect(fault.code).toBe('unavailable')
    expect(fault.message).toContain('schema 99')
    expect(withFile(file, database => database.prepare('select version from schema_version').get())).toEqual({
      version: 99,
    })
  })

  test('is made whole or not at all', async () => {
    const file = folder.file('store.db')
    // The second table of the first migration is in the way: the first must not stay behind.
    withFile(file, database => database.exec('create table accounts (x)'))

    await faultOf(open(file))

    const tables = withFile(file, database =>
      database.prepare(`select name from sqlite_schema where type = 'table'`).all(),
    )
    expect(tables).toEqual([{ name: 'accounts' }])
  })
})

describe('a store that cannot do its work says so', () => {
  test('a file that is no database is unavailable', async () => {
    const file = folder.file('store.db')
    writeFileSync(file, 'this is certainly not a database, and long enough to be looked at'.repeat(20))

    expect((await faultOf(open(file))).code).toBe('unavailable')
  })

  test('a folder that is not there is unavailable', async () => {
    const fault = await faultOf(open(folder.file('no/such/folder.db')))

    expect(fault.code).toBe('unavailable')
  })

  test('a database that another process holds for too long is busy', async () => {
    const file = folder.file('store.db')
    await using store = await open(file)
    const holder = new DatabaseSync(file)
    holder.exec('begin immediate')

    const fault = await faultOf(store.audit.append(anEntry('policies_loaded')))

    holder.exec('rollback')
    holder.close()
    expect(fault.code).toBe('busy')
    await expect(store.audit.append(anEntry('policies_loaded'))).resolves.toBeUndefined()
  })

  test('a fault names the cause and never a value', async () => {
    await using store = await open(folder.file('store.db'))
    const { id } = await storedAccount(store)
    const session = aSession(id, { tokenHash: 'very-secret-hash' })
    await store.sessions.open(session, aDevice(id), null, aTrail('session_opened'))

    const again = store.sessions.open(
      aSession(id, { tokenHash: 'very-secret-hash' }),
      aDevice(id),
      null,
      aTrail('session_opened'),
    )
    const fault = await faultOf(again)

    expect(fault.code).toBe('internal')
    expect(fault.message).toContain('sessions.token_hash')
    expect(JSON.stringify([fault.message, String(fault.cause), fault.stack])).not.toContain('very-secret-hash')
  })

  test('an account of an organization that is not there is refused as a whole', async () => {
    await using store = await open(folder.file('store.db'))
    const account = anAccount({ organizationId: 'nowhere' as never })

    const fault = await faultOf(store.accounts.create(account, aTrail('account_created', [aNotice()])))

    expect(fault.code).toBe('internal')
    expect(await store.accounts.find(account.id)).toBeNull()
    expect(await store.outbox.list('all', 10)).toEqual([])
  })

  test('more callers than the queue holds are turned away at once', async () => {
    await using store = await open(folder.file('store.db'))

    const answers = await Promise.allSettled(Array.from({ length: 1100 }, () => store.accounts.find(accountId())))

    const turnedAway = answers.filter(answer => answer.status === 'rejected').map(answer => answer.reason)
    expect(turnedAway).toHaveLength(100)
    expect(turnedAway[0]).toMatchObject({ code: 'busy', retryAfterSeconds: 1 })
  })

  test('a closed store answers what was asked before and refuses what comes after', async () => {
    const store = await open(folder.file('store.db'))
    const before = store.audit.append(anEntry('policies_loaded'))

    const closing = store.close()
    const after = await faultOf(store.audit.append(anEntry('policies_loaded')))

    expect(after.code).toBe('unavailable')
    await expect(before).resolves.toBeUndefined()
    await closing
    await expect(store.close()).resolves.toBeUndefined()
  })
})
