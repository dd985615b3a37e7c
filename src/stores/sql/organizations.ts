import type { Kysely } from 'kysely'
import type { Organization, OrganizationRules, Organizations, Timed } from '../../people/organization.ts'
import type { Trail } from '../../people/trail.ts'
import { type Ground, write } from './ground.ts'
import type { OrganizationTable, Tables } from './tables.ts'
import { leave } from './trail.ts'
import { stored, storedJson } from './values.ts'

export function createOrganizations(ground: Ground): Organizations {
  return {
    async find(id) {
      const row = await organizationById(ground.db, id).executeTakeFirst()
      return row === undefined ? null : readOrganization(row)
    },
    async findBySlug(slug) {
      const row = await ground.db.selectFrom('organizations').selectAll().where('slug', '=', slug).executeTakeFirst()
      return row === undefined ? null : readOrganization(row)
    },
    async list() {
      const rows = await ground.db.selectFrom('organizations').selectAll().orderBy('slug').execute()
      return rows.map(readOrganization)
    },
    create: (organization, trail) => create(ground, organization, trail),
    change: (organization, trail) => change(ground, organization, trail),
  }
}

/** The question behind `find`; a dialect may prepare it. */
export function organizationById(db: Kysely<Tables>, id: string) {
  return db.selectFrom('organizations').selectAll().where('id', '=', id)
}

export function readOrganization(row: OrganizationTable): Organization {
  return {
    id: stored(row.id),
    slug: row.slug,
    name: row.name,
    managedBy: stored(row.managed_by),
    rules: readRules(row.rules),
    createdAt: row.created_at,
  }
}

/** Rules that were written before a key came to be speak as if they did not ask for it. */
function readRules(text: string): Organization['rules'] {
  const timed = storedJson<Timed<Partial<OrganizationRules> & Omit<OrganizationRules, LaterKey>>>(text)
  const complete = (rules: typeof timed.active): OrganizationRules => ({
    emailedCodes: false,
    codeOnUnknownDevice: false,
    ...rules,
  })
  return { ...timed, active: complete(timed.active), previous: timed.previous && complete(timed.previous) }
}

type LaterKey = 'emailedCodes' | 'codeOnUnknownDevice'

function create(ground: Ground, organization: Organization, trail: Trail): Promise<'created' | 'taken'> {
  return write(ground, async tx => {
    const inserted = await tx
      .insertInto('organizations')
      .values({
        id: organization.id,
        slug: organization.slug,
        name: organization.name,
        managed_by: organization.managedBy,
        rules: JSON.stringify(organization.rules),
        created_at: organization.createdAt,
      })
      .onConflict(conflict => conflict.doNothing())
      .executeTakeFirst()
    if (inserted.numInsertedOrUpdatedRows !== 1n) return 'taken'
    await leave(ground, tx, trail, [{ kind: 'organization', id: organization.id }])
    return 'created'
  })
}

function change(ground: Ground, organization: Organization, trail: Trail): Promise<boolean> {
  return write(ground, async tx => {
    const changed = await tx
      .updateTable('organizations')
      .set(changedColumns(organization))
      .where('id', '=', organization.id)
      .executeTakeFirst()
    if (changed.numUpdatedRows !== 1n) return false
    await leave(ground, tx, trail, [{ kind: 'organization', id: organization.id }])
    return true
  })
}

/** What a change of an organization may replace. */
export function changedColumns({ name, managedBy, rules }: Organization) {
  return { name, managed_by: managedBy, rules: JSON.stringify(rules) }
}
