import type { Notice, NoticeKind } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { breakGlassEn } from './break-glass-en.ts'
import { campaignEn } from './campaign-en.ts'
import { factorsEn } from './factors-en.ts'
import { moment, text } from './facts.ts'
import { handOverEn } from './hand-over-en.ts'
import { holdsEn } from './holds-en.ts'
import { leaksEn } from './leaks-en.ts'
import { passkeysEn } from './passkeys-en.ts'
import { protectionEn } from './protection-en.ts'
import { providersEn } from './providers-en.ts'
import { notYou, wayBack } from './way-back-en.ts'

/** The words of every notice in English. */
export function en(notice: Notice, sender: Sender): Words {
  return writers[notice.kind](notice, sender)
}

const writers: Record<NoticeKind, (notice: Notice, sender: Sender) => Words> = {
  ...factorsEn,
  ...protectionEn,
  ...leaksEn,
  ...providersEn,
  reset_ticket: (notice, sender) => ({
    subject: `Choose a new password for ${sender.productName}`,
    lead: `Hello ${text(notice, 'name')}, you asked to choose a new password. Open the link to go on.`,
    rows: [
      ['Asked from', `${text(notice, 'device')}, ${text(notice, 'address')}`],
      ['Valid until', moment(notice, 'expiresAt')],
    ],
    button: { label: 'Choose a new password', url: text(notice, 'ticketUrl') },
    after: ['The link works once. If you did not ask for it, you need not do anything: your password stays as it is.'],
  }),
  reset_required: (notice, sender) => ({
    subject: `Your ${sender.productName} password must be changed`,
    lead: `Hello ${text(notice, 'name')}, please choose a new password before you go on.`,
    rows: [
      ['Reason', text(notice, 'reason')],
      ['Link valid until', moment(notice, 'expiresAt')],
    ],
    button: { label: 'Choose a new password', url: text(notice, 'ticketUrl') },
    after: [
      'Your old password opens nothing any more, and nobody can use it to choose a new one. The link works once; if it has expired, ask for a new one on the sign-in page.',
      'If you used the same password elsewhere, change it there too.',
    ],
  }),
  password_changed: (notice, sender) => ({
    subject: `Your ${sender.productName} password was changed`,
    lead: `Hello ${text(notice, 'name')}, your password was changed. You need not do anything if it was you.`,
    rows: [...occasion(notice), ['How', inWords(notice, 'how')]],
    ...wayBack(notice, ['You were signed out everywhere else.']),
  }),
  factor_added: (notice, sender) => ({
    subject: `A second factor was added to your ${sender.productName} account`,
    lead: `Hello ${text(notice, 'name')}, a second factor was added. You need not do anything if it was you.`,
    rows: [['Second factor', inWords(notice, 'factor')], ...occasion(notice)],
    ...wayBack(notice),
  }),
  factor_removed: (notice, sender) => ({
    subject: `A second factor was removed from your ${sender.productName} account`,
    lead: `Hello ${text(notice, 'name')}, a second factor was removed. You need not do anything if you know of it.`,
    rows: [['Second factor', inWords(notice, 'factor')], ['Removed by', inWords(notice, 'by')], ...occasion(notice)],
    ...wayBack(notice),
  }),
  second_factor_failed: (notice, sender) => ({
    subject: `Someone entered your ${sender.productName} password, but no right code`,
    lead: `Hello ${text(notice, 'name')}, somebody knew your password and failed at the second factor. If it was not you, change your password now.`,
    rows: occasion(notice),
    after: ['If this was you, you need not do anything. If not, somebody else knows your password.'],
  }),
  email_code: (notice, sender) => ({
    subject: `${text(notice, 'code')} is your ${sender.productName} code`,
    lead: `Hello ${text(notice, 'name')}, your code is ${text(notice, 'code')}.`,
    rows: [
      ['Valid until', moment(notice, 'expiresAt')],
      ['Asked from', `${text(notice, 'device')}, ${text(notice, 'address')}`],
    ],
    after: ['Enter it only on the page where you are signing in. Nobody of us will ever ask you for it.', notYou],
  }),
  ...handOverEn,
  ...holdsEn,
  ...passkeysEn,
  ...breakGlassEn,
  ...campaignEn,
  invitation: (notice, sender) => ({
    subject: `You are invited to ${sender.productName}`,
    lead: `Hello ${text(notice, 'name')}, ${text(notice, 'organization')} has set up an account for you.`,
    rows: [['Link valid until', moment(notice, 'expiresAt')]],
    button: { label: 'Choose your password', url: text(notice, 'ticketUrl') },
    after: ['The link works once. If you did not expect this, you need not do anything.'],
  }),
  account_suspended: (notice, sender) => ({
    subject: `Your ${sender.productName} account was suspended`,
    lead: `Hello ${text(notice, 'name')}, your account was suspended on ${moment(notice, 'at')}. You need not do anything.`,
    rows: [],
    after: ['If you think that this is a mistake, ask the administrator of your organization.'],
  }),
  device_request: (notice, sender) => ({
    subject: `${text(notice, 'person')} asks to use ${sender.productName} on a new device`,
    lead: `Hello ${text(notice, 'name')}, a device waits for your approval.`,
    rows: [
      ['Person', text(notice, 'person')],
      ['Device', text(notice, 'device')],
      ['Address', text(notice, 'address')],
      ['Asked at', moment(notice, 'at')],
      ['Reference', text(notice, 'reference')],
    ],
    after: ['Approve it only if the person confirms that it is theirs.'],
  }),
}

function occasion(notice: Notice): Words['rows'] {
  return [
    ['When', moment(notice, 'at')],
    ['Device', text(notice, 'device')],
    ['Address', text(notice, 'address')],
  ]
}

/** What other rooms name by a word of the house, as people say it. */
function inWords(notice: Notice, name: string): string {
  const terms: Readonly<Record<string, string>> = {
    reset: 'with the mailed link',
    hand_over: 'with a hand-over code',
    account: 'on the account page',
    owner: 'you',
    administrator: 'an administrator',
    password: 'password',
    totp: 'authenticator app',
    backup_code: 'backup code',
    sms_code: 'text message',
    spare_phone: 'spare phone',
    email_code: 'e-mailed code',
    passkey: 'passkey',
    saml: 'single sign-on',
  }
  return text(notice, name)
    .split(' + ')
    .map(term => terms[term] ?? term)
    .join(' + ')
}
