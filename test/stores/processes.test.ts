import { expect, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { openSqliteStore } from '../../src/stores/sqlite/client.ts'
import { aTrail, storedAccount, storedSession } from '../contracts/samples.ts'
import { startChild } from './child.ts'
import { auditKey, tempFolder } from './temp-folder.ts'

const times = 5

test('a session that ends in one process is heard of in another within a second', async () => {
  using folder = tempFolder()
  await using store = await openSqliteStore({ file: folder.file('store.db'), auditKey, clock: systemClock })
  const { id } = await storedAccount(store)
  const sessions = await Promise.all(Array.from({ length: times }, () => storedSession(store, id)))
  await using neighbour = startChild('./neighbour.ts', [folder.file('store.db')])
  expect((await neighbour.lines.next()).value).toBe('ready')
  const waits: number[] = []

  for (const session of sessions) {
    await store.sessions.end(session.id, aTrail('session_ended'))
    const endedAt = performance.now()
    expect((await neighbour.lines.next()).value).toBe(`session ${session.id}`)
    waits.push(performance.now() - endedAt)
  }

  await neighbour.finish()
  expect(median(waits)).toBeLessThan(1000)
})

test('what another process changes is heard of here within a second, by the real clock', async () => {
  using folder = tempFolder()
  await using store = await openSqliteStore({ file: folder.file('store.db'), auditKey, clock: systemClock })
  const { id } = await storedAccount(store)
  await using neighbour = startChild('./neighbour.ts', [folder.file('store.db')])
  await neighbour.lines.next()
  const waits: number[] = []

  for (let n = 0; n < times; n++) {
    const { promise: heardAt, resolve } = Promise.withResolvers<number>()
    const cancel = store.changes.subscribe(() => resolve(performance.now()))
    neighbour.tell(id)
    // The neighbour prints its own change once it has committed.
    await neighbour.lines.next()
    const committedAt = performance.now()
    waits.push((await heardAt) - committedAt)
    cancel()
  }

  await neighbour.finish()
  expect(median(waits)).toBeLessThan(1000)
})

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0
}
