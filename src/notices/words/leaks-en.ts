import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

type Writer = (notice: Notice, sender: Sender) => Words

/** The mails about a password that is known from break-ins elsewhere. */
export const leaksEn: Readonly<Record<'password_leaked' | 'password_refused', Writer>> = {
  password_leaked: (notice, sender) => ({
    subject: `Update your ${sender.productName} password to help keep your account secure`,
    lead: `Hello ${text(notice, 'name')}, please choose a new password. The one you use is known from break-ins at other services, and is tried on accounts everywhere.`,
    rows: [['Signed in', moment(notice, 'at')]],
    button: { label: 'Update your password', url: `${sender.portalOrigin}/account/password` },
    after: [
      'We do not say that anybody but you has signed in here. We write at each sign-in until the password is changed.',
      'If you use the same password elsewhere, change it there too.',
    ],
  }),
  password_refused: (notice, sender) => ({
    subject: `Your ${sender.productName} password cannot be used any more`,
    lead: `Hello ${text(notice, 'name')}, please choose a new password. The one you have is known from break-ins at other services, and opens nothing here any more.`,
    rows: [['Tried', moment(notice, 'at')]],
    button: { label: 'Choose a new password', url: `${sender.portalOrigin}/reset` },
    after: [
      'Enter your address there, and we send you a link. Whoever tried the password was not let in.',
      'If you use the same password elsewhere, change it there too.',
    ],
  }),
}
