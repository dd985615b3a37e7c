import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

type Writer = (notice: Notice, sender: Sender) => Words

/** The mails of a reset of many passwords. They carry no ticket, so they can be read days later. */
export const campaignEn: Readonly<Record<'reset_campaign' | 'reset_reminder', Writer>> = {
  reset_campaign: (notice, sender) => ({
    subject: `Please choose a new ${sender.productName} password`,
    lead: `Hello ${text(notice, 'name')}, we have signed you out everywhere and ask you to choose a new password before you go on.`,
    rows: rowsOf(notice),
    button: { label: 'Get a link for a new password', url: text(notice, 'resetUrl') },
    after: explained,
  }),
  reset_reminder: (notice, sender) => ({
    subject: `Reminder: please choose a new ${sender.productName} password`,
    lead: `Hello ${text(notice, 'name')}, your account still waits for a new password. Until then nobody can sign in with it.`,
    rows: rowsOf(notice),
    button: { label: 'Get a link for a new password', url: text(notice, 'resetUrl') },
    after: explained,
  }),
}

const explained = [
  'The button opens our page with your address filled in. We then send you a link that is valid for 30 minutes. Your second factor stays as it is.',
  'Your old password opens nothing any more. If you used it elsewhere, change it there too. Nobody of us will ever ask you for a password.',
]

function rowsOf(notice: Notice): Words['rows'] {
  return [
    ['Reason', text(notice, 'reason')],
    ['Since', moment(notice, 'at')],
  ]
}
