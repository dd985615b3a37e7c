import { expect, test } from 'vitest'
import { openSqliteStore } from '../../src/stores/sqlite/client.ts'
import { aRefusal } from '../contracts/samples.ts'
import { auditKey, tempFolder } from '../stores/temp-folder.ts'
import { createTestClock } from '../support/test-clock.ts'

// Anybody can be refused, as often as they like: what is kept about it has a bound beside its seven days.

const keptMax = 100_000
const perFlush = 2_000

test('a flood of refusals does not fill the disk: the oldest go, the newest can still be explained', async () => {
  using folder = tempFolder()
  const clock = createTestClock()
  await using store = await openSqliteStore({ file: folder.file('flood.db'), auditKey, clock })
  const now = clock.now()
  const receipt = (number: number) => `flood-${number}`
  for (let from = 0; from < keptMax + perFlush; from += perFlush)
    await store.refusals.keep(
      Array.from({ length: perFlush }, (_, i) =>
        aRefusal({ receipt: receipt(from + i), at: now + from + i, walk: '[]' }),
      ),
    )

  await store.sweep(now + keptMax + perFlush)

  expect(await store.refusals.find(receipt(perFlush - 1))).toBeNull()
  expect(await store.refusals.find(receipt(perFlush))).not.toBeNull()
  expect(await store.refusals.find(receipt(keptMax + perFlush - 1))).not.toBeNull()
})
