/** A message to a person, as facts. Words, layout and language are the templates' business; sender and links come from configuration. */
export interface Notice {
  readonly kind: NoticeKind
  /** `sms`: a text message to a phone number (E.164); absent or `mail`: to an address. */
  readonly channel?: 'mail' | 'sms'
  /** The registered address, byte for byte as it is stored; exactly one. */
  readonly to: string
  readonly language: Language
  readonly facts: Readonly<Record<string, string | number>>
  /** A second notice with the same key is dropped while the first is less than a day old. */
  readonly onlyOnceKey?: string
}

export const languages = ['en', 'ja'] as const
export type Language = (typeof languages)[number]

/**
 * What is told, and the facts that its template needs (`at` in milliseconds, `ticketUrl` a whole address):
 * each row is the closed list of its facts, checked when it is written.
 */
export const noticeFacts = {
  reset_ticket: ['name', 'ticketUrl', 'expiresAt', 'address', 'device'],
  reset_required: ['name', 'reason', 'ticketUrl', 'expiresAt'],
  password_changed: ['name', 'at', 'address', 'device', 'how', 'notMeUrl', 'expiresAt'],
  password_leaked: ['name', 'at'],
  password_refused: ['name', 'at'],
  factor_added: ['name', 'at', 'address', 'device', 'factor', 'notMeUrl', 'expiresAt'],
  factor_removed: ['name', 'at', 'address', 'device', 'factor', 'by', 'notMeUrl', 'expiresAt'],
  new_device: ['name', 'at', 'address', 'device', 'method', 'place', 'notMeUrl', 'expiresAt'],
  sign_in_noticed: ['name', 'at', 'address', 'device', 'method', 'place', 'reason', 'notMeUrl', 'expiresAt'],
  intrusion_reported: ['name', 'at', 'address', 'device', 'place', 'undone', 'ticketUrl', 'expiresAt'],
  intrusion_reported_sso: ['name', 'at', 'address', 'device', 'place', 'undone'],
  intrusion_reported_admin: ['name', 'person', 'at', 'address', 'device', 'place', 'how', 'undone'],
  email_change_code: ['name', 'code', 'expiresAt', 'address', 'device'],
  email_change_taken: ['name', 'at', 'address', 'device'],
  email_changed: ['name', 'at', 'address', 'device', 'next', 'undoUrl', 'expiresAt'],
  email_changed_here: ['name', 'at', 'address', 'device', 'next'],
  email_change_undone: ['name', 'at', 'undone', 'ticketUrl', 'expiresAt'],
  second_factor_failed: ['name', 'at', 'address', 'device'],
  second_factor_failed_inside: ['name', 'at', 'address', 'device'],
  sms_code: ['code', 'expiresAt'],
  phone_check: ['code', 'expiresAt'],
  backup_codes_made: ['name', 'at', 'address', 'device', 'notMeUrl', 'expiresAt'],
  backup_code_used: ['name', 'at', 'address', 'device', 'left'],
  email_code: ['name', 'code', 'expiresAt', 'address', 'device'],
  sign_in_held: ['name', 'at', 'address', 'device', 'code', 'expiresAt'],
  password_in_attack: ['name', 'at', 'address', 'device'],
  hand_over_issued: ['name', 'at', 'by', 'issuer', 'reason', 'expiresAt', 'asks'],
  /** A text message: the mailbox is said to be lost. */
  hand_over_sms: ['expiresAt'],
  hand_over_failed: ['name', 'at', 'address', 'device'],
  passkey_copied: ['name', 'at', 'address', 'device', 'passkey'],
  sign_in_code: ['name', 'code', 'expiresAt', 'address', 'device'],
  reset_campaign: ['name', 'reason', 'at', 'resetUrl'],
  reset_reminder: ['name', 'reason', 'at', 'resetUrl'],
  invitation: ['name', 'organization', 'ticketUrl', 'expiresAt'],
  account_suspended: ['name', 'at'],
  break_glass_used: ['name', 'organization', 'person', 'at', 'address', 'device'],
  device_request: ['name', 'at', 'person', 'device', 'address', 'reference'],
  provider_staged: ['name', 'organization', 'at', 'changes'],
  provider_expiring: ['name', 'organization', 'what', 'which', 'expiresAt'],
} as const satisfies Record<string, readonly string[]>
export type NoticeKind = keyof typeof noticeFacts
