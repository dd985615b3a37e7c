import type { RefusalRecord, RefusalStore } from '../../journal/receipt.ts'
import { type Ground, write } from './ground.ts'
import type { RefusalTable } from './tables.ts'

const rowsPerStatement = 100

export function createRefusals(ground: Ground): RefusalStore {
  return {
    keep: records => keep(ground, records),
    async find(receipt) {
      const row = await ground.db.selectFrom('refusals').selectAll().where('receipt', '=', receipt).executeTakeFirst()
      return row === undefined ? null : readRefusal(row)
    },
    async forgetBefore(at) {
      const gone = await ground.db.deleteFrom('refusals').where('at', '<', at).executeTakeFirst()
      return Number(gone.numDeletedRows)
    },
  }
}

/** A flush that is repeated after a lost answer finds its rows there already. */
function keep(ground: Ground, records: readonly RefusalRecord[]): Promise<void> {
  const rows = records.map(writeRefusal)
  return write(ground, async tx => {
    for (let i = 0; i < rows.length; i += rowsPerStatement)
      await tx
        .insertInto('refusals')
        .values(rows.slice(i, i + rowsPerStatement))
        .onConflict(conflict => conflict.doNothing())
        .execute()
  })
}

function readRefusal(row: RefusalTable): RefusalRecord {
  const { policy_version: policyVersion, account_id: accountId, organization_id: organizationId, ...same } = row
  return { ...same, policyVersion, accountId, organizationId }
}

function writeRefusal(record: RefusalRecord): RefusalTable {
  const { policyVersion, accountId, organizationId, ...same } = record
  return { ...same, policy_version: policyVersion, account_id: accountId, organization_id: organizationId }
}
