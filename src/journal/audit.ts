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
const auditEvents = [
  'account_created',
  'account_held',
  'account_provisioned',
  'account_resumed',
  'account_roles_changed',
  'account_suspended',
  'backup_code_used',
  'backup_codes_made',
  'ban_added',
  'ban_removed',
  'campaign_aborted',
  'campaign_finished',
  'campaign_paused',
  'campaign_planned',
  'campaign_reminded',
  'campaign_resumed',
  'campaign_started',
  'device_approved',
  'device_forgotten',
  'device_renamed',
  'email_change_asked',
  'email_change_undone',
  'email_changed',
  'email_domain_claimed',
  'email_domain_removed',
  'email_domain_verified',
  'exemption_ended',
  'exemption_granted',
  'factor_added',
  'factor_removed',
  'factor_restored',
  'hand_over_issued',
  'hand_over_refused',
  'hand_over_used',
  'hold_released',
  'intrusion_reported',
  'key_rotated',
  'language_changed',
  'organization_changed',
  'organization_created',
  'password_changed',
  'password_leaked',
  'people_exported',
  'policies_loaded',
  'provider_changed',
  'provider_imported',
  'provider_promoted',
  'provider_removed',
  'provider_staged',
  'provider_staged_dropped',
  'regulation_released',
  'reset_completed',
  'reset_mail_requested',
  'reset_required',
  'reset_withdrawn',
  'session_ended',
  'session_opened',
  'session_proved_again',
  'sign_in_challenged',
  'sign_in_refused',
  'sso_confirmed',
  'sso_key_rotated',
  'sso_logout',
  'sso_proposed',
  'sso_switched_off',
  'sso_withdrawn',
  'threat_lowered',
  'threat_raised',
  'threat_undone',
] as const
export type AuditEvent = (typeof auditEvents)[number]
