import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

/** The words of hand-overs in English. */
export const handOverEn = {
  hand_over_issued: (notice: Notice, sender: Sender): Words => ({
    subject: `A hand-over code was issued for your ${sender.productName} account`,
    lead: `Hello ${text(notice, 'name')}, if you did not ask for this, act now: with this code somebody can choose a new password for your account.`,
    rows: [
      ['When', moment(notice, 'at')],
      ['Issued by', `${text(notice, 'issuer')}, ${term(notice, 'by')}`],
      ['Reason given', text(notice, 'reason')],
      ['Valid until', moment(notice, 'expiresAt')],
      ['Second factor', term(notice, 'asks')],
    ],
    button: { label: 'Change your password', url: `${sender.portalOrigin}/account/password` },
    after: [
      'If you asked for it because you lost your mailbox, you need not do anything. We write to it all the same, so that nobody can claim for you that it is lost.',
      'If you did not ask for it: sign in and change your password. That ends the code at once. Then tell another administrator of your organization.',
    ],
  }),
  hand_over_sms: (notice: Notice, sender: Sender): Words => ({
    subject: '',
    lead: `${sender.productName}: a hand-over code for your account was issued, valid until ${moment(notice, 'expiresAt')}. Not asked for? Sign in and change your password: that ends it.`,
    rows: [],
    after: [],
  }),
  hand_over_failed: (notice: Notice, sender: Sender): Words => ({
    subject: `Somebody used a hand-over code for your ${sender.productName} account, but failed at the second factor`,
    lead: `Hello ${text(notice, 'name')}, if this was not you, act now: somebody holds the hand-over code of your account, and could not show your second factor.`,
    rows: [
      ['When', moment(notice, 'at')],
      ['Device', text(notice, 'device')],
      ['Address', text(notice, 'address')],
    ],
    button: { label: 'Change your password', url: `${sender.portalOrigin}/account/password` },
    after: [
      'If this was you, you need not do anything: try again with a newer code or another way.',
      'If not: sign in and change your password. That ends the code at once. Then tell another administrator of your organization.',
    ],
  }),
}

function term(notice: Notice, name: string): string {
  const terms: Readonly<Record<string, string>> = {
    administrator: 'an administrator of your organization',
    operator: 'support',
    asks: 'It will be asked for.',
    asks_nothing: 'Your account has none. Whoever holds the code needs nothing else.',
  }
  const word = text(notice, name)
  return terms[word] ?? word
}
