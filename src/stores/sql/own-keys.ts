import type { AuditEntry } from '../../journal/audit.ts'
import type { OwnKey, OwnKeys } from '../../sso/own-key.ts'
import { announce } from './changes.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { moveKeysOn } from './key-turns.ts'
import type { SsoKeyTable } from './sso-tables.ts'
import { leave } from './trail.ts'
import { stored } from './values.ts'

export function createOwnKeys(ground: Ground): OwnKeys {
  return {
    list: () => list(ground.db),
    begin: keys => begin(ground, keys),
    rotate: (fresh, audit) => rotate(ground, fresh, audit),
  }
}

async function list(db: Ground['db'] | Tx): Promise<readonly OwnKey[]> {
  const rows = await db.selectFrom('sso_keys').selectAll().orderBy('created_at').orderBy('id').execute()
  return rows.map(readKey)
}

/** The unique index on the state lets only one process begin, wherever the two meet. */
function begin(ground: Ground, keys: readonly OwnKey[]): Promise<readonly OwnKey[]> {
  return write(ground, async tx => {
    const standing = await list(tx)
    if (standing.length > 0) return standing
    for (const key of keys)
      await tx
        .insertInto('sso_keys')
        .values(writeKey(key))
        .onConflict(conflict => conflict.doNothing())
        .execute()
    await announce(tx, [{ kind: 'keys' }], Math.max(0, ...keys.map(key => key.createdAt)))
    return list(tx)
  })
}

function rotate(ground: Ground, fresh: OwnKey, audit: AuditEntry): Promise<readonly OwnKey[]> {
  return write(ground, async tx => {
    await moveKeysOn(tx, 'sso_keys')
    await tx
      .insertInto('sso_keys')
      .values({ ...writeKey(fresh), state: 'next' })
      .execute()
    await leave(ground, tx, { audit, notices: [] }, [{ kind: 'keys' }])
    return list(tx)
  })
}

function readKey(row: SsoKeyTable): OwnKey {
  return {
    id: row.id,
    state: stored(row.state),
    certificate: row.certificate,
    sealedPrivateKey: row.sealed_private_key,
    createdAt: row.created_at,
    endsAt: row.ends_at,
  }
}

function writeKey(key: OwnKey): SsoKeyTable {
  return {
    id: key.id,
    state: key.state,
    certificate: key.certificate,
    sealed_private_key: key.sealedPrivateKey,
    created_at: key.createdAt,
    ends_at: key.endsAt,
  }
}
