import type { AuditEntry } from '../../journal/audit.ts'
import type { KeyStore, StoredKey } from '../../proxy/key-store.ts'
import { announce } from './changes.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { moveKeysOn } from './key-turns.ts'
import type { SigningKeyTable } from './tables.ts'
import { leave } from './trail.ts'
import { stored } from './values.ts'

export function createKeys(ground: Ground): KeyStore {
  return {
    list: () => list(ground.db),
    begin: keys => begin(ground, keys),
    rotate: (fresh, audit) => rotate(ground, fresh, audit),
  }
}

async function list(db: Ground['db'] | Tx): Promise<readonly StoredKey[]> {
  const rows = await db.selectFrom('signing_keys').selectAll().orderBy('created_at').orderBy('kid').execute()
  return rows.map(readKey)
}

/** The unique index on the state lets only one process begin, wherever the two meet. */
function begin(ground: Ground, keys: readonly StoredKey[]): Promise<readonly StoredKey[]> {
  return write(ground, async tx => {
    const standing = await list(tx)
    if (standing.length > 0) return standing
    for (const key of keys)
      await tx
        .insertInto('signing_keys')
        .values(writeKey(key))
        .onConflict(conflict => conflict.doNothing())
        .execute()
    await announce(tx, [{ kind: 'keys' }], Math.max(0, ...keys.map(key => key.createdAt)))
    return list(tx)
  })
}

function rotate(ground: Ground, fresh: StoredKey, audit: AuditEntry): Promise<readonly StoredKey[]> {
  return write(ground, async tx => {
    await moveKeysOn(tx, 'signing_keys')
    await tx
      .insertInto('signing_keys')
      .values({ ...writeKey(fresh), state: 'next' })
      .execute()
    await leave(ground, tx, { audit, notices: [] }, [{ kind: 'keys' }])
    return list(tx)
  })
}

function readKey(row: SigningKeyTable): StoredKey {
  return {
    kid: row.kid,
    algorithm: stored(row.algorithm),
    state: stored(row.state),
    publicJwk: row.public_jwk,
    sealedPrivateJwk: row.sealed_private_jwk,
    createdAt: row.created_at,
  }
}

function writeKey(key: StoredKey): SigningKeyTable {
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    state: key.state,
    public_jwk: key.publicJwk,
    sealed_private_jwk: key.sealedPrivateJwk,
    created_at: key.createdAt,
  }
}
