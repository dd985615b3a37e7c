import type { Actor, AuditEntry, AuditEvent } from '../journal/audit.ts'
import type { AccountId, OrganizationId, SessionId } from '../policy/facts.ts'

/** Who asks for a change and from where: what every audit row and every notice about it needs. */
export interface Origin {
  readonly actor: Actor
  /** The client's address in canonical text; null where there was no client. */
  readonly address: string | null
  /** The receipt of the request, where there was one. */
  readonly receipt: string | null
  /** Label such as "Chrome on Windows" (people/device.ts). */
  readonly device: string
  /** The root session in which it is done; absent where there is none. What it changes about its own account can be undone (people/session-change.ts). */
  readonly sessionId?: SessionId
}

/** Whom a row is about. An account and a session both fit. */
export interface Subject {
  readonly accountId: AccountId | null
  readonly organizationId: OrganizationId | null
}

/** Writes one audit row. `facts` never hold a secret, a password or a code. */
export function auditOf(
  event: AuditEvent,
  subject: Subject,
  by: Origin,
  at: number,
  facts: AuditEntry['facts'] = {},
): AuditEntry {
  return {
    event,
    at,
    actor: by.actor,
    accountId: subject.accountId,
    organizationId: subject.organizationId,
    address: by.address,
    receipt: by.receipt,
    facts: { device: by.device, ...facts },
  }
}

/** The same for an account. */
export function aboutAccount(account: {
  readonly id: AccountId
  readonly organizationId: OrganizationId | null
}): Subject {
  return { accountId: account.id, organizationId: account.organizationId }
}
