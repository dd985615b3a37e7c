import { createInterface } from 'node:readline'
import { systemClock } from '../../src/lib/clock.ts'
import { openSqliteStore } from '../../src/stores/sqlite/client.ts'
import { accountId, aTrail } from '../contracts/samples.ts'
import { auditKey } from './temp-folder.ts'

// A second process on the file: prints every change that it hears, and changes the account that it is told.

const store = await openSqliteStore({ file: process.argv[2] ?? '', auditKey, clock: systemClock })
store.changes.subscribe(changes => {
  for (const change of changes) console.log('id' in change ? `${change.kind} ${change.id}` : change.kind)
})
console.log('ready')
for await (const line of createInterface({ input: process.stdin }))
  await store.accounts.setLanguage(accountId(line), 'ja', aTrail('language_changed'))
await store.close()
