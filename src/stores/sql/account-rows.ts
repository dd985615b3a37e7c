import type { Account, Factor } from '../../people/account.ts'
import type { AccountTable, FactorTable } from './tables.ts'
import { flag, stored, storedJson } from './values.ts'

// Accounts and their factors between the tables and the words of people/account.ts.

export function readAccount(row: AccountTable, factors: readonly FactorTable[]): Account {
  return {
    id: stored(row.id),
    email: row.email,
    emailKey: stored(row.email_key),
    formerEmail:
      row.former_email === null || row.former_email_until === null
        ? null
        : { email: row.former_email, undoUntil: row.former_email_until },
    name: row.name,
    language: stored(row.language),
    organizationId: row.organization_id === null ? null : stored(row.organization_id),
    roles: storedJson(row.roles),
    state: stored(row.state),
    password:
      row.password_hash === null || row.password_changed_at === null
        ? null
        : { hash: row.password_hash, changedAt: row.password_changed_at },
    reset:
      row.reset_at === null || row.reset_reason === null || row.reset_by === null
        ? null
        : { reason: row.reset_reason, at: row.reset_at, by: row.reset_by, since: row.reset_since },
    held: row.held_at === null || row.held_cause === null ? null : { at: row.held_at, cause: row.held_cause },
    passwordLeak:
      row.leak_checked_at === null || row.leak_count === null
        ? null
        : { checkedAt: row.leak_checked_at, count: row.leak_count },
    factors: factors.map(readFactor),
    exemption: row.exemption_reason === null ? null : { reason: row.exemption_reason, until: row.exemption_until },
    createdAt: row.created_at,
    lastSignInAt: row.last_sign_in_at,
  }
}

export function writeAccount(account: Account): AccountTable {
  return {
    id: account.id,
    email: account.email,
    email_key: account.emailKey,
    former_email: account.formerEmail?.email ?? null,
    former_email_until: account.formerEmail?.undoUntil ?? null,
    name: account.name,
    language: account.language,
    organization_id: account.organizationId,
    roles: JSON.stringify(account.roles),
    state: account.state,
    password_hash: account.password?.hash ?? null,
    password_changed_at: account.password?.changedAt ?? null,
    reset_reason: account.reset?.reason ?? null,
    reset_at: account.reset?.at ?? null,
    reset_by: account.reset?.by ?? null,
    reset_since: account.reset?.since ?? null,
    held_at: account.held?.at ?? null,
    held_cause: account.held?.cause ?? null,
    leak_checked_at: account.passwordLeak?.checkedAt ?? null,
    leak_count: account.passwordLeak?.count ?? null,
    exemption_reason: account.exemption?.reason ?? null,
    exemption_until: account.exemption?.until ?? null,
    created_at: account.createdAt,
    last_sign_in_at: account.lastSignInAt,
  }
}

export function writeFactor(accountId: string, factor: Factor): FactorTable {
  return {
    id: factor.id,
    account_id: accountId,
    kind: factor.kind,
    label: factor.label,
    added_at: factor.addedAt,
    sealed_secret: factor.sealedSecret,
    last_step: factor.lastStep,
    set_aside_at: factor.setAsideAt,
    spare: flag(factor.spare),
    credential_id: factor.credentialId,
  }
}

export function readFactor(row: FactorTable): Factor {
  return {
    id: row.id,
    kind: stored(row.kind),
    label: row.label,
    addedAt: row.added_at,
    sealedSecret: row.sealed_secret,
    lastStep: row.last_step,
    setAsideAt: row.set_aside_at,
    spare: row.spare === 1,
    credentialId: row.credential_id,
  }
}
