import type { Notice } from '../notice.ts'
import type { Sender, Words } from '../words.ts'
import { moment, text } from './facts.ts'

type Writer = (notice: Notice, sender: Sender) => Words

/** The mails about ways in without a password. */
export const passkeysEn: Readonly<Record<'passkey_copied' | 'sign_in_code', Writer>> = {
  passkey_copied: (notice, sender) => ({
    subject: `A passkey of your ${sender.productName} account may have been copied`,
    lead: `Hello ${text(notice, 'name')}, a passkey was shown that seems to exist twice. It opened nothing.`,
    rows: [
      ['Passkey', text(notice, 'passkey')],
      ['When', moment(notice, 'at')],
      ['Device', text(notice, 'device')],
      ['Address', text(notice, 'address')],
    ],
    after: [
      'Sign in another way, remove this passkey on your account page, and create a new one.',
      'If you have just reset or restored a security key, that can be the cause; a new passkey is still the way on.',
    ],
  }),
  sign_in_code: (notice, sender) => ({
    subject: `${text(notice, 'code')} is your ${sender.productName} sign-in code`,
    lead: `Hello ${text(notice, 'name')}, you can sign in with this code instead of your password: ${text(notice, 'code')}.`,
    rows: [
      ['Valid until', moment(notice, 'expiresAt')],
      ['Asked from', `${text(notice, 'device')}, ${text(notice, 'address')}`],
    ],
    after: [
      'Enter it only on the page where you asked for it, in the same browser. Nobody of us will ever ask you for it.',
      'If you did not ask for it, you need not do anything: without the code nobody gets in.',
    ],
  }),
}
