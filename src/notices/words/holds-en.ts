import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

type Writer = (notice: Notice, sender: Sender) => Words

/** The mails about an account whose right password was used inside an attack. */
export const holdsEn: Readonly<Record<'sign_in_held' | 'password_in_attack', Writer>> = {
  sign_in_held: (notice, sender) => ({
    subject: `Was this you? ${text(notice, 'code')} is your ${sender.productName} code`,
    lead: `Hello ${text(notice, 'name')}, somebody entered your right password while passwords from elsewhere are being tried here. We let nobody in without this code: ${text(notice, 'code')}.`,
    rows: [...occasion(notice), ['Code valid until', moment(notice, 'expiresAt')]],
    button: { label: 'It was not me: choose a new password', url: resetUrl(sender) },
    after: [
      'If it was you: enter the code on the page where you are signing in, or open the sign-in page again and ask for a new one.',
      'If it was not you: somebody knows your password. Choose a new one now, and change it wherever else you use it.',
      'Until then a sign-in from a device that we do not know needs a code from your mailbox. Devices you have used before work as always. Nobody of us will ever ask you for the code.',
    ],
  }),
  password_in_attack: (notice, sender) => ({
    subject: `Somebody used your ${sender.productName} password: was this you?`,
    lead: `Hello ${text(notice, 'name')}, somebody entered your right password while passwords from elsewhere are being tried here. They were not let in with it.`,
    rows: occasion(notice),
    button: { label: 'It was not me: choose a new password', url: resetUrl(sender) },
    after: [
      'If it was you: sign in on a device you have used before, or open the sign-in page again, and give the code that you are asked for.',
      'If it was not you: somebody knows your password. Choose a new one now, and change it wherever else you use it.',
    ],
  }),
}

function resetUrl({ portalOrigin }: Sender): string {
  return `${portalOrigin}/reset`
}

function occasion(notice: Notice): Words['rows'] {
  return [
    ['When', moment(notice, 'at')],
    ['Device', text(notice, 'device')],
    ['Address', text(notice, 'address')],
  ]
}
