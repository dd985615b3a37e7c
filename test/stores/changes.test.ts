import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Change, Changes } from '../../src/people/changes.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import { aTrail, dayMs, now, storedAccount } from '../contracts/samples.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'
import { auditKey, tempFolder } from './temp-folder.ts'

// Two stores on one file. Each listens when its own clock says so.

let folder: ReturnType<typeof tempFolder>
let mine: SqliteStore
let theirs: SqliteStore
let theirClock: TestClock

beforeAll(async () => {
  folder = tempFolder()
  theirClock = createTestClock()
  const file = folder.file('store.db')
  ;[mine, theirs] = await Promise.all([
    openSqliteStore({ file, auditKey, clock: createTestClock() }),
    openSqliteStore({ file, auditKey, clock: theirClock }),
  ])
})
// Whatever came before has been heard by both.
beforeEach(async () => {
  await storedAccount(theirs)
  await storedAccount(mine)
  const heard = nextOf(theirs.changes)
  theirClock.advance(250)
  await heard
})
afterAll(async () => {
  await Promise.all([mine.close(), theirs.close()])
  folder[Symbol.dispose]()
})

/** The next announcement that is heard. */
function nextOf(changes: Changes): Promise<readonly Change[]> {
  const { promise, resolve } = Promise.withResolvers<readonly Change[]>()
  const cancel = changes.subscribe(heard => {
    cancel()
    resolve(heard)
  })
  return promise
}

describe('changes', () => {
  test('of our own are heard before the answer is: whoever reads after writing reads the new', async () => {
    const order: string[] = []
    const cancel = mine.changes.subscribe(() => order.push('heard'))

    await storedAccount(mine)
    order.push('answered')

    cancel()
    expect(order).toEqual(['heard', 'answered'])
  })

  test('of another process are heard when it is next listened for, in the order of their commits', async () => {
    const { id } = await storedAccount(mine)
    await mine.accounts.setLanguage(id, 'ja', aTrail('language_changed'))
    const other = await storedAccount(mine)

    const heard = nextOf(theirs.changes)
    theirClock.advance(250)

    expect(await heard).toEqual([
      { kind: 'account', id },
      { kind: 'account', id },
      { kind: 'account', id: other.id },
    ])
  })

  test('of another process come along with our own, none twice and none lost', async () => {
    const first = await storedAccount(mine)
    const heard = nextOf(theirs.changes)
    const second = await storedAccount(theirs)
    const third = await storedAccount(mine)
    const later = nextOf(theirs.changes)
    theirClock.advance(250)

    expect(await heard).toEqual([
      { kind: 'account', id: first.id },
      { kind: 'account', id: second.id },
    ])
    expect(await later).toEqual([{ kind: 'account', id: third.id }])
  })

  test('that were taken back are never heard', async () => {
    const { id } = await storedAccount(mine)
    const heard: Change[] = []
    const cancel = mine.changes.subscribe(changes => heard.push(...changes))

    const broken = { ...aTrail('language_changed'), notices: [{ facts: {} }] }
    await expect(mine.accounts.setLanguage(id, 'ja', broken as never)).rejects.toThrow()

    cancel()
    expect(heard).toEqual([])
  })

  test('that were pruned before a sleeper heard them make all of its copies void', async () => {
    await storedAccount(mine)
    await mine.sweep(now + dayMs)
    await storedAccount(mine)

    const heard = nextOf(theirs.changes)
    theirClock.advance(250)

    expect(await heard).toEqual([{ kind: 'everything' }])
  })

  test('after such a gap are heard one by one again', async () => {
    await storedAccount(mine)
    await mine.sweep(now + dayMs)
    const gap = nextOf(theirs.changes)
    theirClock.advance(250)
    await gap

    const { id } = await storedAccount(mine)
    const heard = nextOf(theirs.changes)
    theirClock.advance(250)

    expect(await heard).toEqual([{ kind: 'account', id }])
  })

  test('are no longer told to whoever has cancelled', async () => {
    const heard: Change[] = []
    const cancel = mine.changes.subscribe(changes => heard.push(...changes))
    cancel()
    cancel()

    await storedAccount(mine)

    expect(heard).toEqual([])
  })
})
