/** Words about metadata of the identity provider that waits, in English. */
export const ssoMetadataEn = {
  title: 'Metadata that waits',
  lead: 'Your identity provider gives out other metadata than what speaks here. Signatures by the certificates of both are accepted until this is decided.',
  read: 'Read at',
  digest: 'Digest',
  heads: ['What', 'Speaks now', 'Would speak'],
  what: {
    certificate: 'Certificate',
    'sign-on address': 'Sign-in address',
    'logout address': 'Sign-out address',
    'signed requests': 'Signed requests',
    'end of the document': 'End of the document',
  },
  nothing: 'Nothing',
  promoteLead:
    'Compare it with what your identity provider’s administrators say, then let it alone speak. What speaks now is accepted no longer.',
  promote: 'Let it speak',
  notPromoted:
    'It cannot be promoted from a session that came through the identity provider: the certificate that waits may have opened it. Use an emergency account, or ask the operator (sekisho sso promote).',
  dropLead:
    'If nobody knows about it, drop it. When a certificate goes with it, everybody who came through the identity provider signs in again.',
  drop: 'Drop it',
  said: { promoted: 'It speaks from now on.', dropped: 'It is dropped, and not accepted any more.' },
  problemTitle: 'Nothing was changed',
  problems: {
    nothing_staged: 'No other metadata waits any more.',
    overtaken: 'Something else waits by now than what you looked at. Look again and decide anew.',
    not_allowed: 'You cannot do that.',
  },
}
