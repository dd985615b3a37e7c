import type { EmailDomain, EmailDomains } from '../../people/email-domains.ts'
import type { OrganizationId } from '../../policy/facts.ts'
import { type Ground, type Tx, write } from './ground.ts'
import type { EmailDomainTable } from './sso-tables.ts'
import { leave } from './trail.ts'
import { stored } from './values.ts'
import { endVouched } from './vouched-sessions.ts'

export function createEmailDomains(ground: Ground): EmailDomains {
  return {
    async ownerOf(domain) {
      const row = await verified(ground.db, domain).executeTakeFirst()
      return row === undefined ? null : stored<OrganizationId>(row.organization_id)
    },
    async listOf(organizationId) {
      const rows = await ground.db
        .selectFrom('email_domains')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .orderBy('domain')
        .execute()
      return rows.map(readDomain)
    },
    claim: (domain, audit) =>
      write(ground, async tx => {
        if (await isTaken(tx, domain)) return 'taken'
        const inserted = await tx
          .insertInto('email_domains')
          .values(writeDomain(domain))
          .onConflict(conflict => conflict.doNothing())
          .executeTakeFirst()
        if (inserted.numInsertedOrUpdatedRows !== 1n) return 'there'
        await leave(ground, tx, { audit, notices: [] }, [{ kind: 'organization', id: domain.organizationId }])
        return 'claimed'
      }),
    verify: (named, at, by, audit) =>
      write(ground, async tx => {
        if (await isTaken(tx, named)) return 'taken'
        const changed = await tx
          .updateTable('email_domains')
          .set({ verified_at: at, verified_by: by })
          .where('domain', '=', named.domain)
          .where('organization_id', '=', named.organizationId)
          .executeTakeFirst()
        if (changed.numUpdatedRows !== 1n) return 'unknown'
        await leave(ground, tx, { audit, notices: [] }, [{ kind: 'organization', id: named.organizationId }])
        return 'verified'
      }),
    remove: (domain, organizationId, audit) =>
      write(ground, async tx => {
        const gone = await tx
          .deleteFrom('email_domains')
          .where('domain', '=', domain)
          .where('organization_id', '=', organizationId)
          .executeTakeFirst()
        if (gone.numDeletedRows !== 1n) return false
        // The provider speaks for nobody of that domain any more: neither do the sessions that it opened.
        const ended = await endVouched(tx, organizationId, key => key.endsWith(`@${domain}`))
        const facts = { ...audit.facts, sessions: ended.roots }
        const changes = [{ kind: 'organization', id: organizationId } as const, ...ended.changes]
        await leave(ground, tx, { audit: { ...audit, facts }, notices: [] }, changes)
        return true
      }),
  }
}

function verified(db: Ground['db'] | Tx, domain: string) {
  return db
    .selectFrom('email_domains')
    .select('organization_id')
    .where('domain', '=', domain)
    .where('verified_at', 'is not', null)
}

async function isTaken(tx: Tx, { domain, organizationId }: Pick<EmailDomain, 'domain' | 'organizationId'>) {
  const owner = await verified(tx, domain).executeTakeFirst()
  return owner !== undefined && owner.organization_id !== organizationId
}

function writeDomain(domain: EmailDomain): EmailDomainTable {
  return {
    domain: domain.domain,
    organization_id: domain.organizationId,
    verified_at: domain.verifiedAt,
    verified_by: domain.verifiedBy,
    token: domain.token,
    added_at: domain.addedAt,
  }
}

function readDomain(row: EmailDomainTable): EmailDomain {
  return {
    domain: row.domain,
    organizationId: stored(row.organization_id),
    verifiedAt: row.verified_at,
    verifiedBy: row.verified_by,
    token: row.token,
    addedAt: row.added_at,
  }
}
