import type { Threat, ThreatStore } from '../../limits/threat-store.ts'
import { appendAudit } from './audit.ts'
import { announce } from './changes.ts'
import type { ThreatTable } from './defence-tables.ts'
import { type Ground, write } from './ground.ts'
import { stored, storedJson } from './values.ts'

export function createThreats(ground: Ground): ThreatStore {
  const { db } = ground
  const newest = db.selectFrom('threats').selectAll().orderBy('raised_at', 'desc').orderBy('id')
  return {
    async find(id) {
      const row = await db.selectFrom('threats').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : readThreat(row)
    },
    async list(countMax) {
      const rows = await newest.limit(countMax).execute()
      return rows.map(readThreat)
    },
    async findOpen() {
      const row = await newest
        .where('lowered_at', 'is', null)
        .where('undone_at', 'is', null)
        .limit(1)
        .executeTakeFirst()
      return row === undefined ? null : readThreat(row)
    },
    keep: (threat, audit) =>
      write(ground, async tx => {
        const { id, kind, raised_at, undone_at, undone_by, ...rest } = writeThreat(threat)
        await tx
          .insertInto('threats')
          .values({ id, kind, raised_at, undone_at, undone_by, ...rest })
          .onConflict(conflict => conflict.column('id').doUpdateSet(rest).where('threats.undone_at', 'is', null))
          .execute()
        await appendAudit(ground, tx, audit)
        await announce(tx, [{ kind: 'threats' }], audit.at)
      }),
    undo: (id, { at, by }, audit) =>
      write(ground, async tx => {
        const undone = await tx
          .updateTable('threats')
          .set(row => ({ undone_at: at, undone_by: by, lowered_at: row.fn.coalesce('lowered_at', row.val(at)) }))
          .where('id', '=', id)
          .where('undone_at', 'is', null)
          .executeTakeFirst()
        if (undone.numUpdatedRows !== 1n) return false
        await appendAudit(ground, tx, audit)
        await announce(tx, [{ kind: 'threats' }], at)
        return true
      }),
  }
}

function writeThreat({ id, kind, level, raisedAt, loweredAt, steps, undone }: Threat): ThreatTable {
  return {
    ...{ id, kind, level },
    raised_at: raisedAt,
    lowered_at: loweredAt,
    evidence: JSON.stringify(steps),
    undone_at: undone?.at ?? null,
    undone_by: undone?.by ?? null,
  }
}

function readThreat(row: ThreatTable): Threat {
  return {
    id: row.id,
    kind: stored(row.kind),
    level: stored(row.level),
    raisedAt: row.raised_at,
    loweredAt: row.lowered_at,
    steps: storedJson(row.evidence),
    undone: row.undone_at === null ? null : { at: row.undone_at, by: row.undone_by ?? '' },
  }
}
