import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Journal } from '../../src/journal/journal.ts'
import { createGrouped } from '../../src/notices/grouped.ts'
import { createOutbox, type Transport } from '../../src/notices/outbox.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import { aNotice } from '../contracts/samples.ts'
import { createTestClock } from '../support/test-clock.ts'

// Many mails at once: how those that fly together stand to each other.

let folder: string
let store: SqliteStore
const clock = createTestClock()

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-slots-'))
  store = await openSqliteStore({ file: join(folder, 'store.db'), auditKey: Buffer.alloc(32, 1), clock })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

interface Watched {
  readonly transport: Transport<string>
  readonly store?: SqliteStore['outbox']
}

function openOutbox({ transport, store: over = store.outbox }: Watched) {
  const troubles: unknown[] = []
  let sent = 0
  const watchers = new Set<() => void>()
  const journal: Pick<Journal, 'mailed' | 'trouble'> = {
    mailed() {
      sent += 1
      for (const watcher of watchers) watcher()
    },
    trouble: (_what, cause) => void troubles.push(cause),
  }
  const outbox = createOutbox<string>({
    ...{ store: over, transport, clock, worker: 'w', journal: journal as Journal }, // because the loop calls no more of it
    render: mail => mail.notice.to,
  })
  const untilSent = (count: number) =>
    new Promise<void>(resolve => {
      const look = () => {
        if (sent < count) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
    })
  return { outbox, troubles, untilSent }
}

const taken = { kind: 'taken', answer: '250' } as const

test('a mail that hangs holds up nobody but itself: a hundred others leave meanwhile', async () => {
  await store.outbox.add(aNotice({ to: 'hangs@example.com' }), clock.now())
  for (let i = 0; i < 100; i++) await store.outbox.add(aNotice(), clock.now())
  const transport: Transport<string> = {
    async send(to, handOver, stop) {
      await handOver()
      if (to === 'hangs@example.com') await new Promise(resolve => stop.addEventListener('abort', resolve))
      return taken
    },
  }
  const { outbox, untilSent } = openOutbox({ transport })

  outbox.wake()
  await untilSent(100)

  expect(await store.outbox.list('sent', 1_000)).toHaveLength(100)
  expect(await store.outbox.list('handed_over', 10)).toHaveLength(1)
  const closed = outbox.close()
  clock.advance(1_000)
  await closed
})

test('a server that never comes to an end keeps a place for four minutes, not for ever', async () => {
  await store.outbox.add(aNotice(), clock.now())
  let flying = () => {}
  const onItsWay = new Promise<void>(resolve => (flying = resolve))
  const transport: Transport<string> = {
    async send(_, handOver, stop) {
      await handOver()
      flying()
      await new Promise(resolve => stop.addEventListener('abort', resolve))
      return { kind: 'unknown', answer: String(stop.reason) }
    },
  }
  const { outbox, untilSent } = openOutbox({ transport })

  outbox.wake()
  await onItsWay
  clock.advance(4 * 60_000)
  await untilSent(1)

  expect(await store.outbox.list('ambiguous', 10)).toMatchObject([{ lastAnswer: 'Error: no end within 4 minutes' }])
  await outbox.close()
})

test('when what became of a mail cannot be written, it is told, and the mail is listed as ambiguous later', async () => {
  await store.outbox.add(aNotice(), clock.now())
  const transport: Transport<string> = {
    send: async (_, handOver) => ((await handOver()) ? taken : { kind: 'not_ours' }),
  }
  const failing = { ...store.outbox, finishAll: () => Promise.reject(new Error('the disk is full')) }
  const { outbox, troubles } = openOutbox({ transport, store: failing })

  outbox.wake()
  await expect.poll(() => troubles).toEqual([new Error('the disk is full')])

  await store.outbox.claim('next', clock.now() + 3_600_000, clock.now() + 7_200_000, 1)
  expect(await store.outbox.list('ambiguous', 10)).toHaveLength(1)
  await outbox.close()
})

test('writes that come while one is on its way go together, each hears of its own, and a failure is told to its group alone', async () => {
  const groups: (readonly number[])[] = []
  let release = () => {}
  const grouped = createGrouped(async (items: readonly number[]) => {
    groups.push(items)
    if (groups.length === 1) await new Promise<void>(resolve => (release = resolve))
    if (items.includes(3)) throw new Error('no')
    return items.map(item => item * 10)
  })

  const first = grouped(1)
  const others = [grouped(2), grouped(3)]
  release()
  const results = await Promise.allSettled([first, ...others])
  const later = await grouped(4)

  expect(groups).toEqual([[1], [2, 3], [4]])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  expect(later).toBe(40)
})
