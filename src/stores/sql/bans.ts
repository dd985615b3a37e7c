import type { Ban, BanStore } from '../../limits/ban-store.ts'
import { appendAudit } from './audit.ts'
import { announce } from './changes.ts'
import type { BanTable } from './defence-tables.ts'
import { type Ground, write } from './ground.ts'
import { stored } from './values.ts'

export function createBans(ground: Ground): BanStore {
  return {
    async list(at) {
      const rows = await ground.db
        .selectFrom('bans')
        .selectAll()
        .where(row => row.or([row('until', 'is', null), row('until', '>', at)]))
        .orderBy('created_at')
        .orderBy('id')
        .execute()
      return rows.map(readBan)
    },
    add: (ban, audit) =>
      write(ground, async tx => {
        const { id, kind, value, ...rest } = writeBan(ban)
        const row = await tx
          .insertInto('bans')
          .values({ id, kind, value, ...rest })
          .onConflict(conflict => conflict.columns(['kind', 'value']).doUpdateSet(rest))
          .returning('id')
          .executeTakeFirstOrThrow()
        await appendAudit(ground, tx, { ...audit, facts: { ...audit.facts, ban: row.id } })
        await announce(tx, [{ kind: 'bans' }], audit.at)
        return row.id
      }),
    remove: (id, audit) =>
      write(ground, async tx => {
        const gone = await tx.deleteFrom('bans').where('id', '=', id).executeTakeFirst()
        if (gone.numDeletedRows !== 1n) return false
        await appendAudit(ground, tx, audit)
        await announce(tx, [{ kind: 'bans' }], audit.at)
        return true
      }),
  }
}

function writeBan({ id, kind, value, reason, createdAt, createdBy, until, allDevices }: Ban): BanTable {
  const all_devices = allDevices ? 1 : 0
  return { id, kind, value, reason, created_at: createdAt, created_by: createdBy, until, all_devices }
}

function readBan(row: BanTable): Ban {
  const { id, value, reason, until } = row
  const kind = stored<Ban['kind']>(row.kind)
  const allDevices = row.all_devices === 1
  return { id, kind, value, reason, createdAt: row.created_at, createdBy: row.created_by, until, allDevices }
}
