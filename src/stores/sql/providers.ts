import type { AuditEntry } from '../../journal/audit.ts'
import type { Notice } from '../../notices/notice.ts'
import type { OrganizationId } from '../../policy/facts.ts'
import type { Provider, ProviderSource, Providers, PutBeside } from '../../sso/provider.ts'
import { type Ground, type Tx, write } from './ground.ts'
import { queueNotice } from './outbox.ts'
import type { SsoProviderTable } from './sso-tables.ts'
import { leave } from './trail.ts'
import { stored, storedJson } from './values.ts'
import { endVouched } from './vouched-sessions.ts'

export function createProviders(ground: Ground): Providers {
  const { db } = ground
  return {
    async find(id) {
      const row = await db.selectFrom('sso_providers').selectAll().where('organization_id', '=', id).executeTakeFirst()
      return row === undefined ? null : readProvider(row)
    },
    async list() {
      const rows = await db.selectFrom('sso_providers').selectAll().orderBy('organization_id').execute()
      return rows.map(readProvider)
    },
    put: (provider, audit, beside = {}) => put(ground, provider, audit, beside),
    noteCheck: (id, checkedAt, trouble) => noteCheck(ground, id, checkedAt, trouble),
    warn: (id, warning, at, notices) => warn(ground, { organization_id: id, warning, at }, notices),
    remove: (id, audit) => remove(ground, id, audit),
  }
}

function put(ground: Ground, provider: Provider, audit: AuditEntry, beside: PutBeside): Promise<boolean> {
  const { notices = [], endsSessions = false } = beside
  return write(ground, async tx => {
    const { organizationId } = provider
    if (!(await (provider.version === 1 ? insert(tx, provider) : replace(tx, provider)))) return false
    const ended = endsSessions ? await endVouched(tx, organizationId) : null
    const facts = ended === null ? audit.facts : { ...audit.facts, sessions: ended.roots }
    const changes = [{ kind: 'organization', id: organizationId } as const, ...(ended?.changes ?? [])]
    await leave(ground, tx, { audit: { ...audit, facts }, notices }, changes)
    return true
  })
}

async function insert(tx: Tx, provider: Provider): Promise<boolean> {
  const inserted = await tx
    .insertInto('sso_providers')
    .values(writeProvider(provider))
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

async function replace(tx: Tx, provider: Provider): Promise<boolean> {
  const { organization_id, created_at: _createdAt, ...rest } = writeProvider(provider)
  const replaced = await tx
    .updateTable('sso_providers')
    .set(rest)
    .where('organization_id', '=', organization_id)
    .where('version', '=', provider.version - 1)
    .executeTakeFirst()
  return replaced.numUpdatedRows === 1n
}

/** Only while its source is the address that was read: an import that came in between keeps what it says. */
function noteCheck(ground: Ground, id: OrganizationId, checkedAt: number, trouble: string | null): Promise<void> {
  return write(ground, async tx => {
    const rows = tx.selectFrom('sso_providers').select('source').where('organization_id', '=', id)
    const row = await rows.executeTakeFirst()
    const source = row === undefined ? null : storedJson<ProviderSource>(row.source)
    if (source?.kind !== 'url' || row === undefined) return
    await tx
      .updateTable('sso_providers')
      .set({ source: JSON.stringify({ ...source, checkedAt, trouble }) })
      .where('organization_id', '=', id)
      .where('source', '=', row.source)
      .execute()
  })
}

function warn(
  ground: Ground,
  row: { organization_id: OrganizationId; warning: string; at: number },
  notices: readonly Notice[],
): Promise<boolean> {
  return write(ground, async tx => {
    const providers = tx.selectFrom('sso_providers').select('version')
    if ((await providers.where('organization_id', '=', row.organization_id).executeTakeFirst()) === undefined)
      return false
    const inserted = await tx
      .insertInto('sso_warnings')
      .values(row)
      .onConflict(conflict => conflict.doNothing())
      .executeTakeFirst()
    if (inserted.numInsertedOrUpdatedRows !== 1n) return false
    for (const notice of notices) await queueNotice(tx, notice, row.at)
    return true
  })
}

function remove(ground: Ground, id: OrganizationId, audit: AuditEntry): Promise<boolean> {
  return write(ground, async tx => {
    const gone = await tx.deleteFrom('sso_providers').where('organization_id', '=', id).executeTakeFirst()
    if (gone.numDeletedRows !== 1n) return false
    await leave(ground, tx, { audit, notices: [] }, [{ kind: 'organization', id }])
    return true
  })
}

function readProvider(row: SsoProviderTable): Provider {
  return {
    organizationId: stored(row.organization_id),
    metadata: storedJson(row.metadata),
    staged: row.staged === null ? null : storedJson(row.staged),
    source: storedJson(row.source),
    settings: storedJson(row.settings),
    createdAt: row.created_at,
    version: row.version,
  }
}

function writeProvider(provider: Provider): SsoProviderTable {
  return {
    organization_id: provider.organizationId,
    metadata: JSON.stringify(provider.metadata),
    staged: provider.staged === null ? null : JSON.stringify(provider.staged),
    source: JSON.stringify(provider.source),
    settings: JSON.stringify(provider.settings),
    created_at: provider.createdAt,
    version: provider.version,
  }
}
