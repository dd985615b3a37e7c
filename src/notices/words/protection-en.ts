import type { Notice, NoticeKind } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

/** The words about sign-ins, about a report that it was somebody else, and about a change of address, in English. */
export const protectionEn = {
  new_device: notice => ({
    subject: `New sign-in from ${text(notice, 'device')}`,
    lead: `Hello ${text(notice, 'name')}, your account was signed in to from a device it did not know. If it was you, there is nothing to do.`,
    ...signIn(notice),
  }),
  sign_in_noticed: notice => ({
    subject: subjects[text(notice, 'reason')]?.(notice) ?? `Sign-in from ${text(notice, 'device')}`,
    lead: `Hello ${text(notice, 'name')}, your account was signed in to. If it was you, there is nothing to do.`,
    ...signIn(notice, [['Why you hear of it', reasonWords[text(notice, 'reason')] ?? text(notice, 'reason')]]),
  }),
  intrusion_reported: notice => ({
    subject: 'You reported a sign-in: choose a new password',
    lead: `Hello ${text(notice, 'name')}, that sign-in is cut off. Please choose a new password now.`,
    rows: [
      ...occasion(notice, text(notice, 'place')),
      ['Put back', undone(notice)],
      ['Link valid until', moment(notice, 'expiresAt')],
    ],
    button: { label: 'Choose a new password', url: text(notice, 'ticketUrl') },
    after: [
      'Your old password opens nothing any more. The link works once; if it has expired, ask for a new one on the sign-in page.',
      'Second factors that were added since that sign-in do not count until you say that they are yours. If you used the same password elsewhere, change it there too.',
    ],
  }),
  intrusion_reported_sso: notice => ({
    subject: 'You reported a sign-in: it is cut off',
    lead: `Hello ${text(notice, 'name')}, you are signed out everywhere. Please tell those who run your organization’s single sign-on.`,
    rows: [...occasion(notice, text(notice, 'place')), ['Put back', undone(notice)]],
    after: ['You sign in with your organization: your password and second factor are changed there, not here.'],
  }),
  intrusion_reported_admin: notice => ({
    subject: `${text(notice, 'person')} reported a sign-in by somebody else`,
    lead: `Hello ${text(notice, 'name')}, the sign-in was cut off and the account secured. Please make sure that the person is well.`,
    rows: [
      ['Person', text(notice, 'person')],
      ['Reported', howWords[text(notice, 'how')] ?? text(notice, 'how')],
      ...occasion(notice, text(notice, 'place')),
      ['Put back', undone(notice)],
    ],
    after: ['Other accounts may be affected by the same: look for sign-ins from that address and device.'],
  }),
  email_change_code: (notice, sender) => ({
    subject: `${text(notice, 'code')} confirms this address for ${sender.productName}`,
    lead: `Hello ${text(notice, 'name')}, your code is ${text(notice, 'code')}.`,
    rows: [
      ['Valid until', moment(notice, 'expiresAt')],
      ['Asked from', `${text(notice, 'device')}, ${text(notice, 'address')}`],
    ],
    after: [
      'Enter it on the page where you are changing the address of your account, and nowhere else.',
      'If you did not ask for it, you need not do anything: without the code nothing changes.',
    ],
  }),
  email_change_taken: (notice, sender) => ({
    subject: `Somebody entered your address at ${sender.productName}`,
    lead: `Hello ${text(notice, 'name')}, you need not do anything: your account stays as it is.`,
    rows: occasion(notice),
    after: [
      'Somebody wanted to use your address for another account. That is not possible, and they were not told that you have one.',
    ],
  }),
  email_changed: (notice, sender) => ({
    subject: `The address of your ${sender.productName} account was changed`,
    lead: `Hello ${text(notice, 'name')}, if it was you, there is nothing to do. If not, put it back now.`,
    rows: [
      ['New address', text(notice, 'next')],
      ...occasion(notice),
      ['Can be put back until', moment(notice, 'expiresAt')],
    ],
    button: { label: 'Put my address back', url: text(notice, 'undoUrl') },
    after: [
      'Until then, links for a new password go to the address before, and nobody can change that. Opening the link changes nothing yet: you see what will happen, and decide there.',
    ],
  }),
  email_changed_here: (notice, sender) => ({
    subject: `This is the new address of your ${sender.productName} account`,
    lead: `Hello ${text(notice, 'name')}, you need not do anything.`,
    rows: [['New address', text(notice, 'next')], ...occasion(notice)],
    after: ['The address before was told as well, and can put it back for seven days.'],
  }),
  email_change_undone: notice => ({
    subject: 'Your address is back: choose a new password',
    lead: `Hello ${text(notice, 'name')}, everybody is signed out. Please choose a new password now.`,
    rows: [
      ['When', moment(notice, 'at')],
      ['Put back', undone(notice)],
      ['Link valid until', moment(notice, 'expiresAt')],
    ],
    button: { label: 'Choose a new password', url: text(notice, 'ticketUrl') },
    after: [
      'Your old password opens nothing any more. Second factors that were added since the change do not count until you say that they are yours.',
    ],
  }),
} satisfies Partial<Record<NoticeKind, (notice: Notice, sender: Sender) => Words>>

