import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'
import { notYou, wayBack } from './way-back-en.ts'

/** What is told about codes and second factors in English. The text messages hold little more than their code: 160 characters are one message. */
export const factorsEn = {
  sms_code: (notice: Notice, sender: Sender): Words => shortMessage(notice, sender),
  phone_check: (notice: Notice, sender: Sender): Words => shortMessage(notice, sender),
  backup_codes_made: (notice: Notice, sender: Sender): Words => ({
    subject: `New backup codes for your ${sender.productName} account`,
    lead: `Hello ${text(notice, 'name')}, a new set of backup codes was made. You need not do anything if it was you.`,
    rows: occasion(notice),
    ...wayBack(notice, ['Codes of a former set no longer work.']),
  }),
  backup_code_used: (notice: Notice, sender: Sender): Words => ({
    subject: `A backup code of your ${sender.productName} account was used`,
    lead: `Hello ${text(notice, 'name')}, somebody signed in or confirmed a change with one of your backup codes. You need not do anything if it was you.`,
    rows: [['Codes left', text(notice, 'left')], ...occasion(notice)],
    after: [
      Number(text(notice, 'left')) <= 3
        ? 'Few are left: make a new set on your account page.'
        : 'Each code works once; you can make a new set on your account page.',
      notYou,
    ],
  }),
  second_factor_failed_inside: (notice: Notice, sender: Sender): Words => ({
    subject: `A wrong code in a session of your ${sender.productName} account`,
    lead: `Hello ${text(notice, 'name')}, somebody who is signed in with your account wanted to change something and failed at the second factor.`,
    rows: occasion(notice),
    after: [
      'If this was you, you need not do anything. If not, somebody may have taken over a session of yours: sign in, end the sessions that you do not know on your account page, and change your password.',
    ],
  }),
}

function shortMessage(notice: Notice, sender: Sender): Words {
  const lead = `${text(notice, 'code')} is your ${sender.productName} code, valid for 10 minutes. Never tell it to anybody.`
  return { subject: '', lead, rows: [], after: [] }
}

function occasion(notice: Notice): Words['rows'] {
  return [
    ['When', moment(notice, 'at')],
    ['Device', text(notice, 'device')],
    ['Address', text(notice, 'address')],
  ]
}
