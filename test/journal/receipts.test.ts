import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RefusalRecord, RefusalStore, UnwrittenRefusal } from '../../src/journal/receipt.ts'
import { createReceipts, type Receipts } from '../../src/journal/receipts.ts'
import { secureRandom } from '../../src/lib/random.ts'
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/client.ts'
import { aRefusal } from '../contracts/samples.ts'
import { auditKey, tempFolder } from '../stores/temp-folder.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'

const keptEachSecond = 2_000
const firstKept = 500

let folder: ReturnType<typeof tempFolder>
let clock: TestClock
let store: SqliteStore
let receipts: Receipts
let writtenCount: number

beforeEach(async () => {
  folder = tempFolder()
  clock = createTestClock()
  store = await openSqliteStore({ file: folder.file('store.db'), auditKey, clock })
  receipts = createReceipts({ clock, random: secureRandom, store: store.refusals, onFailure: () => {} })
  writtenCount = 0
})
afterEach(async () => {
  await receipts.close()
  await store.close()
  folder[Symbol.dispose]()
})

/** A refusal that counts how often it is written down. */
function refusal(receipt: string): UnwrittenRefusal {
  const record: RefusalRecord = aRefusal({ receipt })
  return {
    receipt,
    entrance: record.entrance,
    gate: record.gate,
    write() {
      writtenCount += 1
      return record
    },
  }
}

/** Of the first so many, the ones that the store holds. */
async function known(count: number): Promise<readonly number[]> {
  const found: number[] = []
  for (let number = 0; number < count; number++)
    if ((await store.refusals.find(`r-${number}`)) !== null) found.push(number)
  return found
}

describe('of a flood', () => {
  test('the first and the newest of a second can be explained, and each of the others is counted', async () => {
    // The newest have overwritten each other once and a half.
    const lost = 2_200
    const count = keptEachSecond + lost

    for (let i = 0; i < count; i++) receipts.refused(refusal(`r-${i}`))
    await receipts.flush()

    expect(receipts.dropped()).toBe(lost)
    expect(await known(firstKept + 1)).toEqual([...Array(firstKept).keys()])
    for (const [number, isKept] of [
      [firstKept + lost - 1, false],
      [firstKept + lost, true],
      [count - 1, true],
    ] as const)
      expect((await receipts.find(`r-${number}`)) !== null, `refusal ${number}`).toBe(isKept)
  })

  test('nothing is written down of what is neither stored nor asked for', async () => {
    for (let i = 0; i < 3 * keptEachSecond; i++) receipts.refused(refusal(`r-${i}`))
    expect(writtenCount).toBe(0)

    await receipts.flush()

    expect(writtenCount).toBe(keptEachSecond)
  })

  test('the next second keeps its own first ones', async () => {
    for (let i = 0; i < keptEachSecond + 10; i++) receipts.refused(refusal(`before-${i}`))
    await receipts.flush()
    for (let i = 0; i < keptEachSecond + 10; i++) receipts.refused(refusal(`r-${i}`))
    await receipts.flush()

    expect(await known(firstKept + 11)).toEqual([...Array(firstKept).keys(), firstKept + 10])
  })
})

test('a refusal can be explained before it is stored, and is stored all the same', async () => {
  receipts.refused(refusal('r-0'))

  expect(await receipts.find('r-0')).toMatchObject({ receipt: 'r-0' })
  expect(await store.refusals.find('r-0')).toBeNull()

  await receipts.flush()
  expect(await store.refusals.find('r-0')).toMatchObject({ receipt: 'r-0' })
})

test('what is written and stored at a time is bounded: requests are served between', async () => {
  const sizes: number[] = []
  const watched: RefusalStore = {
    ...store.refusals,
    async keep(records) {
      sizes.push(records.length)
      expect(writtenCount, 'no more was written than is stored').toBe(sizes.reduce((sum, size) => sum + size, 0))
      await store.refusals.keep(records)
    },
  }
  const ours = createReceipts({ clock, random: secureRandom, store: watched, onFailure: () => {} })
  for (let i = 0; i < 450; i++) ours.refused(refusal(`r-${i}`))

  await ours.flush()

  expect(sizes).toEqual([200, 200, 50])
  expect(ours.dropped()).toBe(0)
  await ours.close()
})

test('refusals that the store does not take are counted as lost, and told', async () => {
  const told: unknown[] = []
  const broken: RefusalStore = { ...store.refusals, keep: () => Promise.reject(new Error('full')) }
  const ours = createReceipts({ clock, random: secureRandom, store: broken, onFailure: cause => told.push(cause) })
  for (let i = 0; i < 3; i++) ours.refused(refusal(`r-${i}`))

  await ours.flush()

  expect(ours.dropped()).toBe(3)
  expect(told).toHaveLength(1)
  await ours.close()
})
