/** One row of the audit trail: who did what to whom, when, from where, why. Written in the transaction of the change itself. */
export interface AuditEntry {
  readonly event: AuditEvent
  /** Milliseconds since 1970. */
  readonly at: number
  readonly actor: Actor
  readonly accountId: string | null
  readonly organizationId: string | null
  /** The client's address in canonical text, where there was a client. */
  readonly address: string | null
  /** The receipt of the request that did it, where there was one. */
  readonly receipt: string | null
  /** Facts as a flat record; never a secret, never a password or code. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>
}

export interface Actor {
  readonly kind: 'account' | 'operator' | 'policies' | 'system'
  /** Account id, the operator's name, or the part of the system. */
  readonly id: string
}

/** The closed list of audited events. */
export const auditEvents = [
  'account_created',
  'account_suspended',
  'account_resumed',
  'account_roles_changed',
  'device_approved',
  'device_forgotten',
  'device_renamed',
  'exemption_granted',
  'exemption_ended',
  'factor_added',
  'factor_removed',
  'factor_restored',
  'key_rotated',
  'language_changed',
  'organization_changed',
  'organization_created',
  'password_changed',
  'policies_loaded',
  'reset_completed',
  'reset_mail_requested',
  'reset_required',
  'reset_withdrawn',
  'session_ended',
  'session_opened',
  'session_proved_again',
  'sign_in_challenged',
  'sign_in_refused',
] as const
export type AuditEvent = (typeof auditEvents)[number]