const subjects: Readonly<Record<string, (notice: Notice) => string>> = {
  new_country: notice => `Sign-in from another country: ${text(notice, 'place')}`,
  new_city: notice => `Sign-in from another place: ${text(notice, 'place')}`,
  new_network: notice => `Sign-in from another network with ${text(notice, 'device')}`,
}

const reasonWords: Readonly<Record<string, string>> = {
  new_country: 'another country',
  new_city: 'another place',
  new_network: 'another network',
  every: 'each sign-in is told',
}

const howWords: Readonly<Record<string, string>> = {
  not_me: 'a sign-in that was not theirs',
  email_undo: 'a change of address that was not theirs',
}

function signIn(notice: Notice, more: Words['rows'] = []): Pick<Words, 'rows' | 'button' | 'after'> {
  const url = text(notice, 'notMeUrl')
  return {
    rows: [...occasion(notice, text(notice, 'place')), ['Signed in with', methodOf(notice)], ...more],
    ...(url === '' ? {} : { button: { label: 'This was not me', url } }),
    after: [
      ...(url === ''
        ? []
        : [
            `If it was not you, open the link: you see what will happen and decide there. It ends that sign-in, puts back what was changed in it, and works until ${moment(notice, 'expiresAt')}, also when you are signed out.`,
          ]),
      adviceFor(text(notice, 'method')),
    ],
  }
}

/** What helps depends on what the thief had. */
function adviceFor(method: string): string {
  const [first = '', second] = method.split(' + ')
  switch (first) {
    case 'saml':
      return 'You sign in with your organization’s single sign-on: if it was not you, also tell those who run it. They change your password and your second factor.'
    case 'passkey':
      return 'A passkey was used: if it was not you, somebody holds one of your devices or the account that keeps your passkeys. Remove that passkey on your account page.'
    case 'email_code':
      return 'A code from a mail was used: if it was not you, somebody reads your mailbox. Change the password of your mailbox first.'
    default:
      return second === undefined
        ? 'Your password was used: if it was not you, somebody knows it. Change it, and set up a second factor on your account page.'
        : 'Your password and your second factor were used: if it was not you, change the password and look at your second factors on your account page.'
  }
}

function occasion(notice: Notice, place = ''): Words['rows'] {
  return [
    ['When', moment(notice, 'at')],
    ['Device', text(notice, 'device')],
    ...(place === '' ? [] : ([['Place', `${place} (by its address)`]] as const)),
    ['Address', text(notice, 'address')],
  ]
}

const methods: Readonly<Record<string, string>> = {
  password: 'password',
  totp: 'authenticator app',
  backup_code: 'backup code',
  sms_code: 'text message',
  email_code: 'e-mailed code',
  passkey: 'passkey',
  saml: 'single sign-on',
}

function methodOf(notice: Notice): string {
  return text(notice, 'method')
    .split(' + ')
    .map(term => methods[term] ?? term)
    .join(' + ')
}

const undoneWords: Readonly<Record<string, string>> = {
  factor_added: 'an added second factor is removed',
  factor_removed: 'a removed second factor is back',
  factor_restored: 'a second factor is set aside again',
  email_changed: 'the e-mail address is back',
  email_not_free: 'the e-mail address belongs to another account by now and could not be put back',
  device_renamed: 'the name of a device is back',
  device_forgotten: 'a forgotten device is known again',
  language_changed: 'the language is back',
}

function undone(notice: Notice): string {
  const kinds = text(notice, 'undone')
  if (kinds === '') return 'nothing had been changed'
  return kinds
    .split(' + ')
    .map(kind => undoneWords[kind] ?? kind)
    .join('; ')
}
