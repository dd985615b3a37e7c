/**
 * Why a message of an identity provider opens nothing. Browsers are never told which; the journal, `sekisho explain` and the
 * organization's list of last answers are. The order is that of the checks.
 */
export const samlRefusals = [
  'too_large',
  'unreadable',
  'forbidden_markup',
  'wrong_structure',
  'signature_missing',
  'signature_placement',
  'algorithm',
  'signature_wrong',
  'decryption',
  'status',
  'issuer',
  'destination',
  'audience',
  'conditions',
  'recipient',
  'request_unknown',
  'expired',
  'not_yet_valid',
  'authentication_statement',
  'authentication_context',
  'name_id',
  'email_domain',
  'logged_out',
  'replayed',
  'nobody',
  'switched_off',
  'busy',
] as const
export type SamlRefusal = (typeof samlRefusals)[number]

/** What anybody can cause: nothing of the message was shown to be the provider's. */
export const strangersRefusals: readonly SamlRefusal[] = [
  'too_large',
  'unreadable',
  'forbidden_markup',
  'wrong_structure',
  'signature_missing',
  'signature_placement',
  'algorithm',
  'signature_wrong',
  'decryption',
  'busy',
]
