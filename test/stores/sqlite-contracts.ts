import { afterAll, describe } from 'vitest'
import { openSqliteStore } from '../../src/stores/sqlite/client.ts'
import type { OpenStore } from '../contracts/ports.ts'
import { createTestClock } from '../support/test-clock.ts'
import { auditKey, tempFolder } from './temp-folder.ts'

/** Asks the store on SQLite for what each port promises. What a contract opens before its tests, it opens before its own alone. */
export function keepsContracts(contracts: Readonly<Record<string, (open: OpenStore) => void>>): void {
  const folder = tempFolder()
  afterAll(() => folder[Symbol.dispose]())
  let stores = 0
  const open = () => openSqliteStore({ file: folder.file(`${++stores}.db`), auditKey, clock: createTestClock() })

  for (const [name, describeContract] of Object.entries(contracts)) describe(name, () => describeContract(open))
}
