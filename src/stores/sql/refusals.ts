import { CompiledQuery } from 'kysely'
import type { RefusalRecord, RefusalStore } from '../../journal/receipt.ts'
import { type Ground, write } from './ground.ts'
import type { RefusalTable } from './tables.ts'

const rowsPerStatement = 20

export function createRefusals(ground: Ground): RefusalStore {
  const insert = createInsert(ground)
  return {
    /** A flush that is repeated after a lost answer finds its rows there already. */
    keep: records =>
      write(ground, async tx => {
        const whole = records.length - (records.length % rowsPerStatement)
        for (let i = 0; i < whole; i += rowsPerStatement)
          await tx.executeQuery(insert(records.slice(i, i + rowsPerStatement)))
        for (const record of records.slice(whole)) await tx.executeQuery(insert([record]))
      }),
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

/** The statement for a number of rows is built once: in a flood, building it each time costs more than the rows. */
function createInsert({ db }: Ground): (records: readonly RefusalRecord[]) => CompiledQuery {
  const known = new Map<number, string>()
  const build = (rows: readonly RefusalTable[]): string =>
    db
      .insertInto('refusals')
      .values(rows)
      .onConflict(conflict => conflict.doNothing())
      .compile().sql
  return records => {
    const rows = records.map(writeRefusal)
    const statement = known.get(rows.length) ?? build(rows)
    known.set(rows.length, statement)
    return CompiledQuery.raw(
      statement,
      rows.flatMap(row => Object.values(row)),
    )
  }
}

function readRefusal(row: RefusalTable): RefusalRecord {
  const { policy_version: policyVersion, account_id: accountId, organization_id: organizationId, ...same } = row
  return { ...same, policyVersion, accountId, organizationId }
}

/** In one order of columns, whatever the record's is: the values of a row are bound by it. */
function writeRefusal(record: RefusalRecord): RefusalTable {
  return {
    receipt: record.receipt,
    at: record.at,
    entrance: record.entrance,
    method: record.method,
    host: record.host,
    path: record.path,
    address: record.address,
    verdict: record.verdict,
    gate: record.gate,
    rule: record.rule,
    policy_version: record.policyVersion,
    account_id: record.accountId,
    organization_id: record.organizationId,
    walk: record.walk,
    fault: record.fault,
  }
}
