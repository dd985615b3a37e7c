import type { Kysely } from 'kysely'
import { hashToken } from '../../lib/secret.ts'
import type { ProviderSubject, Session } from '../../people/session.ts'
import type { Proof } from '../../policy/facts.ts'
import type { SessionTable, Tables } from './tables.ts'
import { flag, stored, storedJson } from './values.ts'

// Sessions between the table and the words of people/session.ts.

/** The question behind `findByTokenHash`; a dialect may prepare it. */
export function sessionByTokenHash(db: Kysely<Tables>, tokenHash: string) {
  return db.selectFrom('sessions').selectAll().where('token_hash', '=', tokenHash)
}

export function readSession(row: SessionTable): Session {
  return {
    id: stored(row.id),
    tokenHash: row.token_hash,
    rootId: stored(row.root_id),
    accountId: stored(row.account_id),
    organizationId: row.organization_id === null ? null : stored(row.organization_id),
    host: row.host,
    proofs: storedJson(row.proofs),
    openedAt: row.opened_at,
    seenAt: row.seen_at,
    idleMs: row.idle_ms,
    absoluteEndsAt: row.absolute_ends_at,
    deviceId: row.device_id,
    address: row.address,
    agent: row.agent,
    breakGlass: row.break_glass === 1,
  }
}

export function writeSession(session: Session): SessionTable {
  return {
    id: session.id,
    token_hash: session.tokenHash,
    root_id: session.rootId,
    account_id: session.accountId,
    organization_id: session.organizationId,
    host: session.host,
    proofs: JSON.stringify(session.proofs),
    opened_at: session.openedAt,
    seen_at: session.seenAt,
    idle_ms: session.idleMs,
    absolute_ends_at: session.absoluteEndsAt,
    device_id: session.deviceId,
    address: session.address,
    agent: session.agent,
    break_glass: flag(session.breakGlass),
    subject_hash: provenSubject(session.proofs),
  }
}

/** The name under which the provider knows the person of these proofs, as it is searched for; null when no provider vouched. */
export function provenSubject(proofs: readonly Proof[]): string | null {
  const proof = proofs.find(({ kind }) => kind === 'saml')
  if (proof?.organization === undefined || proof.subject === undefined) return null
  const { issuer, nameId } = proof.subject
  return subjectHash({ organizationId: proof.organization, issuer, nameId })
}

/** A hash, because the provider's name for a person may be as long as it likes. */
export function subjectHash({ organizationId, issuer, nameId }: ProviderSubject): string {
  return hashToken(JSON.stringify([organizationId, issuer, nameId]))
}
