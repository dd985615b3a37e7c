import { ssoEn } from './sso-en.ts'
import { ssoMetadataEn } from './sso-metadata-en.ts'

/** The words of the organizations' console in English; every other language completes this list. */
export const adminEn = {
  sso: ssoEn,
  ssoMetadata: ssoMetadataEn,
  handOver: {
    title: 'Help somebody who lost their mailbox',
    lead: 'Issue a code with which a person of your organization chooses a new password when the mailed link cannot reach them.',
    email: 'E-mail address of the account',
    reason: 'Reason',
    reasonHint:
      'The person reads it, and it stays in the audit trail. For example: "Left the old provider; identity checked by video call."',
    submit: 'Issue a code',
    problemTitle: 'Please check this',
    problems: {
      email_unreadable: 'Enter the whole e-mail address, for example name@example.com.',
      reason_missing: 'Say why the code is issued.',
      not_allowed:
        'You cannot issue a code for this address. It has to belong to another person of your organization; only an administrator helps an administrator.',
      sso: 'This person signs in with single sign-on and has no password here.',
      invited: 'This person has not accepted the invitation yet. Send the invitation again instead.',
      suspended: 'This account is suspended. Resume it first.',
      deleted: 'You cannot issue a code for this address.',
      weakened:
        'You switched off or set aside a second factor of this person within the last 24 hours. Ask another administrator, or wait.',
    },
    whatTitle: 'What this does',
    what: [
      'You see a code, once. It is valid for 30 minutes and works once. A newer one ends it.',
      'The person is told by mail at once, also to the mailbox that is said to be lost.',
      'The person enters the code, then the second factor if there is one, and chooses the new password. You never see or choose it.',
      'All sessions of the person end. Second factors stay.',
    ],
    issuedTitle: 'Hand this code over',
    issuedLead: (name: string, email: string) => `For ${name} (${email}):`,
    validUntil: 'Valid until',
    factor: 'Second factor',
    factorAsked: 'The person will be asked for it.',
    factorNone: 'The person has none: whoever holds this code needs nothing else. Give it to nobody else.',
    once: 'We show it only now. If you lose it, issue a new one.',
    nextTitle: 'What happens next',
    next: [
      'Make sure that you speak with the person themself: call a number that you know, or meet them.',
      'Read the code out, or write it down. Do not mail it.',
      'The person opens the sign-in page, then "Forgot your password?", then "I have a hand-over code".',
    ],
  },
}

export type AdminWords = typeof adminEn
